//! The same rows give the same model and scores in any format.

use polars::df;
use polars::prelude::DataFrame;

use crate::folder::{Folder, MODEL};
use crate::frames::{self, gzip};
use crate::rows::{assert_same, csv, made_up};

const ROWS: usize = 200;

/// Columns in another order than that of their names.
fn frame() -> DataFrame {
    let rows = made_up(ROWS);
    let column = |column: usize| rows.iter().map(|row| row[column]).collect::<Vec<_>>();
    df!("load" => column(0), "bytes" => column(1), "mix" => column(2), "age" => column(3)).unwrap()
}

/// The model of the folder `rows`, and the scores of its rows by it.
fn results(folder: &Folder, options: &str) -> (Vec<u8>, Vec<f32>) {
    folder.kitsune("train rows --epochs 3").words(options).succeeds();
    folder.kitsune("score rows scores").words(options).succeeds();
    (folder.read(MODEL), folder.scores("scores"))
}

#[track_caller]
fn assert_alike(what: &str, found: &(Vec<u8>, Vec<f32>), expected: &(Vec<u8>, Vec<f32>)) {
    assert_same(what, &found.1, &expected.1);
    assert!(found.0 == expected.0, "{what}: the models differ");
}

#[test]
fn every_format_gives_the_same_model_and_the_same_scores() {
    let frame = frame();
    let lines = frames::csv(&frame);
    let expected = results(&Folder::new().file("rows/a.csv", &lines), "");
    assert_eq!(expected.1.len(), ROWS);
    let files = [
        ("a.csv.gz", gzip(&lines)),
        ("a.CSV", lines),
        ("a.ndjson", frames::ndjson(&frame)),
        ("a.jsonl.gz", gzip(&frames::ndjson(&frame))),
        ("a.arrow", frames::ipc_file(&frame)),
        ("a.feather", frames::ipc_file(&frame)),
        ("a.ipc", frames::ipc_stream(&frame)),
        ("a.parquet", frames::parquet(&frame)),
    ];
    for (name, bytes) in files {
        assert_alike(name, &results(&Folder::new().file(format!("rows/{name}"), bytes), ""), &expected);
    }
}

#[test]
fn the_format_can_be_said_where_the_extension_does_not_tell() {
    let frame = frame();
    let expected = results(&Folder::new().file("rows/a.csv", frames::csv(&frame)), "");
    let files = [
        ("csv", frames::csv(&frame)),
        ("csv", gzip(&frames::csv(&frame))),
        ("ndjson", frames::ndjson(&frame)),
        ("ipc", frames::ipc_stream(&frame)),
        ("parquet", frames::parquet(&frame)),
    ];
    for (format, bytes) in files {
        assert_alike(format, &results(&Folder::new().file("rows", bytes), &format!("--file-format {format}")), &expected);
    }
}

#[test]
fn csv_may_have_another_delimiter_and_comments() {
    let lines = csv(&made_up(ROWS));
    let expected = results(&Folder::new().file("rows/a.csv", format!("load,bytes,mix,age\n{lines}")), "");
    for (options, delimiter) in [("--delimiter ;", ";"), ("--delimiter tab", "\t"), ("--delimiter \\t", "\t"), ("--delimiter |", "|")] {
        let lines = format!("load,bytes,mix,age\n{lines}").replace(',', delimiter);
        assert_alike(options, &results(&Folder::new().file("rows/a.csv", lines), options), &expected);
    }
    let (first, rest) = lines.split_at(lines.find('\n').unwrap() + 1);
    let commented = format!("# made up, today\nload,bytes,mix,age\n{first}# 1,2\n{rest}#\n");
    assert_alike("comments", &results(&Folder::new().file("rows/a.csv", commented), "--comment #"), &expected);
}

#[test]
fn a_delimiter_that_is_not_the_one_is_told_with_the_words_to_type() {
    for (delimiter, typed) in [(";", "--delimiter ';'"), ("\t", "--delimiter tab"), ("|", "--delimiter '|'")] {
        let folder = Folder::new().file("rows/a.csv", csv(&made_up(3)).replace(',', delimiter));
        folder.kitsune("train rows").fails(&["rows/a.csv", &format!("({typed})")]);
    }
    let folder = Folder::new().file("rows/a.csv", csv(&made_up(3)));
    folder.kitsune("train rows --delimiter ;").fails(&["rows/a.csv", "(--delimiter ',')"]);
}

#[test]
fn rows_that_are_no_objects_or_no_numbers_are_told_by_their_line() {
    let cases = [
        ("{\"a\": 1, \"b\": 2}\n{\"a\": 3\n", &["rows/a.ndjson, line 2: no JSON object"][..]),
        ("{\"a\": 1, \"b\": 2}\n[3, 4]\n", &["rows/a.ndjson, line 2: no JSON object"]),
        ("{\"a\": 1, \"b\": 2}\n{\"a\": \"x\", \"b\": 4}\n", &["rows/a.ndjson, line 2, column 0 (a): ", "\"x\" is not a number"]),
        ("{\"a\": 1, \"b\": 2}\n{\"a\": 3}\n", &["rows/a.ndjson, line 2, column 1 (b): ", "missing", "--on-missing drop"]),
        ("{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": null}\n", &["rows/a.ndjson, line 2, column 1 (b): ", "missing (null)"]),
        ("{\"a\": 1, \"b\": [2, 3]}\n{\"a\": 3, \"b\": [4]}\n", &["rows/a.ndjson, line 2, column 1 (b): ", "1 value", "instead of 2"]),
    ];
    for (lines, parts) in cases {
        Folder::new().file("rows/a.ndjson", lines).kitsune("train rows --epochs 1").fails(parts);
    }
}

#[test]
fn an_arrow_file_that_is_cut_is_told_by_its_name() {
    for bytes in [frames::ipc_file(&frame()), frames::ipc_stream(&frame())] {
        for part in 0..4 {
            let folder = Folder::new().file("rows/a.arrow", &bytes[..bytes.len() * part / 4]);
            folder.kitsune("train rows --epochs 1").fails(&["rows/a.arrow is damaged, or no Arrow IPC file"]);
        }
    }
}
