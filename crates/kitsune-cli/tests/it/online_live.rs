//! `kitsune online` while it runs: rows one by one, files that grow, signals and kills.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::interrupt::STOP;
use crate::rows::made_up;

/// Longer than any answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const GRACE: &str = "--mapper-grace 20 --train-grace 100";

fn object(row: &[f64; 4]) -> String {
    format!("{{\"a\": {}, \"b\": {}, \"c\": {}, \"d\": {}}}\n", row[0], row[1], row[2], row[3])
}

/// Waits until a file has this many lines, of which each is whole.
fn wait_for_lines(folder: &Folder, name: &str, count: usize) {
    let since = Instant::now();
    loop {
        let text = fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "an unfinished line: {text}");
        if text.lines().count() >= count {
            assert_eq!(text.lines().count(), count);
            return;
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain for {count} lines of {name}");
        sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, signal: &str) {
    assert!(std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn each_row_is_answered_before_the_next_one_comes_and_a_signal_ends_the_stream_properly() {
    for format in ["ndjson", "csv"] {
        let folder = Folder::new();
        let words = format!("online - - {GRACE} --file-format {format} --output-format {format} --model-checkpoint s.safetensors");
        let mut child =
            folder.kitsune(&words).into_command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        if format == "csv" {
            input.write_all(b"a,b,c,d\n").unwrap();
        }
        for (number, row) in made_up(150).iter().enumerate() {
            let text = if format == "csv" { format!("{},{},{},{}\n", row[0], row[1], row[2], row[3]) } else { object(row) };
            input.write_all(text.as_bytes()).unwrap();
            input.flush().unwrap();
            line.clear();
            output.read_line(&mut line).unwrap();
            if format == "csv" && number == 0 {
                assert_eq!(line, "score,is_anomaly,tail_probability,drift\n");
                line.clear();
                output.read_line(&mut line).unwrap();
            }
            let is_null = if format == "csv" { line == ",,,\n" } else { line.starts_with("{\"score\": null") };
            assert_eq!(is_null, number < 120, "row {number}: {line:?}");
        }
        signal(&child, STOP);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let inspected = folder.kitsune("inspect s.safetensors").succeeds().stdout;
        assert!(inspected.contains("rows              150"), "{inspected}");
    }
}

#[test]
fn a_signal_in_the_grace_period_saves_the_state_too() {
    let folder = Folder::new();
    let words = format!("online - out.ndjson {GRACE} --file-format ndjson --model-checkpoint s.safetensors");
    let mut child = folder.kitsune(&words).into_command().stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for row in made_up(50) {
        input.write_all(object(&row).as_bytes()).unwrap();
    }
    input.flush().unwrap();
    wait_for_lines(&folder, "out.ndjson", 50);
    signal(&child, STOP);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let inspected = folder.kitsune("inspect s.safetensors").succeeds().stdout;
    assert!(inspected.contains("trains on 70 more rows"), "{inspected}");
}

#[test]
fn a_file_is_followed_through_its_end_its_replacement_and_its_truncation() {
    let rows = made_up(400);
    let text = |range: std::ops::Range<usize>| rows[range].iter().map(object).collect::<String>();
    let folder = Folder::new().file("log.ndjson", text(0..150));
    let log = folder.path().join("log.ndjson");
    let append = |text: &str| OpenOptions::new().append(true).open(&log).unwrap().write_all(text.as_bytes()).unwrap();
    let words = format!("online log.ndjson out.ndjson {GRACE} --model-checkpoint s.safetensors --follow --save-every 1");
    let start = |words: &str| folder.kitsune(words).into_command().stderr(Stdio::null()).spawn().unwrap();
    let child = start(&words);
    wait_for_lines(&folder, "out.ndjson", 150);
    append(&text(150..160));
    wait_for_lines(&folder, "out.ndjson", 160);
    // An unfinished line waits.
    let line = text(160..161);
    append(&line[..10]);
    sleep(Duration::from_millis(300));
    wait_for_lines(&folder, "out.ndjson", 160);
    append(&line[10..]);
    wait_for_lines(&folder, "out.ndjson", 161);
    // Another file of the same name.
    fs::rename(&log, folder.path().join("log.1")).unwrap();
    fs::write(folder.path().join("new"), text(161..180)).unwrap();
    fs::rename(folder.path().join("new"), &log).unwrap();
    wait_for_lines(&folder, "out.ndjson", 180);
    // The same file, shorter.
    fs::write(&log, text(180..185)).unwrap();
    wait_for_lines(&folder, "out.ndjson", 185);
    signal(&child, STOP);
    let mut child = child;
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // What came meanwhile is read, and nothing twice.
    append(&text(185..200));
    let mut child = start(&format!("{words} --resume"));
    wait_for_lines(&folder, "out.ndjson", 200);
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = folder.file("whole.ndjson", text(0..200));
    folder.kitsune(&format!("online whole.ndjson whole-out.ndjson {GRACE} --model-checkpoint w.safetensors")).succeeds();
    assert!(folder.read("out.ndjson") == folder.read("whole-out.ndjson"));
}

#[test]
fn runs_that_are_killed_and_resumed_write_what_an_unbroken_one_writes() {
    let rows: String = made_up(20_000).iter().map(object).collect();
    let folder = Folder::new().file("rows.ndjson", rows);
    folder.kitsune(&format!("online rows.ndjson whole.ndjson {GRACE} --model-checkpoint whole.safetensors --keep a")).succeeds();
    let mut killed = 0;
    for run in 0..100 {
        let words = format!("online rows.ndjson out.ndjson {GRACE} --model-checkpoint s.safetensors --keep a --save-every 500 --resume -q");
        let mut child = folder.kitsune(&words).into_command().stderr(Stdio::piped()).spawn().unwrap();
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if since.elapsed() > Duration::from_millis(10 + 3 * run) {
                child.kill().unwrap();
                killed += 1;
                break child.wait().unwrap();
            }
            sleep(Duration::from_micros(200));
        };
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert!(status.code().is_none_or(|code| code == 0), "{said}");
        if status.success() {
            assert!(killed > 0, "no run was killed");
            assert!(folder.read("out.ndjson") == folder.read("whole.ndjson"));
            return;
        }
        assert!(!folder.exists("s.safetensors") || !folder.kitsune("inspect s.safetensors").succeeds().stdout.is_empty());
    }
    panic!("100 runs were killed before they came to the end");
}

#[test]
fn a_closed_pipe_is_a_success_whose_state_is_saved() {
    let rows: String = made_up(30_000).iter().map(object).collect();
    let folder = Folder::new().file("rows.ndjson", rows);
    let words = format!("online rows.ndjson - {GRACE} --model-checkpoint new/folder/s.safetensors -q");
    let mut child = folder.kitsune(&words).into_command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"score\": null"), "{line}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert!(folder.kitsune("inspect new/folder/s.safetensors").succeeds().stdout.contains("scores; flagged"));
}

#[test]
fn a_file_that_comes_late_and_a_last_line_without_end_stop_no_stream() {
    let rows = made_up(300);
    let text = |range: std::ops::Range<usize>| rows[range].iter().map(object).collect::<String>();
    let folder = Folder::new();
    let log = folder.path().join("log.ndjson");
    let words = format!("online log.ndjson out.ndjson {GRACE} --model-checkpoint s.safetensors --follow");
    let mut child = folder.kitsune(&words).into_command().stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "waiting for log.ndjson\n");
    fs::write(&log, text(0..150) + &text(150..151)[..9]).unwrap();
    wait_for_lines(&folder, "out.ndjson", 150);
    // An empty file takes its name, then one with rows.
    for content in [String::new(), text(151..200)] {
        fs::write(folder.path().join("new"), content).unwrap();
        fs::rename(folder.path().join("new"), &log).unwrap();
        sleep(Duration::from_millis(300));
    }
    wait_for_lines(&folder, "out.ndjson", 199);
    // Two signals at once are one.
    signal(&child, STOP);
    signal(&child, STOP);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::io::read_to_string(said).unwrap().contains("was unfinished, and is left out"));
    assert!(folder.kitsune("inspect s.safetensors").succeeds().stdout.contains("rows              199"));
}
