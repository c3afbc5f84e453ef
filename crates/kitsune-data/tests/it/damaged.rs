use kitsune_data::Source;
use polars::df;

use crate::folder::{Folder, assert_says, parquet, values};

const ROWS: usize = 500;

fn good() -> (Vec<u8>, Vec<f64>) {
    let a: Vec<_> = (0..ROWS).map(|row| row as f64 * 0.37).collect();
    let b: Vec<_> = (0..ROWS as i64).map(|row| row * row).collect();
    let bytes = parquet(&df!("a" => &a, "b" => &b).unwrap());
    (bytes, a.iter().zip(b).flat_map(|(&a, b)| [a, b as f64]).collect())
}

/// All values, row after row. An error must name the file.
fn read(bytes: &[u8]) -> Result<Vec<f64>, String> {
    let folder = Folder::new().file("broken.parquet", bytes);
    let batches: Result<Vec<_>, _> = Source::open(folder.path()).and_then(|source| source.pass(0)?.collect());
    batches.map(|batches| batches.iter().flat_map(values).collect()).map_err(|error| {
        assert_says(&error.to_string(), &["broken.parquet"]);
        error.to_string()
    })
}

fn assert_damaged(name: &str, bytes: &[u8]) {
    let error = read(bytes).expect_err(name);
    assert_says(&error, &["damaged or not a Parquet file"]);
}

#[test]
fn a_truncated_file_is_an_error() {
    let (bytes, _) = good();
    let parts = (0..60).map(|part| bytes.len() * part / 60);
    for length in parts.chain(bytes.len() - 10..bytes.len()) {
        assert_damaged(&format!("cut at {length}"), &bytes[..length]);
    }
}

#[test]
fn zeros_in_a_file_are_found_where_they_cannot_be_numbers() {
    let (bytes, whole) = good();
    let mut errors = 0;
    for part in 0..60 {
        let mut broken = bytes.clone();
        let start = broken.len() * part / 60;
        let end = (start + broken.len() / 30).min(broken.len());
        broken[start..end].fill(0);
        match read(&broken) {
            Ok(found) => assert_eq!(found.len(), whole.len(), "no row is lost or made up: zeros from {start}"),
            Err(_) => errors += 1,
        }
    }
    assert!(errors > 20, "{errors} errors");
    assert_damaged("nothing but zeros", &vec![0; bytes.len()]);
}

#[test]
fn foreign_bytes_are_an_error() {
    let (bytes, _) = good();
    let magic = |inner: &[u8]| [b"PAR1", inner, b"PAR1"].concat();
    for (name, broken) in [
        ("empty", Vec::new()),
        ("one byte", vec![b'P']),
        ("text", b"a,b\n1,2\n".repeat(100)),
        ("a magic number", b"PAR1".to_vec()),
        ("two magic numbers", magic(&[])),
        ("a footer of no length", magic(&[0; 4])),
        ("a footer longer than the file", magic(&[255; 4])),
        ("a footer of text", magic(&[b"not thrift at all ".repeat(4), 72_u32.to_le_bytes().to_vec()].concat())),
        ("a ZIP file", b"PK\x03\x04".repeat(50)),
        ("another file behind it", [&bytes[..], &b"x".repeat(50)].concat()),
    ] {
        assert_damaged(name, &broken);
    }
}

#[test]
fn a_good_file_is_read_after_all_that() {
    let (bytes, whole) = good();
    assert_damaged("half a file", &bytes[..bytes.len() / 2]);
    assert_eq!(read(&bytes), Ok(whole));
}
