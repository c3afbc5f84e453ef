use kitsune_data::Source;
use polars::df;
use polars::prelude::{DataFrame, IpcCompression};

use crate::folder::{Folder, assert_says, rows, values};
use crate::formats::{ipc, ipc_stream, list};

fn frame() -> DataFrame {
    let a: Vec<f64> = (0..300).map(f64::from).collect();
    df!("a" => &a, "b" => &a, "t" => vec!["text"; 300]).unwrap()
}

#[test]
fn a_file_that_is_cut_is_an_error_and_a_stream_may_end_after_a_batch() {
    for compression in [None, Some(IpcCompression::LZ4)] {
        for (is_file, bytes) in [(true, ipc(&frame(), compression)), (false, ipc_stream(&frame(), compression))] {
            for length in (0..60).map(|part| bytes.len() * part / 60) {
                let folder = Folder::new().file("rows.arrow", &bytes[..length]);
                let source = Source::open(folder.path()).and_then(|source| source.exclude(&["t".into()]));
                let batches = source.and_then(|source| source.pass(0)?.collect::<Result<Vec<_>, _>>());
                match batches {
                    Err(error) => assert_says(&error.to_string(), &["rows.arrow"]),
                    Ok(batches) => {
                        let rows: usize = batches.iter().map(kitsune_data::Batch::rows).sum();
                        assert!(rows == 300 || (rows == 0 && !is_file), "cut at {length}: {rows} rows");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_ipc_is_an_error() {
    for bytes in [&b""[..], b"a,b\n1,2\n", &[0xff; 64], &[0; 64], b"ARROW1\0\0", b"ARROW1\0\0\xff\xff\xff\xff\xff\xff\xff\x7f"] {
        let folder = Folder::new().file("rows.arrow", bytes);
        assert_says(&folder.error(), &["rows.arrow is damaged, or no Arrow IPC file"]);
    }
}

#[test]
fn a_bad_value_is_told_by_its_row() {
    let frame = df!("a" => [Some(1.0), Some(2.0), None]).unwrap();
    assert_says(&Folder::new().file("rows.arrow", ipc(&frame, None)).error(), &["rows.arrow, row 3, column 1 (a)", "null"]);
    let lists = df!("f" => list(&[vec![1.0, 2.0], vec![3.0]])).unwrap();
    assert_says(&Folder::new().file("rows.arrow", ipc_stream(&lists, None)).error(), &["row 2, column 1 (f)", "1 values"]);
}

#[test]
fn record_batches_come_one_by_one_and_empty_ones_are_nothing() {
    let (one, none) = (df!("a" => [1.0, 2.0]).unwrap(), df!("a" => [0.0; 0]).unwrap());
    let folder = Folder::new().file("0.arrow", ipc(&none, None)).file("1.arrow", ipc(&one, None)).file("2.arrow", ipc_stream(&one, None));
    assert_eq!(rows(&folder.open(), 0), [[1.0], [2.0], [1.0], [2.0]]);
    let batches: Result<Vec<_>, _> = folder.open().pass(0).unwrap().collect();
    assert_eq!(batches.unwrap().iter().map(values).collect::<Vec<_>>(), [[1.0, 2.0], [1.0, 2.0]]);
}
