//! `kitsune online --interface`: the packets of loopback, or of other interfaces in a network namespace of the test's own.
//!
//! Where the system lets nobody do that, the tests say so and pass.

#![cfg(test)]
#![cfg(target_os = "linux")]

#[path = "it/binary.rs"]
mod binary;
#[path = "it/kitsune.rs"]
#[expect(dead_code, reason = "some of it serves the other tests only")]
mod kitsune;

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::kitsune::{assert_says, kitsune};

const GRACE: &str = "--mapper-grace 20 --train-grace 100";

/// Bytes around the payload on Ethernet: its header, that of IPv4 and that of UDP.
const HEADERS: usize = 14 + 20 + 8;

/// Set for a test that runs in a namespace.
const INSIDE: &str = "KITSUNE_TEST_NAMESPACE";

/// The ways into a network namespace: as root, and as anybody.
const WAYS: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// Runs this test in a network namespace, whose loopback is up and where nobody else sends; false if there can be none.
fn runs_in_namespace(test: &str, run: impl FnOnce()) -> bool {
    if env::var_os(INSIDE).is_some() {
        run();
        return true;
    }
    let enter = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way);
        command
    };
    let is_way = |way: &&&[&str]| enter(way).args(["ip", "link", "set", "lo", "up"]).output().is_ok_and(|output| output.status.success());
    let Some(way) = WAYS.iter().find(is_way) else { return false };
    let inside = "ip link set lo up && exec \"$0\" --exact \"$1\" --nocapture";
    let output = enter(way).args(["sh", "-c", inside]).arg(env::current_exe().unwrap()).arg(test).env(INSIDE, "yes").output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    io::stderr().write_all(&output.stderr).unwrap();
    true
}

/// Says what was not tested, also where the words of tests that pass are not shown.
fn say_untested(what: &str) {
    writeln!(io::stderr(), "not tested, since this system does not allow it: {what}").unwrap();
}

fn ip(words: &str) {
    assert!(Command::new("ip").args(words.split(' ')).status().unwrap().success(), "ip {words}");
}

/// A socket that sends datagrams, to one that takes them, so that nobody answers that the port is closed.
fn sockets() -> (UdpSocket, UdpSocket) {
    let [sender, receiver] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    sender.connect(receiver.local_addr().unwrap()).unwrap();
    (sender, receiver)
}

/// A command that listens on an interface, and is killed if the test fails.
struct Listening {
    child: Child,
    rows: BufReader<ChildStdout>,
    said: BufReader<ChildStderr>,
}

impl Listening {
    /// Starts the command and waits until it listens; `None` if it has no right to.
    fn start(folder: &Path, words: &str) -> Option<Self> {
        let mut command = kitsune(words).within(folder).into_command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let rows = BufReader::new(child.stdout.take().unwrap());
        let mut listening = Self { said: BufReader::new(child.stderr.take().unwrap()), child, rows };
        let mut line = String::new();
        listening.said.read_line(&mut line).unwrap();
        if line.contains("setcap") {
            return None;
        }
        assert!(line.starts_with("waiting for packets of interface "), "{line}");
        Some(listening)
    }

    /// Waits for the next line of the output.
    fn next_row(&mut self) -> Value {
        let mut line = String::new();
        self.rows.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Asks the command to stop. There is no further row, and its words are returned.
    fn stop(self) -> String {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        self.end(0)
    }

    /// Waits for the end with this exit code.
    fn end(mut self, code: i32) -> String {
        let rows = io::read_to_string(&mut self.rows).unwrap();
        let said = io::read_to_string(&mut self.said).unwrap();
        assert_eq!((self.child.wait().unwrap().code(), &*rows), (Some(code), ""), "{said}");
        said
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn inspected(folder: &TempDir) -> String {
    kitsune("inspect s.safetensors").within(folder.path()).succeeds().stdout
}

#[test]
fn each_packet_is_answered_before_the_next_one_comes_and_a_signal_ends_the_stream_properly() {
    let run = || {
        let folder = tempdir().unwrap();
        let (sender, receiver) = sockets();
        let port = receiver.local_addr().unwrap().port();
        // Outside of a namespace others may use loopback, too.
        let words = format!(
            "online --interface lo - {GRACE} --where destination_port={port} --keep length --threshold -1000 --alerts alerts.ndjson \
             --model-checkpoint s.safetensors"
        );
        let Some(mut listening) = Listening::start(folder.path(), &words) else {
            return say_untested("packets of loopback");
        };
        let send = |listening: &mut Listening, number: usize, is_scored: bool| {
            let payload = vec![7; 300 + number * 37 % 100];
            sender.send(&payload).unwrap();
            let row = listening.next_row();
            assert_eq!(row["length"], HEADERS + payload.len(), "packet {number}: {row}");
            assert_eq!(row["score"].is_number(), is_scored, "packet {number}: {row}");
        };
        (0..150).for_each(|number| send(&mut listening, number, number >= 120));
        assert_says(&listening.stop(), &["the grace period is over", "flagged 30 of 30 scored rows", "wrote 1 alert to alerts.ndjson"]);
        assert_says(&inspected(&folder), &["rows              150"]);
        let alerts = fs::read_to_string(folder.path().join("alerts.ndjson")).unwrap();
        assert_says(&alerts, &[r#""source":"127.0.0.1","destination":"127.0.0.1","packets":30,"#]);

        let mut listening = Listening::start(folder.path(), &format!("{words} --resume")).unwrap();
        (0..10).for_each(|number| send(&mut listening, number, true));
        listening.stop();
        assert_says(&inspected(&folder), &["rows              160"]);

        // A signal before the first packet.
        let other = words.replace("s.safetensors", "other.safetensors").replace("alerts.ndjson", "others.ndjson");
        assert_says(&Listening::start(folder.path(), &other).unwrap().stop(), &["stopped in the grace period"]);
        assert!(folder.path().join("other.safetensors").exists());
    };
    let test = "each_packet_is_answered_before_the_next_one_comes_and_a_signal_ends_the_stream_properly";
    if !runs_in_namespace(test, run) {
        run();
    }
}

#[test]
fn what_came_before_an_interface_vanishes_is_saved() {
    let run = || {
        let folder = tempdir().unwrap();
        ip("link add kitsune0 type veth peer name kitsune1");
        ip("addr add 192.0.2.1/24 dev kitsune0");
        ip("link set kitsune1 up");
        ip("link set kitsune0 up");
        ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev kitsune0");
        let words = format!("online --interface kitsune0 - {GRACE} --where destination=192.0.2.9 --model-checkpoint s.safetensors");
        let mut listening = Listening::start(folder.path(), &words).expect("root of the namespace has the right");
        let sender = UdpSocket::bind("192.0.2.1:0").unwrap();
        for _ in 0..50 {
            sender.send_to(b"packet", "192.0.2.9:9").unwrap();
            assert!(listening.next_row()["score"].is_null());
        }
        ip("link del kitsune0");
        assert_says(&listening.end(1), &["error: ", "interface kitsune0"]);
        assert_says(&inspected(&folder), &["trains on 70 more rows"]);
    };
    if !runs_in_namespace("what_came_before_an_interface_vanishes_is_saved", run) {
        say_untested("an interface that vanishes");
    }
}

#[test]
fn who_may_not_see_packets_is_told_what_to_do() {
    let run = || {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]);
        let plain = kitsune("online --interface lo -").into_command();
        let output = command.arg(plain.get_program()).args(plain.get_args()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_says(&said, &["error: ", "interface lo", "run as root", "setcap cap_net_raw+ep"]);
        assert_eq!((output.status.code(), output.stdout.len(), said.lines().count()), (Some(1), 0, 1), "{said}");
    };
    let has_setpriv = Command::new("setpriv").arg("--version").output().is_ok();
    if !(has_setpriv && runs_in_namespace("who_may_not_see_packets_is_told_what_to_do", run)) {
        say_untested("the packets of whom nobody lets see them");
    }
}

#[test]
fn what_is_no_interface_or_has_rows_besides_is_refused() {
    let folder = tempdir().unwrap();
    let kitsune = |words: &str| kitsune(words).within(folder.path());
    kitsune("online --interface nosuch0 -").fails(&["there is no network interface nosuch0, but there are ", "lo"]);
    kitsune("online --interface lo trace.pcap -").rejects_words(&["--interface takes the place of the rows"]);
    for (words, part) in [
        ("--interface lo", "<PATH>"),
        ("--interface lo --export model.safetensors", "<PATH>"),
        ("--interface lo - --follow", "--follow"),
        ("--interface lo - --labels labels.csv", "--labels"),
        ("--interface lo - --file-format csv", "--file-format"),
    ] {
        kitsune("online").words(words).rejects_words(&["--interface", part]);
    }
    let help = kitsune("online -h").succeeds().stdout;
    assert_says(&help, &["kitsune online [OPTIONS] --interface <NAME> <SCORES>", "--interface <NAME>"]);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "something was written");
}
