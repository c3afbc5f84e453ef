//! Lack of what the system gives: threads, memory, temporary space, disk space.

use std::process::Output;

use crate::folder::Folder;
use crate::interrupt::after;
use crate::kitsune::{Kitsune, assert_says};
use crate::rows::{csv, made_up};

fn folder() -> Folder {
    Folder::new().file("rows/a.csv", csv(&made_up(100)))
}

/// Asserts that a run fails with one error that has these parts.
#[track_caller]
fn fails(limit: &str, run: Kitsune, parts: &[&str]) {
    let Output { status, stderr, .. } = after(limit, run).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert!(!told.contains("damaged") && !told.contains("a bug"), "{told}");
    assert_says(&told, parts);
}

#[test]
fn a_lack_of_threads_is_no_damage_and_no_bug() {
    // The stacks of so many threads need more address space than this.
    let folder = folder();
    fails(
        "ulimit -v 1800000",
        folder.kitsune("train rows --epochs 1 --threads 1024"),
        &["no more threads", "--threads 1 needs the fewest", "ulimit -v"],
    );
}

#[test]
fn so_many_threads_are_no_number_of_threads() {
    let folder = folder();
    folder.kitsune("train rows --threads 1000000").rejects_words(&["--threads", "there may be at most "]);
    folder.kitsune("train rows --threads 0").rejects_words(&["--threads"]);
}

#[test]
fn a_lack_of_temporary_space_names_the_folder_and_how_to_choose_another() {
    let folder = folder();
    let train = || folder.kitsune("train - --file-format csv --epochs 1").reads(csv(&made_up(100)));
    train().env("TMPDIR", "/nowhere").fails(&["standard input", "no temporary file", "/nowhere", "TMPDIR"]);
    train().succeeds();
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_a_warning() {
    // Of many columns the checkpoint, with the moments of the optimizer, is larger than the model. The limit is in blocks of 512 bytes.
    let row = |row: usize| (0..60).map(|column| ((row * 7 + column * column) % 97).to_string()).collect::<Vec<_>>().join(",");
    let folder = Folder::new().file("rows/a.csv", (0..100).map(row).collect::<Vec<_>>().join("\n"));
    let run = folder.kitsune("train rows --epochs 20 --checkpoint-interval 0 --prototypes 0 --neighbours 0");
    let Output { status, stderr, .. } = after("ulimit -f 80", run).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_eq!(told.matches("warning: models/kitsune.resume cannot be written: File too large").count(), 1, "{told}");
    assert!(!told.contains(".kitsune-"), "{told}");
    assert_eq!(folder.list_below("models"), ["kitsune.safetensors"]);
}

#[test]
fn an_older_output_that_cannot_be_looked_at_is_nobody_elses() {
    let folder = folder();
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows out.arrow").succeeds();
    for handles in 3..24 {
        let output = after(&format!("ulimit -n {handles}"), folder.kitsune("score rows out.arrow")).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        // With the fewest handles the program, or the shell before it, cannot even begin.
        assert!(!told.contains("holds no scores"), "{handles}: {told}");
    }
}
