//! Files that are no model files.

use std::fs;

use crate::demo;
use crate::folder::{Folder, MODEL};
use crate::rows::{csv, made_up};

/// Asserts that both commands that read a model refuse it, and leave nothing behind.
#[track_caller]
fn is_no_model(folder: &Folder, parts: &[&str]) {
    let before = folder.list();
    folder.kitsune("inspect").word(MODEL).fails(parts);
    folder.kitsune("anomaly-scores rows scores").fails(parts);
    assert_eq!(folder.list(), before, "something was left behind");
}

fn folder() -> Folder {
    Folder::new().file("rows/a.csv", csv(&made_up(10)))
}

#[test]
fn a_file_of_something_else_is_told() {
    let other = b"\x10\0\0\0\0\0\0\0{\"__metadata__\":";
    for content in [&b""[..], b"short", b"0.1,0.2\n0.3,0.4\n", &[0; 4096], &[255; 4096], other, b"\x02\0\0\0\0\0\0\0{}"] {
        is_no_model(&folder().file(MODEL, content), &[MODEL, "is not a kitsune model"]);
    }
}

#[test]
fn a_truncated_model_is_told_wherever_it_was_cut() {
    let model = &demo::trained().model;
    for part in 0..12 {
        is_no_model(&folder().file(MODEL, &model[..model.len() * part / 12]), &[MODEL, "is not a kitsune model"]);
    }
    is_no_model(&folder().file(MODEL, &model[..model.len() - 1]), &[MODEL, "is not a kitsune model"]);
}

#[test]
fn a_model_of_a_later_version_is_told() {
    let model = demo::trained().model.clone();
    let format = br#"\"format\":3"#;
    let at = model.windows(format.len()).position(|window| window == format).unwrap();
    let mut later = model;
    later[at + format.len() - 1] = b'9';
    is_no_model(&folder().file(MODEL, later), &[MODEL, "format 9", "update kitsune"]);
}

#[test]
fn a_missing_model_is_told_with_what_to_do() {
    is_no_model(&folder(), &[MODEL, "cannot be read"]);
    folder().kitsune("anomaly-scores rows scores").fails(&["--model", "kitsune train"]);
    let folder = folder();
    fs::create_dir_all(folder.path().join(MODEL)).unwrap();
    is_no_model(&folder, &[MODEL, "cannot be read", "directory"]);
}
