//! Parquet files that cannot be used. Rows are counted from 1.

use polars::df;
use polars::prelude::DataFrame;

use crate::folder::Folder;
use crate::frames::parquet;

fn good() -> DataFrame {
    df!("a" => [0.1, 0.2, 0.3], "b" => [0.4, 0.5, 0.3]).unwrap()
}

/// Asserts that training on this folder and scoring it with a good model fail, and leave nothing behind.
#[track_caller]
fn fails(folder: Folder, parts: &[&str]) {
    let folder = folder.parquet("good/a.parquet", &good());
    folder.kitsune("train good --epochs 1").succeeds();
    let before = folder.list();
    folder.kitsune("train rows --epochs 1 --checkpoint-dir new/models").fails(parts);
    folder.kitsune("anomaly-scores rows new/scores").fails(parts);
    assert_eq!(folder.list(), before, "something was left behind");
}

#[test]
fn a_bad_value_is_told_by_file_row_and_column() {
    let cases = [
        (df!("a" => [0.1, 0.2, f64::NAN], "b" => [0.1; 3]), &["rows/a.parquet, row 3, column 0 (a)", "NaN is not a finite number"]),
        (df!("a" => [0.1; 3], "b" => [0.1, f64::INFINITY, 0.3]), &["rows/a.parquet, row 2, column 1 (b)", "inf"]),
        (df!("a" => [0.1; 3], "b" => [None, Some(0.1), None]), &["rows/a.parquet, row 1, column 1 (b)", "missing"]),
    ];
    for (frame, parts) in cases {
        fails(Folder::new().parquet("rows/a.parquet", &frame.unwrap()), parts);
    }
}

#[test]
fn a_row_is_counted_within_its_file() {
    let frame = df!("a" => [0.1, f64::NAN], "b" => [0.1; 2]).unwrap();
    fails(Folder::new().parquet("rows/a.parquet", &good()).parquet("rows/b.parquet", &frame), &["rows/b.parquet, row 2, column 0 (a)"]);
}

#[test]
fn files_of_unlike_schema_are_told_by_both_names() {
    let cases = [
        (df!("a" => [0.1]), &["rows/b.parquet has 1 columns but rows/a.parquet has 2"][..]),
        (df!("a" => [0.1], "c" => [0.1]), &["column 1 of rows/b.parquet is c (a number)", "rows/a.parquet is b (a number)"]),
        (df!("a" => [0.1], "b" => ["x"]), &["column 1 of rows/b.parquet is b (text)", "rows/a.parquet is b (a number)"]),
    ];
    for (frame, parts) in cases {
        fails(Folder::new().parquet("rows/a.parquet", &good()).parquet("rows/b.parquet", &frame.unwrap()), parts);
    }
}

#[test]
fn columns_of_text_are_all_named() {
    let frame = df!("a" => [0.1, 0.2], "city" => ["Graz", "Linz"], "b" => [0.1, 0.3], "note" => ["", ""]).unwrap();
    let folder = Folder::new().parquet("rows/a.parquet", &frame).parquet("good/a.parquet", &good());
    folder.kitsune("train rows --epochs 1").fails(&["city (text), note (text)", "must be left out", "(--exclude city,note)"]);
    folder.kitsune("train good --epochs 1").succeeds();
    folder.kitsune("anomaly-scores rows scores").succeeds();
    assert_eq!(folder.scores("scores").len(), 2, "columns that the model does not know do not matter");
}

#[test]
fn a_damaged_file_is_told_by_its_name() {
    let bytes = parquet(&good());
    let (footer, _) = bytes[bytes.len() - 8..].split_first_chunk::<4>().unwrap();
    let footer = bytes.len() - 8 - u32::from_le_bytes(*footer) as usize;
    let damaged = [
        ("cut in the footer", bytes[..bytes.len() - 20].to_vec()),
        ("half", bytes[..bytes.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("zeros", vec![0; bytes.len()]),
        ("text", b"a,b\n0.1,0.2\n".repeat(20)),
        ("zeros in the footer", [&bytes[..footer], &vec![0; bytes.len() - 8 - footer], &bytes[bytes.len() - 8..]].concat()),
    ];
    for (damage, bytes) in damaged {
        let file = format!("rows/{damage}.parquet");
        let told = format!("{file} is damaged, or no Parquet file");
        fails(Folder::new().file(&file, &bytes), &[&told]);
        fails(Folder::new().parquet("rows/a.parquet", &good()).file(&file, &bytes), &[&told]);
    }
}
