//! Ctrl-C in each command that runs for long.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::folder::{Folder, MODEL};
use crate::kitsune::Kitsune;
use crate::rows::{csv, made_up};

/// Longer than any command here needs to stop, and much shorter than it would run.
const PATIENCE: Duration = Duration::from_secs(10);

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

    fn signal(&self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }

    fn interrupt(mut self) -> ExitStatus {
        self.signal();
        let (mut status, child) = (None, &mut self.0);
        wait_until("it stops", || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
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
    scoring.signal();
    // It stops at the next rows.
    let mut status = None;
    wait_until("it stops", || {
        input.write_all(row.as_bytes()).ok();
        status = scoring.0.try_wait().unwrap();
        status.is_some()
    });
    let mut told = String::new();
    scoring.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(status.unwrap().code(), Some(130), "{told}");
    assert!(told.ends_with("interrupted: not all scores were written\n"), "{told}");
}
