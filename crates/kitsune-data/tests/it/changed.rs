//! Files that are changed while they are read, or between two passes over them.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use kitsune_data::{Error, Source};
use polars::df;
use polars::prelude::DataFrame;

use crate::folder::{Folder, assert_says, parquet, rows};
use crate::formats::{gzip, ipc, ipc_stream};

const ROWS: usize = 1_000;

fn frame(factor: f64) -> DataFrame {
    let a: Vec<_> = (0..ROWS).map(|row| row as f64 * factor).collect();
    df!("a" => &a, "b" => &a).unwrap()
}

fn csv(factor: f64) -> Vec<u8> {
    let lines: Vec<_> = (0..ROWS).map(|row| format!("{:09.3},{:09.3}\n", row as f64 * factor, row)).collect();
    ["a,b\n", &lines.concat()].concat().into()
}

fn ndjson(factor: f64) -> Vec<u8> {
    let lines: Vec<_> = (0..ROWS).map(|row| format!("{{\"a\":{:09.3},\"b\":1}}\n", 1e4 + row as f64 * factor)).collect();
    lines.concat().into()
}

/// A file of each kind by its name, and another of the same columns and the same length.
fn kinds() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let ipc = |factor| ipc(&frame(factor), None);
    let stream = |factor| ipc_stream(&frame(factor), None);
    vec![
        ("a.csv", csv(1.0), csv(2.0)),
        ("a.ndjson", ndjson(1.0), ndjson(2.0)),
        ("a.parquet", parquet(&frame(1.0)), parquet(&frame(2.0))),
        ("a.arrow", ipc(1.0), ipc(2.0)),
        ("b.arrow", stream(1.0), stream(2.0)),
        ("b.csv.gz", gzip(csv(1.0)), gzip(csv(2.0))),
    ]
}

/// The error of a pass over a file that an earlier pass has read, and that was changed then.
fn error_after(name: &str, content: &[u8], change: impl FnOnce(PathBuf)) -> Error {
    let folder = Folder::new().file(name, content);
    let source = folder.open();
    assert_eq!(rows(&source, 0).len(), ROWS, "{name}");
    assert_eq!(rows(&source, 1).len(), ROWS, "{name}");
    change(folder.path().join(name));
    error(&source)
}

fn error(source: &Source) -> Error {
    source.pass(2).and_then(|mut pass| pass.find_map(Result::err).map_or(Ok(()), Err)).unwrap_err()
}

#[test]
fn a_file_that_is_changed_before_the_first_pass_is_an_error_unless_it_grows() {
    for (name, content, other) in kinds() {
        let cut = content.len() / 2;
        for change in [&other[..], &content[..cut], &[]] {
            let folder = Folder::new().file(name, &content);
            let source = folder.open();
            fs::write(folder.path().join(name), change).unwrap();
            // The times of both files may be the same.
            let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
            File::options().write(true).open(folder.path().join(name)).unwrap().set_modified(later).unwrap();
            let error = source.pass(0).and_then(|mut pass| pass.find_map(Result::err).map_or(Ok(()), Err)).unwrap_err();
            assert_changed(&error, name);
        }
    }
    let folder = Folder::new().file("a.csv", "a,b\n1,2\n");
    let source = folder.open();
    OpenOptions::new().append(true).open(folder.path().join("a.csv")).unwrap().write_all(b"3,4\n").unwrap();
    assert_eq!(rows(&source, 0), [[1.0, 2.0], [3.0, 4.0]]);
}

fn assert_changed(error: &Error, name: &str) {
    assert!(matches!(error, Error::Changed { .. }), "{name}: {error}");
    assert_says(&error.to_string(), &[name, "was changed while it was read", "start again"]);
}

#[test]
fn a_file_that_is_cut_between_two_passes_is_an_error() {
    for (name, content, _) in kinds() {
        // A CSV or NDJSON file is cut at the end of a row.
        let ends = || content.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let half = ends().find(|end| *end > content.len() / 2).unwrap_or(content.len() / 2);
        let error = error_after(name, &content, |path| File::options().write(true).open(path).unwrap().set_len(half as u64).unwrap());
        assert_changed(&error, name);
    }
}

#[test]
fn a_file_that_is_replaced_between_two_passes_is_an_error() {
    for (name, content, other) in kinds() {
        let time = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
        let error = error_after(name, &content, |path| {
            let (moment, new) = (time(&path), path.with_extension("new"));
            fs::write(&new, &other).unwrap();
            // Whoever copies a file may keep its time.
            File::options().write(true).open(&new).unwrap().set_modified(moment).unwrap();
            fs::rename(new, path).unwrap();
        });
        if cfg!(unix) {
            assert_changed(&error, name);
        }
        let error = error_after(name, &content, |path| {
            fs::write(&path, &other).unwrap();
            let later = time(&path) + std::time::Duration::from_secs(1);
            File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
        });
        assert_changed(&error, name);
    }
}

#[test]
fn a_file_that_grows_is_read_once() {
    let folder = Folder::new().file("a.csv", csv(1.0));
    let grow = || OpenOptions::new().append(true).open(folder.path().join("a.csv")).unwrap().write_all(b"1,2\n").unwrap();
    let source = folder.open();
    grow();
    let mut pass = source.pass(0).unwrap();
    grow();
    let read: usize = pass.by_ref().map(|batch| batch.unwrap().rows()).sum();
    assert!((ROWS + 1..=ROWS + 2).contains(&read), "{read} rows");
    drop(pass);
    grow();
    assert_changed(&error(&source), "a.csv");
}

#[test]
fn a_file_that_is_cut_in_its_only_pass_is_an_error() {
    // Longer than what a pass reads ahead.
    let folder = Folder::new().file("a.csv", "1,2\n".repeat(10 << 20));
    let source = folder.open();
    let mut pass = source.pass(0).unwrap();
    assert!(pass.next().unwrap().unwrap().rows() > 0);
    OpenOptions::new().write(true).open(folder.path().join("a.csv")).unwrap().set_len(4 * 1_000).unwrap();
    assert_changed(&pass.find_map(Result::err).unwrap(), "a.csv");
}

#[test]
fn a_file_that_is_removed_or_added_is_no_change_of_another() {
    let folder = Folder::new().file("a.csv", csv(1.0)).file("b.csv", csv(1.0));
    let source = folder.open();
    assert_eq!(rows(&source, 0).len(), 2 * ROWS);
    fs::write(folder.path().join("c.csv"), csv(3.0)).unwrap();
    assert_eq!(rows(&source, 1).len(), 2 * ROWS);
    fs::remove_file(folder.path().join("b.csv")).unwrap();
    assert_says(&error(&source).to_string(), &["cannot read", "b.csv"]);
}

#[test]
fn a_pass_over_labels_or_for_means_counts() {
    let labelled = |label| {
        let lines = (0..ROWS).map(|row| format!("{row},{}\n", if row % 9 == 0 { label } else { "benign" }));
        ["a,label\n".to_owned(), lines.collect()].concat()
    };
    let folder = Folder::new().file("a.csv", labelled("attack"));
    let source = folder.open().with_label("label").unwrap().normal_only();
    source.normal_labels().unwrap();
    fs::write(folder.path().join("a.csv"), labelled("attack").replace("0,attack\n", "")).unwrap();
    assert_changed(&error(&source), "a.csv");

    let folder = Folder::new().file("a.csv", "a\n1\n2\n").file("labels.txt", "0\n1\n");
    let source = Source::open(folder.path().join("a.csv")).unwrap();
    let source = source.with_labels_from(folder.path().join("labels.txt")).unwrap().with_row_labels();
    fs::write(folder.path().join("a.csv"), "a\n1\n2\n3\n").unwrap();
    assert_changed(&error(&source), "a.csv");
}

/// The mapping of a file that becomes shorter ends the process.
#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error() {
    let large: Vec<_> = (0..400_000).map(f64::from).collect();
    let large = df!("a" => &large).unwrap();
    let mut in_groups = Vec::new();
    polars::prelude::ParquetWriter::new(&mut in_groups).with_row_group_size(Some(20_000)).finish(&mut large.clone()).unwrap();
    for (name, content) in [("a.parquet", in_groups), ("a.arrow", ipc(&large, None))] {
        let folder = Folder::new().file(name, &content);
        let mut pass = folder.open().pass(0).unwrap();
        let first = pass.next();
        File::options().write(true).open(folder.path().join(name)).unwrap().set_len(100).unwrap();
        let rest: Result<Vec<_>, _> = first.into_iter().chain(pass).collect();
        match rest {
            Err(error) => assert_changed(&error, name),
            // All of it was read before.
            Ok(batches) => assert_eq!(batches.iter().map(kitsune_data::Batch::rows).sum::<usize>(), 400_000, "{name}"),
        }
    }
}
