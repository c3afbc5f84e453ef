//! Conditions on rows, and the rows before as further features.

use kitsune_data::{Batch, Condition, Missing, PassProgress, Source};
use polars::df;

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::ipc;

/// The same four rows in each format.
fn folders() -> Vec<(&'static str, Folder)> {
    let frame = df!(
        "a" => [Some(1.0), None, Some(3.0), Some(4.0)],
        "port" => [80_i64, 443, 80, 53],
        "kind" => [Some("flow"), Some("dns"), Some("flow"), None],
    )
    .unwrap();
    let lines = "{\"a\":1,\"port\":80,\"kind\":\"flow\"}\n{\"a\":null,\"port\":443,\"kind\":\"dns\"}
{\"a\":3,\"port\":80,\"kind\":\"flow\"}\n{\"a\":4,\"port\":53}\n";
    vec![
        ("CSV", Folder::new().file("rows.csv", "a,port,kind\n1,80,flow\n,443,dns\n3,80.0,\" flow\"\n4,53,\n")),
        ("NDJSON", Folder::new().file("rows.ndjson", lines)),
        ("Parquet", Folder::new().parquet("rows.parquet", &frame)),
        ("IPC", Folder::new().file("rows.arrow", ipc(&frame, None))),
    ]
}

fn with(source: Source, conditions: &[&str]) -> Result<Source, kitsune_data::Error> {
    source.with_conditions(conditions.iter().map(|text| text.parse::<Condition>().unwrap()))
}

#[test]
fn only_rows_that_meet_the_conditions_are_read() {
    for (name, folder) in folders() {
        let source = folder.open().select(["a", "port"]).unwrap().keep(["kind"]).unwrap();
        for (conditions, expected) in [
            // The value that is missing stands in a row that is left out.
            (&["kind=flow"][..], &[[1.0, 80.0], [3.0, 80.0]][..]),
            (&["port=80", "port=53"], &[[1.0, 80.0], [3.0, 80.0], [4.0, 53.0]]),
            (&["port=80", "port=53", "kind!=flow"], &[[4.0, 53.0]]),
            (&["kind!=dns", "a!=1"], &[[3.0, 80.0], [4.0, 53.0]]),
            (&["kind="], &[[4.0, 53.0]]),
            (&["kind=flow", "port=53"], &[]),
        ] {
            let progress = PassProgress::new();
            let chosen = with(source.clone().with_progress(&progress), conditions).unwrap();
            assert_eq!(rows(&chosen, 0), expected, "{name} {conditions:?}");
            assert_eq!(progress.unmatched(), 4 - expected.len() as u64, "{name} {conditions:?}");
            let kept: usize = chosen.pass(0).unwrap().map(|batch| batch.unwrap().records().rows()).sum();
            assert_eq!(kept, expected.len(), "{name} {conditions:?}");
        }
        assert_says(&error(with(source.clone(), &["proto=6"])), &["there is no column proto"]);
        assert_says(&error(with(source, &["port!=80"])), &["(a)"]);
    }
}

#[test]
fn a_row_has_its_number_in_the_file_whatever_is_left_out() {
    for (name, folder) in folders() {
        let source = folder.open().select(["a"]).unwrap().with_missing(Missing::Drop);
        for (conditions, expected) in [
            (&["kind=flow"][..], &[1, 3][..]),
            (&["port=80", "port=53"], &[1, 3, 4]),
            // The value of the second row is missing.
            (&["kind!=flow"], &[4]),
            (&["port=443"], &[]),
        ] {
            let chosen = with(source.clone(), conditions).unwrap();
            let numbers: Vec<_> = chosen.pass(0).unwrap().flat_map(|batch| batch.unwrap().row_numbers()).collect();
            assert_eq!(numbers, expected, "{name} {conditions:?}");
        }
    }
    // More rows than a piece of any format has.
    let rows = 70_000_u32;
    let frame = df!("a" => (0..rows).collect::<Vec<_>>(), "b" => (0..rows).map(|row| row % 7).collect::<Vec<_>>()).unwrap();
    let lines: Vec<_> = (0..rows).map(|row| format!("{{\"a\":{row},\"b\":{}}}\n", row % 7)).collect();
    let cells: Vec<_> = (0..rows).map(|row| format!("{row},{}\n", row % 7)).collect();
    for folder in [
        Folder::new().file("rows.csv", format!("a,b\n{}", cells.concat())),
        Folder::new().file("rows.ndjson", lines.concat()),
        Folder::new().parquet("rows.parquet", &frame),
        Folder::new().file("rows.arrow", ipc(&frame, None)),
    ] {
        let source = with(folder.open(), &["b!=0", "b!=5"]).unwrap();
        let mut found = 0;
        for batch in source.pass(0).unwrap() {
            let batch = batch.unwrap();
            found += batch.rows();
            let expected: Vec<_> = batch.data().iter::<f64>().step_by(2).map(|row| row as u64 + 1).collect();
            assert_eq!(batch.row_numbers(), expected);
        }
        assert_eq!(found, 50_000);
    }
}

#[test]
fn the_rows_before_are_features_of_each_row() {
    let folder = Folder::new().file("1.csv", "v,w\n1,10\n2,20\n3,30\n4,40\n").file("2.csv", "v,w\n5,50\n6,60\n");
    let progress = PassProgress::new();
    let source = folder.open().exclude(["w"]).unwrap().with_lags(2).with_progress(&progress);
    assert_eq!(source.names().unwrap(), ["v", "v_lag_1", "v_lag_2"]);
    assert_eq!(source.features(), 3);
    assert_eq!(rows(&source, 0), [[3.0, 2.0, 1.0], [4.0, 3.0, 2.0]]);
    assert_eq!(progress.incomplete(), 4);
    // Rows without lags have a line without values in an output.
    let batches: Vec<_> = source.pass(0).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(|batch| batch.records().rows()).sum::<usize>(), 6);
    assert_eq!(batches.iter().flat_map(Batch::row_numbers).collect::<Vec<_>>(), [3, 4]);
    let mut shuffled = rows(&source.clone().with_shuffle(3), 1);
    shuffled.sort_by(|a, b| a[0].total_cmp(&b[0]));
    assert_eq!(shuffled, rows(&source, 0));

    let named = folder.open().with_lags(1).with_names(["w", "v", "w_lag_1", "v_lag_1"]).unwrap();
    assert_eq!(rows(&named, 0)[0], [20.0, 2.0, 10.0, 1.0]);
    assert_says(&error(folder.open().with_lags(1).with_names(["w", "v"])), &["there is no column v"]);
    let numbered = Folder::new().file("rows.csv", "1,10\n2,20\n").open().exclude(["0"]).unwrap().with_lags(1);
    assert_eq!([numbered.called(0), numbered.called(1)], ["1", "1_lag_1"]);
}

#[test]
fn a_missing_value_is_missing_in_the_rows_after_it_too() {
    let folder = Folder::new().file("rows.csv", "v,w\n1,9\n,9\n3,9\n4,9\n5,9\n");
    let source = folder.open().select(["v"]).unwrap().with_lags(1);
    assert_eq!(rows(&source.clone().with_missing(Missing::Drop), 0), [[4.0, 3.0], [5.0, 4.0]]);
    assert_eq!(rows(&source.with_missing(Missing::Fill(0.0)), 0)[..2], [[0.0, 1.0], [3.0, 0.0]]);
}
