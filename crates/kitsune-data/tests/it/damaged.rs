//! Files with changed or missing bytes.

use kitsune_data::{Error, Format, SourceOptions};
use polars::df;

use crate::folder::{Folder, assert_says, parquet, values};
use crate::formats::{frame, gzip, ipc, ipc_stream, list};

const ROWS: usize = 500;

fn good() -> (Vec<u8>, Vec<f64>) {
    let a: Vec<_> = (0..ROWS).map(|row| row as f64 * 0.37).collect();
    let b: Vec<_> = (0..ROWS as i64).map(|row| row * row).collect();
    let bytes = parquet(&df!("a" => &a, "b" => &b).unwrap());
    (bytes, a.iter().zip(b).flat_map(|(&a, b)| [a, b as f64]).collect())
}

/// All values, row after row, or the one error that there is, which must name the file.
fn read(bytes: &[u8]) -> Result<Vec<f64>, Error> {
    let folder = Folder::new().file("broken.parquet", bytes);
    let source = SourceOptions::new().with_format(Format::Parquet).open(folder.path());
    let read = source.and_then(|source| {
        let mut found = Vec::new();
        let mut pass = source.pass(0)?;
        for batch in pass.by_ref() {
            match batch {
                Ok(batch) => found.extend(values(&batch)),
                Err(error) => {
                    assert_eq!(pass.count(), 0, "an error is the end");
                    return Err(error);
                }
            }
        }
        Ok(found)
    });
    read.inspect_err(|error| assert_says(&error.to_string(), &["broken.parquet"]))
}

fn assert_damaged(name: &str, bytes: &[u8]) {
    match read(bytes) {
        Err(Error::Damaged { format: Format::Parquet, .. }) => {}
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_truncated_file_is_an_error() {
    let (bytes, _) = good();
    let parts = (0..90).map(|part| bytes.len() * part / 90);
    for length in parts.chain(bytes.len() - 10..bytes.len()) {
        assert_damaged(&format!("cut at {length}"), &bytes[..length]);
    }
}

#[test]
fn zeros_in_a_file_are_found_where_they_cannot_be_numbers() {
    let (bytes, whole) = good();
    let mut errors = 0;
    for zeros in [1, 8, bytes.len() / 30, bytes.len() / 4] {
        for part in 0..60 {
            let mut broken = bytes.clone();
            let start = broken.len() * part / 60;
            let end = (start + zeros).min(broken.len());
            broken[start..end].fill(0);
            match read(&broken) {
                Ok(found) => assert_eq!(found.len(), whole.len(), "no row is lost or made up: {zeros} zeros from {start}"),
                Err(Error::Damaged { .. } | Error::Value { .. } | Error::Read { .. }) => errors += 1,
                // A name of zeros is a name, and a type may become another.
                Err(other) => panic!("{zeros} zeros from {start}: {other}"),
            }
        }
    }
    assert!(errors > 80, "{errors} errors");
    for length in [1, 4, 8, 12, 100, bytes.len()] {
        assert_damaged("nothing but zeros", &vec![0; length]);
    }
    assert_damaged("zeros between magic numbers", &[b"PAR1", &[0; 500][..], b"PAR1"].concat());
}

/// Contents of other formats, and of none.
fn foreign() -> Vec<(&'static str, Vec<u8>)> {
    let (bytes, _) = good();
    let rows = df!("a" => [1.0, 2.0], "b" => [3, 4]).unwrap();
    let text = b"a,b\n1,2\n".repeat(100);
    let utf16: Vec<u8> = "a,b\r\n1,2\r\n".repeat(50).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bits = 1_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let mut next = || {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            bits as u8
        };
        (0..length).map(|_| next()).collect()
    };
    vec![
        ("nothing", Vec::new()),
        ("one letter", b"P".to_vec()),
        ("CSV", text.clone()),
        ("NDJSON", b"{\"a\":1,\"b\":2}\n".repeat(60)),
        ("an Arrow IPC file", ipc(&rows, None)),
        ("an Arrow IPC stream", ipc_stream(&rows, None)),
        ("CSV, gzip", gzip(&text)),
        ("CSV, zstd", zstd::encode_all(&text[..], 3).unwrap()),
        ("Parquet, gzip", gzip(&bytes)),
        ("Parquet, zstd", zstd::encode_all(&bytes[..], 3).unwrap()),
        ("UTF-16", utf16),
        ("HTML", b"<!doctype html><title>404</title>".repeat(9)),
        ("a ZIP file", b"PK\x03\x04".repeat(50)),
        ("a PDF file", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj".repeat(9)),
        ("a PNG file", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".repeat(9)),
        ("a program", b"\x7fELF\x02\x01\x01\0".repeat(40)),
        ("ORC", [b"ORC", &text[..], b"ORC\x10"].concat()),
        ("Avro", b"Obj\x01\x04\x16avro.schema".repeat(20)),
        ("SQLite", b"SQLite format 3\0\x10\0\x01\x01".repeat(20)),
        ("HDF5", b"\x89HDF\r\n\x1a\n".repeat(30)),
        ("bytes of ones", vec![0xff; 400]),
        ("some noise", noise(50)),
        ("more noise", noise(1_000)),
        ("much noise", noise(100_000)),
    ]
}

#[test]
fn foreign_bytes_are_an_error() {
    let (bytes, _) = good();
    for (name, content) in foreign() {
        let content = &content[..];
        let length = (content.len() as u32).to_le_bytes();
        assert_damaged(name, content);
        assert_damaged(&format!("{name} behind a magic number"), &[b"PAR1", content].concat());
        assert_damaged(&format!("{name} before a magic number"), &[content, b"PAR1"].concat());
        assert_damaged(&format!("{name} between magic numbers"), &[b"PAR1", content, b"PAR1"].concat());
        assert_damaged(&format!("{name} as a footer"), &[b"PAR1", content, &length, b"PAR1"].concat());
        if !content.is_empty() {
            assert_damaged(&format!("{name} behind Parquet"), &[&bytes[..], content].concat());
        }
    }
    let magic = |inner: &[u8]| [b"PAR1", inner, b"PAR1"].concat();
    for (name, broken) in [
        ("a magic number", b"PAR1".to_vec()),
        ("an encrypted footer", [&bytes[..bytes.len() - 4], b"PARE"].concat()),
        ("a footer longer than the file", magic(&[255; 4])),
        ("a footer of the longest length", magic(&[255, 255, 255, 127])),
        ("a footer one byte longer than the file", magic(&5_u32.to_le_bytes())),
    ] {
        assert_damaged(name, &broken);
    }
}

/// Where the footer of a Parquet file begins.
fn footer(bytes: &[u8]) -> usize {
    let end = bytes.len() - 8;
    end - u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize
}

#[test]
fn a_footer_of_another_file_is_an_error_wherever_it_says_that_columns_are() {
    let (bytes, _) = good();
    let wide: Vec<_> = (0..ROWS * 3).map(|row| (row as f64).sin()).collect();
    let others = [
        parquet(&df!("a" => &wide, "b" => &wide).unwrap()),
        parquet(&df!("x" => &wide[..7], "y" => vec![1_i8; 7], "z" => vec![true; 7]).unwrap()),
        parquet(&frame(list(&vec![vec![0.5, 1.5, 2.5]; 300]))),
    ];
    for (number, other) in others.iter().enumerate() {
        for (body, end) in [(&bytes, other), (other, &bytes)] {
            let mixed = [&body[..footer(body)], &end[footer(end)..]].concat();
            match read(&mixed) {
                Err(Error::Damaged { .. } | Error::Value { .. } | Error::Read { .. }) => {}
                other => panic!("the footer of another file, {number}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_good_file_is_read_after_all_that() {
    let (bytes, whole) = good();
    assert_damaged("half a file", &bytes[..bytes.len() / 2]);
    assert_eq!(read(&bytes).unwrap(), whole);
}
