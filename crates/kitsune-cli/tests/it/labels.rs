//! A column that says which rows are normal.

use crate::folder::Folder;
use crate::rows::{FEATURES, assert_same, csv, made_up};

const ROWS: usize = 60;

/// Rows and whether they are normal; every fifth is not.
fn labelled() -> Vec<([f64; FEATURES], bool)> {
    made_up(ROWS).into_iter().enumerate().map(|(row, values)| (values, row % 5 != 0)).collect()
}

/// Lines with the label as column 2.
fn with_label(rows: &[([f64; FEATURES], bool)]) -> String {
    csv(&rows.iter().map(|&([a, b, c, d], normal)| [a, b, f64::from(!normal), c, d]).collect::<Vec<_>>())
}

fn without_label(rows: impl Iterator<Item = [f64; FEATURES]>) -> String {
    csv(&rows.collect::<Vec<_>>())
}

fn model(lines: &str, options: &str) -> Vec<u8> {
    let folder = Folder::new().file("rows/a.csv", lines);
    folder.kitsune("train rows --epochs 3").words(options).succeeds();
    folder.learnt()
}

#[test]
fn rows_with_a_label_are_left_out_and_the_label_is_no_feature() {
    let rows = labelled();
    let normal = without_label(rows.iter().filter(|(_, normal)| *normal).map(|(row, _)| *row));
    assert!(model(&with_label(&rows), "--label-column 2") == model(&normal, ""), "by number");
    let named = model(&format!("a,b,label,c,d\n{}", with_label(&rows)), "--label-column label");
    assert!(named == model(&format!("a,b,c,d\n{normal}"), ""), "by name");
}

#[test]
fn all_rows_are_taken_on_request() {
    let rows = labelled();
    let all = without_label(rows.iter().map(|(row, _)| *row));
    assert!(model(&with_label(&rows), "--label-column 2 --train-on all") == model(&all, ""));
}

#[test]
fn the_rows_left_out_are_counted() {
    let folder = Folder::new().file("rows/a.csv", with_label(&labelled()));
    let told = folder.kitsune("train rows --epochs 1 --label-column 2").succeeds();
    told.says(&["12 rows left out because the label is not normal", "48 rows of 4 features"]);
    let told = folder.kitsune("train rows --epochs 1 --label-column 2 --train-on all").succeeds();
    told.says(&["60 rows of 4 features"]);
    assert!(!told.stderr.contains("left out"), "{}", told.stderr);
}

#[test]
fn every_row_is_scored_whatever_its_label() {
    let rows = labelled();
    let folder = Folder::new().file("rows/a.csv", with_label(&rows)).file("plain/a.csv", without_label(rows.iter().map(|(row, _)| *row)));
    folder.kitsune("train rows --epochs 1 --label-column 2").succeeds();
    folder.kitsune("score rows scores --label-column 2").succeeds();
    folder.kitsune("score plain plain-scores").succeeds();
    assert_eq!(folder.scores("scores").len(), ROWS);
    assert_same("the label aside", &folder.scores("scores"), &folder.scores("plain-scores"));
}

#[test]
fn labels_that_are_not_there_or_no_numbers_are_told() {
    let cases = [
        ("a,b\n1,2\n3,4\n", "label", &["there is no column label", "a, b"][..]),
        ("1,2\n3,4\n", "2", &["there is no column 2", "0 to 1"]),
        ("a,b,label\n1,2,0\n3,4,0\n5,6,normal\n", "label", &["label of rows/a.csv", "several labels may mark normal rows"]),
        ("a,b,label\n1,2,0\n3,4,\n", "label", &["rows/a.csv, line 3, column 2 (label)", "missing"]),
        ("a,b,label\n1,2,1\n3,4,1\n", "label", &["none of the labels", "\"1\" (2 rows)", "--normal-label 1"]),
        ("a,b,label\n1,2,0\n3,4,1\n3,4,1\n", "label", &["at least 2 rows", "2 rows left out because the label is not normal"]),
    ];
    for (lines, label, parts) in cases {
        let folder = Folder::new().file("rows/a.csv", lines);
        folder.kitsune("train rows --label-column").word(label).fails(parts);
    }
}
