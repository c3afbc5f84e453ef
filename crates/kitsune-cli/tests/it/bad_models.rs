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
    let format = br#"\"format\":5"#;
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

/// A sparse file takes no space on the disk, but reading it takes as long as if it did.
#[cfg(unix)]
#[test]
fn a_large_file_of_something_else_is_told_at_once() {
    let folder = folder();
    for (name, start) in [("zeros", &[0][..]), ("header", b"\x02\0\0\0\0\0\0\0{}"), ("text", b"0.1,0.2\n")] {
        let path = folder.path().join(name);
        fs::write(&path, start).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        folder.kitsune("inspect").word(name).fails(&[name, "is not a kitsune model"]);
        folder.kitsune("train rows --epochs 1 --from").word(name).fails(&[name, "is not a kitsune model"]);
        fs::create_dir_all(folder.path().join("models")).unwrap();
        fs::rename(&path, folder.path().join("models/kitsune.resume")).unwrap();
        folder.kitsune("train rows --epochs 1 --resume").fails(&["models/kitsune.resume exists and holds no checkpoint"]);
    }
}
