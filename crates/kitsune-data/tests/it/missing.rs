//! What happens to missing values in every format.

use kitsune_data::{Batch, Error, Missing, SchemaError, Source};
use polars::df;

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::{ipc, list};

/// The same four rows in each format: the second lacks a value, the third is not finite.
fn folders() -> Vec<(&'static str, Folder)> {
    let frame = df!("a" => [Some(1.0), None, Some(5.0), Some(7.0)], "b" => [2.0, 4.0, f64::NAN, 8.0]).unwrap();
    let lists = df!("f" => list(&[vec![1.0, 2.0], vec![f64::NAN, 4.0], vec![5.0, f64::INFINITY], vec![7.0, 8.0]])).unwrap();
    vec![
        ("CSV", Folder::new().file("rows.csv", "a,b\n1,2\n,4\n5,nan\n7,8\n")),
        ("CSV with words", Folder::new().file("rows.csv", "a,b\n1,2\nN/A,4\n5,inf\n7,8\n")),
        ("quoted CSV", Folder::new().file("rows.csv", "a,b\n\"1\",2\n\"\",4\n5,1e999\n7,8\n")),
        ("NDJSON", Folder::new().file("rows.ndjson", "{\"a\":1,\"b\":2}\n{\"b\":4}\n{\"a\":5,\"b\":null}\n{\"a\":7,\"b\":8}\n")),
        ("NDJSON lists", Folder::new().file("rows.ndjson", "{\"f\":[1,2]}\n{\"f\":[null,4]}\n{\"f\":[5,null]}\n{\"f\":[7,8]}\n")),
        ("Parquet", Folder::new().parquet("rows.parquet", &frame)),
        ("Parquet lists", Folder::new().parquet("rows.parquet", &lists)),
        ("IPC", Folder::new().file("rows.arrow", ipc(&frame, None))),
    ]
}

#[test]
fn missing_values_are_refused_dropped_or_filled_alike_in_every_format() {
    for (name, folder) in folders() {
        assert_says(&folder.error(), &["column 0"]);
        let with = |missing| folder.open().with_missing(missing);
        assert_eq!(rows(&with(Missing::Drop), 0), [[1.0, 2.0], [7.0, 8.0]], "{name}");
        assert_eq!(rows(&with(Missing::Fill(-1.0)), 0), [[1.0, 2.0], [-1.0, 4.0], [5.0, -1.0], [7.0, 8.0]], "{name}");
        let means = folder.open().means().unwrap();
        assert_eq!(means, [13.0 / 3.0, 14.0 / 3.0], "{name}");
        assert_eq!(rows(&with(Missing::FillEach(means)), 0)[2], [5.0, 14.0 / 3.0], "{name}");

        let mut pass = with(Missing::Drop).pass(0).unwrap();
        pass.by_ref().for_each(drop);
        assert_eq!((pass.progress().rows(), pass.progress().dropped(), pass.progress().filled()), (2, 2, 0), "{name}");
        let mut pass = with(Missing::Fill(0.0)).pass(0).unwrap();
        pass.by_ref().for_each(drop);
        assert_eq!((pass.progress().rows(), pass.progress().dropped(), pass.progress().filled()), (4, 0, 2), "{name}");
    }
}

#[test]
fn a_dropped_row_keeps_its_line_in_the_records() {
    for (name, folder) in folders() {
        let batches: Result<Vec<Batch>, _> = folder.open().with_missing(Missing::Drop).pass(0).unwrap().collect();
        let lines: usize = batches.unwrap().iter().map(|batch| batch.records().rows()).sum();
        assert_eq!(lines, 4, "{name}");
    }
}

#[test]
fn a_short_row_or_list_is_never_one_with_missing_values() {
    for (folder, said) in [
        (Folder::new().file("rows.csv", "a,b\n1,2\n3\n"), "1 cell instead of 2"),
        (Folder::new().file("rows.ndjson", "{\"f\":[1,2]}\n{\"f\":[1]}\n"), "1 value instead of 2"),
        (Folder::new().parquet("rows.parquet", &df!("f" => list(&[vec![1.0, 2.0], vec![3.0]])).unwrap()), "1 value"),
        (Folder::new().file("rows.csv", "a,b\n1,2\n3,x\n"), "\"x\" is not a number"),
    ] {
        for missing in [Missing::Refuse, Missing::Drop, Missing::Fill(0.0)] {
            assert_says(&error(Ok(folder.open().with_missing(missing))), &[said]);
        }
        assert_says(&folder.open().means().unwrap_err().to_string(), &[said]);
    }
}

#[test]
fn means_are_those_of_the_rows_that_are_read() {
    let folder = Folder::new().file("rows.csv", "a,b,label\n1,,0\n3,8,0\n,100,1\n");
    let source = folder.open().with_missing(Missing::Mean);
    assert_eq!(rows(&source, 0), [[1.0, 54.0, 0.0], [3.0, 8.0, 0.0], [2.0, 100.0, 1.0]]);
    let normal = source.with_label("label").unwrap().normal_only();
    assert_eq!(rows(&normal, 0), [[1.0, 8.0], [3.0, 8.0]]);
    assert_eq!(normal.means().unwrap(), [2.0, 8.0]);
}

#[test]
fn what_cannot_be_filled_is_told_before_the_pass() {
    let folder = Folder::new().file("rows.csv", "a,b\n1,\n2,\n");
    let with = |missing| folder.open().with_missing(missing).pass(0);
    assert!(matches!(with(Missing::FillEach(vec![1.0])), Err(Error::Schema(SchemaError::Fill { found: 1, expected: 2 }))));
    assert!(matches!(with(Missing::Fill(f64::NAN)), Err(Error::Schema(SchemaError::Fill { .. }))));
    assert_says(&folder.open().means().unwrap_err().to_string(), &["no value at all", "b"]);
}

#[test]
fn a_range_holds_for_what_is_there() {
    let folder = Folder::new().file("rows.csv", "a,b\n0.5,\n0.25,1.5\n");
    let source = |source: Source| source.with_range(0.0, 1.0).with_missing(Missing::Drop);
    assert_says(&error(Ok(source(folder.open()))), &["line 3, column 1 (b)", "1.5 is outside 0 to 1"]);
}
