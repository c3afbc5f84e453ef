//! Folders that cannot be written to.

use crate::folder::Folder;
use crate::rows::{csv, made_up};

/// A path below a file, where even root cannot write.
const BELOW_A_FILE: &str = "rows/a.csv/below";

/// A folder with rows and a model.
fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(10)));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder
}

/// A folder with rows that have labels, and a model.
fn labelled_folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(10)));
    folder.kitsune("train rows --epochs 1 --label-column 0 --train-on all").succeeds();
    folder
}

#[track_caller]
fn is_refused(folder: &Folder, words: &str, target: &str) {
    let before = folder.list();
    folder.kitsune(words).word(target).fails(&[target]);
    assert_eq!(folder.list(), before, "something was left behind");
}

#[test]
fn a_target_that_cannot_be_written_to_is_told() {
    let (folder, labelled) = (folder(), labelled_folder());
    for target in [BELOW_A_FILE, "rows/a.csv"] {
        is_refused(&folder, "train rows --epochs 1 --checkpoint-dir", target);
        is_refused(&folder, "anomaly-scores rows", target);
        is_refused(&folder, "anomaly-scores rows out.csv --report", target);
        is_refused(&labelled, "evaluate rows --label-column 0 --report", target);
    }
    let before = folder.list();
    for (target, told) in [("rows/a.csv/scores.csv", "rows/a.csv"), ("rows/a.csv/below/scores.csv", "rows/a.csv"), ("models/", "models/")] {
        folder.kitsune("anomaly-scores rows --output-format csv").word(target).fails(&[told]);
        assert_eq!(folder.list(), before, "something was left behind");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_that_takes_no_files_is_told() {
    let folder = folder();
    is_refused(&folder, "train rows --epochs 1 --checkpoint-dir", "/proc/nowhere");
    is_refused(&folder, "anomaly-scores rows", "/proc/nowhere");
    is_refused(&folder, "train rows --epochs 1 --checkpoint-dir", "/proc");
    is_refused(&folder, "anomaly-scores rows", "/proc");
    is_refused(&folder, "anomaly-scores rows out.csv --report", "/proc/nowhere");
    is_refused(&labelled_folder(), "evaluate rows --label-column 0 --report", "/proc");
}

/// Otherwise a user would wait for a training whose model cannot be written.
#[test]
fn a_bad_target_is_told_before_the_work_starts() {
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(10)));
    folder.kitsune("train rows --epochs 1000000000 --checkpoint-dir").word(BELOW_A_FILE).fails(&[BELOW_A_FILE]);
}

#[test]
fn what_the_system_said_is_told_once() {
    let folder = folder();
    for words in ["train rows --checkpoint-dir", "anomaly-scores rows", "inspect"] {
        let output = folder.kitsune(words).word(BELOW_A_FILE).into_command().output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.matches("os error").count(), 1, "{told}");
    }
}
