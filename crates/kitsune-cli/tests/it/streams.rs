//! The contents of stdout and stderr, and runs without a reader of them.

use std::io::pipe;
use std::process::Stdio;

use crate::demo;
use crate::folder::{Folder, MODEL};
use crate::kitsune::kitsune;
use crate::rows::{csv, made_up};

/// A pipe whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

fn folder() -> Folder {
    Folder::new().file("rows/a.csv", csv(&made_up(30)))
}

#[test]
fn progress_goes_to_stderr_and_stdout_stays_empty() {
    let folder = folder();
    let told = folder.kitsune("train rows --epochs 2").succeeds();
    told.says(&[
        "reading: 30 rows in ",
        " rows/s\n",
        "30 rows of 4 features in 1 cluster: 2 epochs, 2 steps\n",
        "training: 60 rows in ",
        "mean loss in the last epoch: tails ",
        "wrote models/kitsune.safetensors\n",
    ]);
    assert_eq!(told.stdout, "");
    let told = folder.kitsune("score rows scores").succeeds();
    told.says(&["scoring: 30 rows in ", "wrote 4 files to scores\n"]);
    assert_eq!(told.stdout, "");
}

#[test]
fn quiet_is_silent() {
    let folder = folder().file("far/a.csv", "9,9,9,9\n");
    for words in ["train rows --epochs 1 --quiet", "train rows --epochs 1 -q", "score far scores --quiet"] {
        let told = folder.kitsune(words).succeeds();
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""), "{words}");
    }
}

#[test]
fn errors_are_told_in_spite_of_quiet() {
    folder().kitsune("score rows scores --quiet").fails(&[MODEL]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = demo::folder();
    for words in ["inspect models/kitsune.safetensors --json", "inspect models/kitsune.safetensors", "devices", "--help"] {
        let output = folder.kitsune(words).into_command().stdout(closed()).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{words}");
    }
}

#[test]
fn nobody_has_to_listen_to_the_progress() {
    let folder = folder();
    let status = folder.kitsune("train rows --epochs 1").into_command().stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(folder.exists(MODEL));
    let status = kitsune("train nowhere").into_command().stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(1), "a failure stays one");
}
