//! Folders and CSV files that cannot be used: one line reports the position, as an editor counts it, and what to do.

use crate::folder::{Folder, MODEL};

/// Rows of two columns to train a model on.
const GOOD: &str = "0.1,0.9\n0.5,0.2\n0.9,0.4\n0.3,0.3\n";

/// Asserts that training on a folder of these files fails, and leaves nothing behind.
#[track_caller]
fn training_fails(files: &[(&str, &str)], options: &str, parts: &[&str]) {
    let folder = files.iter().fold(Folder::new(), |folder, (name, content)| folder.file(name, content));
    let before = folder.list();
    folder.kitsune("train rows --epochs 1 --checkpoint-dir new/models").words(options).fails(parts);
    assert_eq!(folder.list(), before, "something was left behind");
}

/// Asserts that scoring a folder of these files with a model for them fails, and leaves nothing behind.
#[track_caller]
fn scoring_fails(train: &str, options: &str, files: &[(&str, &str)], parts: &[&str]) {
    let folder = files.iter().fold(Folder::new().file("good/a.csv", train), |folder, (name, content)| folder.file(name, content));
    folder.kitsune("train good --epochs 1").words(options).succeeds();
    let before = folder.list();
    folder.kitsune("anomaly-scores rows new/scores").fails(parts);
    assert_eq!(folder.list(), before, "something was left behind");
}

#[test]
fn a_folder_without_rows_is_told_from_one_that_is_not_there() {
    training_fails(&[], "", &["there is no file or folder rows"]);
    training_fails(&[("rows/.hidden.csv", "1,2\n")], "", &["the folder rows holds no files"]);
    training_fails(
        &[("rows/a.txt", ""), ("rows/b.txt", "")],
        "",
        &["there is no .csv, .parquet, .ndjson, .arrow or .pcap file in rows, only 2 .txt"],
    );
    training_fails(&[("rows/a.csv", GOOD)], "--file-format parquet", &["there is no .parquet file in rows, only 1 .csv"]);
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("rows")).unwrap();
    folder.kitsune("train rows").fails(&["the folder rows holds no files"]);
}

#[test]
fn two_formats_in_one_folder_need_a_word() {
    let files = [("rows/a.csv", GOOD), ("rows/b.parquet", "")];
    training_fails(&files, "", &["1 .csv and 1 .parquet", "--file-format"]);
    let folder = Folder::new().file("rows/a.csv", GOOD).file("rows/b.parquet", "").file("rows.data", GOOD);
    folder.kitsune("train rows --file-format csv --epochs 1").succeeds().says(&["4 rows"]);
    folder.kitsune("train rows.data --epochs 1").fails(&["rows.data", "--file-format"]);
    folder.kitsune("train rows.data --file-format csv --epochs 1").succeeds();
}

#[test]
fn a_bad_cell_is_told_by_file_line_and_column() {
    let cases = [
        ("0.1,0.2\n0.3,x\n", &["rows/a.csv, line 2, column 1: ", "\"x\" is not a number"][..]),
        ("a,b\n0.1,0.2\n0.3,x\n", &["rows/a.csv, line 3, column 1 (b): ", "\"x\""]),
        ("0.1,0.2\n0.3,0.4\nnan,0.6\n", &["rows/a.csv, line 3, column 0: ", "nan is not a finite number"]),
        ("0.1,inf\n0.3,0.4\n", &["rows/a.csv, line 1, column 1: ", "inf is not a finite number"]),
        ("a,b\n0.1,0.2\n-inf,0.4\n", &["rows/a.csv, line 3, column 0 (a): ", "-inf"]),
        ("0.1,0.2\n,0.4\n", &["rows/a.csv, line 2, column 0: ", "the cell is empty"]),
        ("0.1,0.2\n0.3,\n", &["rows/a.csv, line 2, column 1: ", "the cell is empty"]),
        ("0.1,0.2\n0.3,  \n", &["rows/a.csv, line 2, column 1: ", "the cell is empty"]),
        ("0.1,0.2\n0.3,1e999\n", &["rows/a.csv, line 2, column 1: ", "1e999"]),
        ("0.1,0.2\r\n\"0.3\",\"4,5\"\r\n", &["rows/a.csv, line 2, column 1: ", "\"4,5\""]),
    ];
    for (lines, parts) in cases {
        training_fails(&[("rows/a.csv", lines)], "", parts);
        let header = if lines.starts_with("a,b") { "a,b\n" } else { "" };
        scoring_fails(&format!("{header}{GOOD}"), "", &[("rows/a.csv", lines)], parts);
    }
}

#[test]
fn the_place_is_right_in_the_last_line_of_the_last_of_many_files() {
    let long = GOOD.repeat(5_000);
    let last = format!("{long}0.5,oops");
    training_fails(
        &[("rows/a.csv", &long), ("rows/b/a.csv", &long), ("rows/b/b.csv", &last)],
        "",
        &["rows/b/b.csv, line 20001, column 1", "\"oops\""],
    );
}

#[test]
fn a_row_of_another_width_is_told_by_its_line() {
    let cases = [
        ("0.1,0.2\n0.3\n0.5,0.6\n", &["rows/a.csv, line 2: ", "1 cell instead of 2"][..]),
        ("0.1,0.2\n0.3,0.4\n0.5,0.6,0.7\n", &["rows/a.csv, line 3: ", "3 cells instead of 2"]),
        ("a,b\n0.1,0.2,0.3\n", &["rows/a.csv, line 2: ", "3 cells instead of 2"]),
        ("0.1,0.2\n0.3,0.4,\n", &["rows/a.csv, line 2: ", "3 cells instead of 2"]),
        ("0.1,0.2\n\n0.3,0.4\n", &["rows/a.csv, line 2: ", "blank"]),
        ("a,b\n0.1,0.2\n  \n\n0.3,0.4\n", &["rows/a.csv, line 3: ", "blank"]),
        ("\n0.1,0.2\n", &["rows/a.csv, line 1: ", "blank"]),
        ("0.1,0.2\n\"0.3,0.4\n", &["rows/a.csv", "line 2", "quote"]),
    ];
    for (lines, parts) in cases {
        training_fails(&[("rows/a.csv", lines)], "", parts);
    }
}

#[test]
fn blanks_around_numbers_and_blank_lines_at_the_end_are_nothing() {
    let model = |lines: &str| {
        let folder = Folder::new().file("rows/a.csv", lines);
        folder.kitsune("train rows --epochs 1").succeeds();
        folder.read(MODEL)
    };
    let plain = model("0.1,0.2\n0.3,0.4\n0.5,0.1\n");
    for lines in ["0.1,0.2\n0.3,0.4\n0.5,0.1", "0.1,0.2\n0.3, 0.4 \n  0.5,0.1\n\n\n  \n", "0.1,0.2\r\n\"0.3\",0.4\r\n0.5,\" 0.1 \"\r\n"] {
        assert!(model(lines) == plain, "{lines:?}");
    }
}

#[test]
fn files_that_do_not_go_together_are_told_by_both_names() {
    let header = format!("a,b\n{GOOD}");
    let cases = [
        ((GOOD, "0.1,0.2,0.3\n"), &["rows/b.csv has 3 columns but rows/a.csv has 2"][..]),
        ((&header, "a,c\n0.1,0.2\n"), &["column 1 is \"c\" in rows/b.csv but \"b\" in rows/a.csv"]),
        ((&header, "0.1,0.2\n"), &["\"0.1\" in rows/b.csv but \"a\" in rows/a.csv"]),
        ((GOOD, "a,b\n0.1,0.2\n"), &["rows/b.csv, line 1, column 0", "\"a\" is not a number"]),
    ];
    for ((first, second), parts) in cases {
        training_fails(&[("rows/a.csv", first), ("rows/b.csv", second)], "", parts);
    }
}

#[test]
fn a_first_row_that_may_be_a_header_needs_a_word() {
    for (lines, cell) in [("a,2\n0.1,0.2\n0.3,0.4\n", "its column 1 is \"2\""), ("0,1\n0.1,0.2\n0.3,0.4\n", "its column 0 is \"0\"")] {
        training_fails(&[("rows/a.csv", lines)], "", &["rows/a.csv", cell, "--has-header or --no-header"]);
        let folder = Folder::new().file("rows/a.csv", lines);
        folder.kitsune("train rows --epochs 1 --has-header").succeeds().says(&["2 rows"]);
    }
    let folder = Folder::new().file("rows/a.csv", "0,1\n0.1,0.2\n0.3,0.4\n");
    folder.kitsune("train rows --epochs 1 --no-header").succeeds().says(&["3 rows"]);
    training_fails(&[("rows/a.csv", "a,2\n0.1,0.2\n")], "--no-header", &["rows/a.csv, line 1, column 0", "\"a\""]);
}

#[test]
fn other_separators_are_recognised() {
    training_fails(&[("rows/a.csv", "0.1;0.2\n0.3;0.4\n")], "", &["the cells of rows/a.csv", "';' instead of ','", "(--delimiter ';')"]);
}

#[test]
fn rows_said_to_be_scaled_must_be() {
    for (lines, parts) in [
        ("0.5,0.5\n0,1.5\n", &["rows/a.csv, line 2, column 1: ", "1.5 is outside 0 to 1"]),
        ("0.5,0.5\n-0.001,1\n", &["rows/a.csv, line 2, column 0: ", "-0.001 is outside 0 to 1"]),
    ] {
        training_fails(&[("rows/a.csv", lines)], "--is-scaled", parts);
        scoring_fails(GOOD, "--is-scaled", &[("rows/a.csv", lines)], parts);
    }
    Folder::new().file("rows/a.csv", "0,1\n1,0\n").kitsune("train rows --is-scaled --no-header --epochs 1").succeeds();
}

#[test]
fn rows_to_score_must_have_the_columns_of_the_model() {
    let header = format!("a,b\n{GOOD}");
    let cases = [
        (GOOD, "0.1,0.2,0.3\n", &["rows has 3 columns", "trained on 2"][..]),
        (GOOD, "a,b,c\n0.1,0.2,0.3\n", &["rows has 3 columns", "trained on 2"]),
        (&header, "0.1\n", &["rows has 1 column,", "trained on 2"]),
        (&header, "b,c\n0.1,0.2\n", &["no column a", "b, c"]),
        (&header, "c,d\n0.1,0.2\n", &["no column a, b", "c, d"]),
        (&header, "A,b\n0.1,0.2\n", &["no column a"]),
    ];
    for (train, lines, parts) in cases {
        scoring_fails(train, "", &[("rows/a.csv", lines)], parts);
    }
}

#[test]
fn a_training_needs_two_rows_and_a_feature() {
    let cases = [
        ("1,2\n", &["rows", "at least 2 rows", "are 1"][..]),
        ("a,b\n1,2\n", &["rows", "at least 2 rows", "are 1"]),
        ("a,b\n", &["rows", "at least 2 rows", "are 0"]),
        ("", &["rows", "at least 2 rows", "are 0"]),
    ];
    for (lines, parts) in cases {
        training_fails(&[("rows/a.csv", lines)], "", parts);
    }
    training_fails(&[("rows/a.csv", "0\n0\n")], "--label-column 0", &["no feature is left of rows/a.csv"]);
}
