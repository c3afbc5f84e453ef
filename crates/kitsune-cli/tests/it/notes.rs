//! What is said about the rows before they are read.

use polars::df;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use crate::folder::Folder;
use crate::frames;
use crate::rows::{assert_same, made_up};

const ROWS: usize = 60;

/// A folder with a model of columns a, b, c and d, and the scores of its rows.
fn folder() -> (Folder, Vec<f32>) {
    let folder = Folder::new().file("rows/a.csv", frames::csv(&frames::named(&made_up(ROWS))));
    folder.kitsune("train rows --epochs 1").succeeds();
    folder.kitsune("score rows scores").succeeds();
    let scores = folder.scores("scores");
    (folder, scores)
}

#[test]
fn an_arrow_file_of_polars_is_read_from_a_pipe_by_way_of_a_file() {
    let (folder, scores) = folder();
    let bytes = frames::bare_ipc_file(&frames::named(&made_up(ROWS)));
    let folder = folder.file("new/rows.arrow", &bytes);
    let told = folder.kitsune("score new again").succeeds();
    assert!(!told.stderr.contains("temporary file"), "{}", told.stderr);
    assert_same("a file", &folder.scores("again"), &scores);
    for words in ["score - piped.ndjson", "score - piped.ndjson --file-format ipc"] {
        let told = folder.kitsune(words).reads(bytes.clone()).succeeds();
        let said = "standard input is an Arrow file that can be read from its end only: it was copied to a temporary file first\n";
        assert_eq!(told.stderr.matches(said).count(), 1, "{}", told.stderr);
        assert_same(words, &frames::numbers(&frames::read("piped.ndjson", folder.read("piped.ndjson")), "score"), &scores);
    }
    folder.kitsune("train - --epochs 1").reads(bytes).succeeds().says(&["60 rows of 4 features"]);
}

#[test]
fn a_list_is_taken_for_the_columns_of_the_model() {
    let (folder, scores) = folder();
    let lists: Vec<_> = made_up(ROWS).iter().map(|row| Series::new("".into(), row)).collect();
    let ids: Column = Series::new("id".into(), (0..ROWS as i64).collect::<Vec<_>>()).into_column();
    let frame = DataFrame::new(ROWS, vec![ids, Series::new("vector".into(), lists).into_column()]).unwrap();
    let folder = folder.parquet("lists/rows.parquet", &frame).file("lines/rows.ndjson", frames::ndjson(&frame));
    let said = "the 4 elements of vector are taken by position, since they do not have the names of the model's columns\n";
    for rows in ["lists", "lines"] {
        folder.kitsune("score").word(rows).word("out").succeeds().says(&[said]);
        assert_same(rows, &folder.scores("out"), &scores);
    }
    let told = folder.kitsune("score - - --file-format ipc --keep id").reads(frames::ipc_stream(&frame)).gives();
    assert_same("a stream", &frames::numbers(&frames::read_ipc_stream(&told), "score"), &scores);
    folder.kitsune("train lists --from models/kitsune.safetensors --exclude id --epochs 1").succeeds().says(&[said]);
    folder.kitsune("score lists out --exclude vector").fails(&["the model needs vector, which --columns or --exclude leaves out"]);
}

#[test]
fn the_index_of_a_frame_of_pandas_is_left_out() {
    let mut frame = frames::named(&made_up(ROWS));
    frame.with_column(Series::new("__index_level_0__".into(), (0..ROWS as i64).rev().collect::<Vec<_>>()).into_column()).unwrap();
    let bytes = frames::parquet_of_pandas(&frame, "__index_level_0__");
    let folder = Folder::new().file("rows/a.parquet", bytes);
    let said = "pandas' index is no feature unless it is chosen by name: __index_level_0__\n";
    folder.kitsune("train rows --epochs 1").succeeds().says(&[said, "60 rows of 4 features"]);
    let told = folder.kitsune("score rows scores").succeeds();
    assert!(!told.stderr.contains("pandas"), "the model's columns are chosen by name: {}", told.stderr);
    folder.kitsune("train rows --epochs 1 --columns a,b,__index_level_0__ --quiet").succeeds();
    folder.kitsune("score rows scores").succeeds();
    folder.kitsune("score rows scores --exclude __index_level_0__").fails(&["the model needs __index_level_0__, which --columns or"]);
}

#[test]
fn integers_that_are_too_large_to_distinguish_are_not_called_constant() {
    let mut frame = frames::named(&made_up(ROWS));
    let large: Vec<_> = (0..ROWS as u64).map(|row| (1 << 60) + row % 7).collect();
    frame.with_column(Series::new("large".into(), large).into_column()).unwrap();
    let rows = df!("fixed" => vec![1.5; ROWS]).unwrap();
    frame.with_column(rows.columns()[0].clone()).unwrap();
    let folder = Folder::new().parquet("rows/a.parquet", &frame);
    let told = folder.kitsune("train rows --epochs 1").succeeds();
    told.says(&[
        "warning: these columns never change, and say nothing about new rows: --exclude fixed leaves them out\n",
        "warning: these columns hold integers that are too large to tell apart (from 2^53 on they are rounded to one value), and say nothing \
         about new rows: --exclude large leaves them out\n",
    ]);
}
