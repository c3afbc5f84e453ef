//! `kitsune online` on captures: in several runs, packet by packet, and while they are written.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::interrupt::STOP;
use crate::pcap::{ETHERNET, header, ordinary, pcap, record};

/// Longer than any answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const GRACE: &str = "--mapper-grace 50 --train-grace 200 --keep packet,time";

fn wait_for_lines(folder: &Folder, name: &str, count: usize) {
    let since = Instant::now();
    while fs::read_to_string(folder.path().join(name)).unwrap_or_default().lines().count() < count {
        assert!(since.elapsed() < PATIENCE, "waited in vain for {count} lines of {name}");
        sleep(Duration::from_millis(5));
    }
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap().lines().count(), count);
}

fn stop(mut child: Child) {
    assert!(std::process::Command::new("kill").args([STOP, &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_capture_in_two_runs_is_byte_for_byte_that_of_one() {
    let packets = ordinary(700);
    let folder = Folder::new().file("trace.pcap", pcap(&packets)).file("first.pcap", pcap(&packets[..460]));
    folder.kitsune(&format!("online trace.pcap whole.ndjson {GRACE} --model-checkpoint whole.safetensors --explain 2")).succeeds();
    folder.kitsune(&format!("online first.pcap parts.ndjson {GRACE} --model-checkpoint parts.safetensors --explain 2")).succeeds();
    let told = folder.kitsune(&format!("online trace.pcap parts.ndjson {GRACE} --model-checkpoint parts.safetensors --explain 2 --resume"));
    told.succeeds().says(&["goes on after the 460 rows of trace.pcap that the state knows"]);
    assert!(folder.read("parts.ndjson") == folder.read("whole.ndjson"));
    let shown = folder.kitsune("inspect parts.safetensors").succeeds().stdout;
    assert!(shown.contains("read with         packets {\"inner\":false,\"link_types\":[1]"), "{shown}");
    folder
        .kitsune("online trace.pcap x.ndjson --model-checkpoint parts.safetensors --resume --statistics 115 -q")
        .fails(&["--statistics 100"]);
}

#[test]
fn each_packet_is_answered_before_the_next_one_comes() {
    let packets = ordinary(300);
    let folder = Folder::new().file("trace.pcap", pcap(&packets));
    folder.kitsune(&format!("online trace.pcap whole.ndjson {GRACE} --model-checkpoint whole.safetensors")).succeeds();
    let words = format!("online - - {GRACE} --model-checkpoint s.safetensors -q");
    let mut child = folder.kitsune(&words).into_command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut answers = String::new();
    input.write_all(&header(ETHERNET)).unwrap();
    for (number, packet) in packets.iter().enumerate() {
        input.write_all(&record(packet)).unwrap();
        input.flush().unwrap();
        output.read_line(&mut answers).unwrap();
        assert_eq!(answers.lines().count(), number + 1);
    }
    stop(child);
    assert!(answers.into_bytes() == folder.read("whole.ndjson"));
}

#[test]
fn a_capture_that_is_still_written_is_followed() {
    let packets = ordinary(400);
    let folder = Folder::new().file("whole.pcap", pcap(&packets));
    folder.kitsune(&format!("online whole.pcap whole.ndjson {GRACE} --model-checkpoint whole.safetensors")).succeeds();
    let trace = folder.path().join("trace.pcap");
    fs::write(&trace, pcap(&packets[..300])).unwrap();
    let append = |bytes: &[u8]| OpenOptions::new().append(true).open(&trace).unwrap().write_all(bytes).unwrap();
    let words = format!("online trace.pcap out.ndjson {GRACE} --model-checkpoint s.safetensors --follow");
    let start = |words: &str| folder.kitsune(words).into_command().stderr(Stdio::null()).spawn().unwrap();
    let child = start(&words);
    wait_for_lines(&folder, "out.ndjson", 300);
    let next = record(&packets[300]);
    append(&next[..30]);
    sleep(Duration::from_millis(300));
    wait_for_lines(&folder, "out.ndjson", 300);
    append(&next[30..]);
    wait_for_lines(&folder, "out.ndjson", 301);
    stop(child);
    // What comes meanwhile is read, with the statistics of all packets before.
    packets[301..].iter().for_each(|packet| append(&record(packet)));
    let child = start(&format!("{words} --resume"));
    wait_for_lines(&folder, "out.ndjson", 400);
    stop(child);
    assert!(folder.read("out.ndjson") == folder.read("whole.ndjson"));
    let compressed = format!("online trace.pcap.gz out.ndjson {GRACE} --model-checkpoint x.safetensors --follow");
    folder.kitsune(&compressed).rejects_words(&["--follow reads a plain file of NDJSON or CSV, or a plain capture"]);
}
