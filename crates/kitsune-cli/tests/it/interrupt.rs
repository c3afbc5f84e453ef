//! Ctrl-C in each command that runs for long.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::folder::{Folder, MODEL};
use crate::kitsune::Kitsune;
use crate::rows::{csv, made_up};

/// Longer than any command here needs to stop, and much shorter than it would run.
const PATIENCE: Duration = Duration::from_secs(10);

/// The signal that stops a command. Where the tests run in the background, Ctrl-C may be ignored.
pub(crate) const STOP: &str = "-TERM";
const SIGTERM: u32 = 15;

/// A running command, which is killed if the test fails.
struct Running(Child);

impl Running {
    fn start(run: Kitsune) -> Self {
        Self(run.into_command().stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Waits for a line with these words.
    fn wait_for_line(&mut self, words: &str) {
        let mut lines = BufReader::new(self.0.stderr.take().unwrap()).lines();
        let found = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(words)));
        assert!(found.is_some(), "ended without saying {words:?}");
    }

    fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn interrupt(mut self) -> ExitStatus {
        self.signal(STOP);
        self.end()
    }

    fn end(&mut self) -> ExitStatus {
        let (mut status, child) = (None, &mut self.0);
        wait_until("it stops", || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

/// The same run, started by a shell that has first run `before`.
pub(crate) fn after(before: &str, run: Kitsune) -> Command {
    let run = run.into_command();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(run.get_program()).args(run.get_args());
    for (name, value) in run.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell.current_dir(run.get_current_dir().unwrap());
    shell
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if the command has ended, as it should have.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_training_stops_and_leaves_nothing() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    let before = folder.list();
    let mut training = Running::start(folder.kitsune("train rows --epochs 100000 --checkpoint-dir new/models"));
    training.wait_for_line("100,000 epochs");
    assert!(folder.exists("new/models"), "the folder is made first, so that a bad one is told at once");
    assert_eq!(training.interrupt().code(), Some(130));
    assert_eq!(folder.list(), before);
}

#[test]
fn a_training_that_stops_leaves_the_older_model() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let (before, older) = (folder.list(), folder.read(MODEL));
    let mut training = Running::start(folder.kitsune("train rows --epochs 100000"));
    training.wait_for_line("100,000 epochs");
    assert_eq!(training.interrupt().code(), Some(130));
    assert_eq!(folder.list(), before);
    assert!(folder.read(MODEL) == older, "the model was touched");
}

#[test]
fn a_scoring_stops_and_leaves_nothing() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    folder.kitsune("train rows --epochs 1").succeeds();
    // One by one, these rows take a minute.
    let folder = folder.file("many/a.csv", csv(&made_up(200_000)));
    let before = folder.list();
    let scoring = Running::start(folder.kitsune("anomaly-scores many new/scores --batch-size 1"));
    wait_until("the folder is made", || folder.exists("new/scores"));
    assert_eq!(scoring.interrupt().code(), Some(130));
    assert_eq!(folder.list(), before);
}

#[test]
fn a_scoring_into_a_pipe_does_not_say_that_nothing_was_written() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let mut command = folder.kitsune("score - - --file-format csv --no-header").into_command();
    let mut scoring = Running(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let (mut input, mut output) = (scoring.0.stdin.take().unwrap(), BufReader::new(scoring.0.stdout.take().unwrap()));
    let row = csv(&made_up(1));
    input.write_all(row.as_bytes()).unwrap();
    let mut answer = String::new();
    output.read_line(&mut answer).unwrap();
    assert!(answer.starts_with("{\"score\": "), "{answer}");
    scoring.signal(STOP);
    let status = scoring.end();
    let mut told = String::new();
    scoring.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(status.code(), Some(130), "{told}");
    assert!(told.ends_with("interrupted: not all results were written\n"), "{told}");
}

#[test]
fn a_command_that_waits_for_standard_input_stops() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let before = folder.list();
    let row = csv(&made_up(1));
    for (words, first, said) in [
        ("score - out.csv --file-format csv --no-header", &row[..], "interrupted: nothing was written\n"),
        ("score - - --file-format csv --no-header", &row, "interrupted: not all results were written\n"),
        ("train - --model new.safetensors", "", "interrupted: nothing was written\n"),
    ] {
        let mut command = folder.kitsune(words).into_command();
        let mut waiting = Running(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let mut input = waiting.0.stdin.take().unwrap();
        input.write_all(first.as_bytes()).unwrap();
        // Time to begin to wait. Without it the test says less, but does not fail.
        sleep(Duration::from_millis(500));
        waiting.signal(STOP);
        let code = waiting.end().code();
        let mut told = String::new();
        waiting.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(code == Some(130) && told.ends_with(said), "{words}: {code:?}, {told}");
        assert_eq!(folder.list(), before, "{words}");
    }
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(100)));
    for ignored in ["HUP", "INT"] {
        let mut command = after(&format!("trap '' {ignored}"), folder.kitsune("train rows --epochs 100000"));
        let mut training = Running(command.stderr(Stdio::piped()).spawn().unwrap());
        training.wait_for_line("100,000 epochs");
        training.signal(&format!("-{ignored}"));
        sleep(Duration::from_millis(300));
        assert!(training.0.try_wait().unwrap().is_none(), "SIG{ignored} ended it, although it was ignored");
        training.signal(STOP);
        assert_eq!(training.end().code(), Some(130), "{ignored}");
    }
}

#[test]
fn a_signal_ends_what_does_not_stop_by_itself() {
    // It waits for rows from a pipe, and so it never asks whether it should stop.
    let folder = Folder::new();
    let mut command = folder.kitsune("train - --file-format csv").into_command();
    let mut training = Running(command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    if cfg!(target_os = "linux") {
        let status = format!("/proc/{}/status", training.0.id());
        wait_until("it handles the signal", || {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim();
            u64::from_str_radix(caught, 16).unwrap() & 1 << (SIGTERM - 1) != 0
        });
    }
    sleep(Duration::from_millis(200));
    training.signal(STOP);
    sleep(Duration::from_millis(100));
    training.signal(STOP);
    assert_eq!(training.end().code(), Some(130));
    assert!(folder.list().is_empty(), "something was left behind");
}

#[test]
fn a_file_that_grows_beyond_the_limit_is_an_error_and_no_kill() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(1_000)));
    folder.kitsune("train rows --epochs 1").succeeds();
    let before = folder.list();
    for words in ["score rows scores.csv", "score rows scores", "train rows --epochs 1 --model new.safetensors"] {
        // In blocks of 512 bytes.
        let output = after("ulimit -f 4", folder.kitsune(words)).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}: {told}");
        assert!(
            told.contains("File too large") && told.contains("ulimit -f") && told.lines().last().unwrap().starts_with("error: "),
            "{words}: {told}"
        );
        assert_eq!(folder.list(), before, "{words}: something was left behind");
    }
}
