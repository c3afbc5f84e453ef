//! Parquet files whose page headers or footers announce what is not there. Each is made from a sound file.

use kitsune_data::{Error, Format, SourceOptions};
use polars::df;
use polars::prelude::{DataFrame, ParquetCompression, ParquetWriter};

use crate::folder::{Folder, assert_says, rows};
use crate::parquet_bytes::{footer, integers, page_headers, with_integer};

const ROWS: usize = 500;

/// Rows in two row groups.
fn written(frame: &DataFrame, compression: ParquetCompression) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(compression).with_row_group_size(Some(ROWS / 2));
    writer.finish(&mut frame.clone()).unwrap();
    bytes
}

/// A column of numbers, and where its last page is.
fn file(compression: ParquetCompression) -> (Vec<u8>, usize) {
    let a: Vec<_> = (0..ROWS).map(|row| (row as f64).sin()).collect();
    let bytes = written(&df!("a" => &a).unwrap(), compression);
    let last = *page_headers(&bytes).last().unwrap();
    (bytes, last)
}

fn read(bytes: &[u8]) -> Result<usize, Error> {
    let folder = Folder::new().file("broken.parquet", bytes);
    let source = SourceOptions::new().with_format(Format::Parquet).open(folder.path())?;
    let source = if source.names().unwrap().len() > 1 { source.exclude(["t"])?.keep(["t"])? } else { source };
    source.pass(0)?.map(|batch| batch.map(|batch| batch.rows())).sum()
}

fn assert_damaged(what: &str, bytes: &[u8], parts: &[&str]) {
    match read(bytes) {
        Err(error @ Error::Damaged { .. }) => assert_says(&error.to_string(), &[&["broken.parquet is damaged"], parts].concat()),
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn page_headers_that_announce_too_much_are_an_error() {
    let half = ROWS as i64 / 2;
    for compression in
        [ParquetCompression::Snappy, ParquetCompression::Zstd(None), ParquetCompression::Gzip(None), ParquetCompression::Lz4Raw]
    {
        let (sound, page) = file(compression);
        assert_eq!(read(&sound).unwrap(), ROWS);
        // The numbers of values of both versions of pages.
        let values = integers(&sound, page).0.into_iter().find(|integer| matches!(integer.path[..], [5 | 8, 1])).unwrap().path;
        let cases: &[(&[i16], i64, &str)] = &[
            (&[1], 7, "there is a page of type 7"),
            (&[2], i64::from(i32::MAX), "a page announces 2147483647 bytes, more than its"),
            (&[2], -1, "negative size"),
            (&[3], 1 << 30, "a page announces 1073741824 bytes, more than there are"),
            (&[3], -5, "negative size"),
            (&[3], 1 << 40, "above 2 GiB"),
            (&values, 1 << 31, "above 2 GiB"),
            (&values, 1 << 30, "and 268435456 are the most that are read"),
            (&values, half + 1, "its pages hold more than its 250 values"),
            (&values, half - 1, "its pages hold 249 values instead of 250"),
        ];
        for (path, value, said) in cases {
            let what = format!("{compression:?}, {path:?} = {value}");
            let damaged = with_integer(&sound, page, path, *value);
            assert_damaged(&what, &damaged, &["column a, row group 2 of 2", said]);
        }
    }
}

#[test]
fn a_dictionary_that_announces_too_much_is_an_error() {
    for compression in [ParquetCompression::Uncompressed, ParquetCompression::Zstd(None)] {
        let texts: Vec<_> = (0..ROWS).map(|row| ["x", "y", "z"][row % 3]).collect();
        let sound = written(&df!("a" => vec![1.0; ROWS], "t" => texts).unwrap(), compression);
        assert_eq!(read(&sound).unwrap(), ROWS);
        let dictionary = *page_headers(&sound).iter().rfind(|&&page| integers(&sound, page).0[0].value == 2).unwrap();
        for value in [100, i64::from(i32::MAX)] {
            let damaged = with_integer(&sound, dictionary, &[7, 1], value);
            assert_damaged("a dictionary", &damaged, &["column t, row group 2 of 2", &format!("its dictionary announces {value} values")]);
        }
    }
}

#[test]
fn a_footer_that_contradicts_itself_or_the_file_is_an_error() {
    let (sound, _) = file(ParquetCompression::Zstd(None));
    let start = footer(&sound).start;
    let (group, column) = (&[4, 1][..], &[4, 1, 1, 0, 3][..]);
    let path = |path: &[i16], number: i16| [path, &[number]].concat();
    let offset = integers(&sound, start).0.into_iter().find(|integer| integer.path == path(&[4, 0, 1, 0, 3], 9)).unwrap().value;
    for (path, value, said) in [
        (vec![3], 499, "its row groups hold 500 rows together, but its footer announces 499"),
        (path(group, 3), 251, "row group 2 of 2: column a: it has 250 values, but the row group has 251 rows"),
        (path(group, 3), i64::MAX, "row group 2 of 2: column a: it has 250 values"),
        (path(group, 3), -1, "its description makes no sense"),
        (path(column, 1), 2, "column a: its values have another type than the schema says"),
        (path(column, 4), 3, "column a: it is compressed in a way that is not known"),
        (path(column, 5), i64::MAX, "column a: it has 9223372036854775807 values"),
        (path(column, 7), 1 << 40, "row group 2 of 2: a column is at bytes"),
        (path(column, 7), -1, "column a: it has a negative size"),
        (path(column, 9), offset + 1, "two columns have the byte"),
        (path(column, 9), i64::MAX, "row group 2 of 2: a column is at bytes"),
    ] {
        assert_damaged(&format!("{path:?} = {value}"), &with_integer(&sound, start, &path, value), &[said]);
    }
}

#[test]
fn lengths_in_a_footer_are_compared_with_its_bytes() {
    let (sound, _) = file(ParquetCompression::Zstd(None));
    let start = footer(&sound).start;
    let end = |footer: &[u8]| [&sound[..start], footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat();
    // Version 1 and a schema of 2^31 - 1 elements, of a name of 2 GiB, and of groups inside of groups.
    let many = [0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7];
    let long = [0x15, 2, 0x19, 0x1c, 0x48, 0xff, 0xff, 0xff, 0xff, 7];
    let element = [0x35, 2, 0x18, 1, b'g', 0x15, 2, 0];
    let deep = [&[0x15, 2, 0x19, 0xfc, 0xa0, 0x8d, 6][..], &element.repeat(100_000)].concat();
    for (what, bytes) in [("many", &many[..]), ("long", &long), ("deep", &deep)] {
        assert_damaged(what, &end(bytes), &["its footer makes no sense"]);
    }
    let longer = [&sound[..sound.len() - 8], &(1_u32 << 31).to_le_bytes(), b"PAR1"].concat();
    assert_damaged("a footer longer than the file", &longer, &["it is incomplete"]);
}

/// Each row group has a frame of its own if it is large, and shares one if it is small.
#[test]
fn many_small_row_groups_are_read_together() {
    let values: Vec<_> = (0..4_000).map(f64::from).collect();
    let folder = Folder::new();
    let mut bytes = Vec::new();
    let frame: DataFrame = df!("a" => &values, "b" => &values).unwrap();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(1)).finish(&mut frame.clone()).unwrap();
    let folder = folder.file("many.parquet", bytes);
    let source = folder.open();
    assert_eq!(rows(&source, 0), values.iter().map(|&value| [value, value]).collect::<Vec<_>>());
    assert!(source.pass(0).unwrap().count() < 10);
}
