//! `-`: rows from standard input, scores to standard output.

use polars::prelude::{DataFrame, DataType};
use serde_json::Value;

use crate::folder::{Folder, MODEL};
use crate::frames::{self, gzip};
use crate::rows::{assert_same, csv, made_up};

const ROWS: usize = 120;

fn frame() -> DataFrame {
    frames::named(&made_up(ROWS))
}

/// A folder with rows, their model, and their scores.
fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", frames::csv(&frame()));
    folder.kitsune("train rows --epochs 2").succeeds();
    folder.kitsune("score rows scores").succeeds();
    folder
}

fn scores_in_lines(lines: &str) -> Vec<f32> {
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64().unwrap() as f32).collect()
}

#[test]
fn training_on_a_pipe_is_training_on_the_file() {
    let frame = frame();
    let expected = folder().read(MODEL);
    let streams = [
        ("CSV", frames::csv(&frame), ""),
        ("CSV, said so", frames::csv(&frame), "--file-format csv"),
        ("CSV, compressed", gzip(&frames::csv(&frame)), ""),
        ("NDJSON", frames::ndjson(&frame), ""),
        ("NDJSON, compressed", gzip(&frames::ndjson(&frame)), ""),
        ("an Arrow stream", frames::ipc_stream(&frame), ""),
        ("an Arrow file", frames::ipc_file(&frame), ""),
        ("Parquet", frames::parquet(&frame), ""),
    ];
    for (what, bytes, options) in streams {
        let folder = Folder::new();
        folder.kitsune("train - --epochs 2").words(options).reads(bytes).succeeds().says(&["120 rows of 4 features"]);
        assert!(folder.read(MODEL) == expected, "{what}");
    }
}

#[test]
fn scores_of_a_pipe_are_lines_on_stdout_and_nothing_else_is() {
    let folder = folder();
    let expected = folder.scores("scores");
    let frame = frame();
    for (what, bytes) in [("CSV", frames::csv(&frame)), ("NDJSON", frames::ndjson(&frame)), ("Parquet", frames::parquet(&frame))] {
        let told = folder.kitsune("score - -").reads(bytes).succeeds();
        assert_same(what, &scores_in_lines(&told.stdout), &expected);
        assert!(told.stdout.lines().all(|line| line.starts_with("{\"score\": ") && line.ends_with('}')), "{}", told.stdout);
        told.says(&["scoring: 120 rows in "]);
    }
}

#[test]
fn a_stream_of_arrow_is_answered_by_one() {
    let folder = folder();
    let found = frames::read_ipc_stream(&folder.kitsune("score - -").reads(frames::ipc_stream(&frame())).gives());
    assert_same("the answer", &frames::numbers(&found, "score"), &folder.scores("scores"));
    // --output-format and --file-format change the formats of the streams.
    let lines = folder.kitsune("score - - --output-format ndjson").reads(frames::ipc_stream(&frame())).succeeds().stdout;
    assert_same("lines", &scores_in_lines(&lines), &folder.scores("scores"));
    let found = frames::read_ipc_stream(&folder.kitsune("score rows - --output-format ipc").gives());
    assert_same("from CSV", &frames::numbers(&found, "score"), &folder.scores("scores"));
}

#[test]
fn csv_on_stdout_has_a_header() {
    let told =
        folder().kitsune("score - - --output-format csv --keep a --with-row-numbers").reads("a,b,c,d\n0.5,0.25,0.5,0.5\n").succeeds();
    let lines: Vec<_> = told.stdout.lines().collect();
    assert_eq!(lines[0], "a,row,score,is_anomaly,tail_probability");
    assert!(lines[1].starts_with("0.5,1,"), "{}", lines[1]);
    assert_eq!(lines.len(), 2);
}

#[test]
fn what_is_read_from_a_pipe_is_told_as_such() {
    let folder = folder();
    let cases = [
        ("a,b,c,d\n1,2,x,4\n", "", &["standard input, line 2, column 2 (c)", "\"x\""][..]),
        ("a,b,c\n1,2,3\n", "", &["no column d", "a, b, c"]),
        ("a,b,c,d\n1,2,3,4\n", "--file-format parquet", &["standard input is damaged, or no Parquet file"]),
        ("a;b;c;d\n1;2;3;4\n", "", &["standard input", "(--delimiter ';')"]),
    ];
    for (lines, options, parts) in cases {
        folder.kitsune("score - -").words(options).reads(lines).fails(parts);
    }
}

#[test]
fn one_pipe_can_be_among_several_places() {
    let folder = folder();
    let told = folder.kitsune("score - rows -").reads(frames::csv(&frame())).succeeds();
    assert_eq!(scores_in_lines(&told.stdout).len(), 2 * ROWS);
    folder.kitsune("train rows - - --epochs 1").reads(frames::csv(&frame())).succeeds().says(&["240 rows"]);
}

#[test]
fn a_pipe_without_rows_is_answered_with_no_rows() {
    let folder = folder();
    for (options, bytes) in [("", ""), ("", "a,b,c,d\n"), ("--file-format csv", ""), ("--file-format ndjson", "")] {
        let told = folder.kitsune("score - -").words(options).reads(bytes).succeeds();
        assert_eq!(told.stdout, "", "{options:?} {bytes:?}");
    }
    let empty = frames::ipc_stream(&frame().slice(0, 0));
    let answer = frames::read_ipc_stream(&folder.kitsune("score - - --keep a").reads(empty).gives());
    assert_eq!((answer.height(), frames::names(&answer)), (0, vec!["a", "score", "is_anomaly", "tail_probability"]));
    assert_eq!(answer.dtypes(), [DataType::Float64, DataType::Float64, DataType::Boolean, DataType::Float64], "as it would be with rows");
    folder.kitsune("train - --epochs 1").reads("").fails(&["standard input", "at least 2 rows"]);
}

#[test]
fn parquet_cannot_be_written_to_a_pipe() {
    folder().kitsune("score rows - --output-format parquet").fails(&["Parquet cannot be streamed"]);
}

#[test]
fn rows_without_names_are_scored_by_position() {
    let folder = folder();
    let told = folder.kitsune("score - -").reads(csv(&made_up(ROWS))).succeeds();
    assert_same("no header", &scores_in_lines(&told.stdout), &folder.scores("scores"));
}
