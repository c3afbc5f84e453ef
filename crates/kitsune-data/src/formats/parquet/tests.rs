//! Row groups in slices of any size.

use std::path::Path;

use polars::df;
use polars::prelude::{
    Column, DataFrame, IntoSeries, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, SerReader, Series, StructChunked,
};

use super::open_file::OpenFile;
use super::slices::{FRAME_BYTES, Slices};
use crate::locations::data_file::DataFile;

const ROWS: usize = 300;

/// Columns of all kinds of pages: plain, with a dictionary, with nulls, and lists whose rows reach over the end of a page.
fn frame() -> DataFrame {
    let numbers: Vec<_> = (0..ROWS).map(|row| row as f64 * 0.37).collect();
    let few: Vec<_> = (0..ROWS as i64).map(|row| row * row % 7).collect();
    let holes: Vec<_> = (0..ROWS as i32).map(|row| (row % 5 != 0).then_some(row * 3)).collect();
    let texts: Vec<_> = (0..ROWS).map(|row| format!("text {}", row % 40)).collect();
    let lists: Vec<_> = (0..ROWS).map(|row| (row % 11 != 3).then(|| Series::new("".into(), vec![row as i32; row * 7 % 23]))).collect();
    let inner = [Series::new("x".into(), &numbers), Series::new("y".into(), &few)];
    let mut frame = df!("a" => &numbers, "b" => &few, "c" => &holes, "t" => &texts).unwrap();
    frame.with_column(Column::from(Series::new("l".into(), lists))).unwrap();
    let both = StructChunked::from_series("s".into(), ROWS, inner.iter()).unwrap().into_series();
    frame.with_column(Column::from(both)).unwrap();
    frame
}

fn slices(path: &Path, rows: usize) -> DataFrame {
    let file = DataFile::local(path.into(), path.metadata().unwrap().len());
    let open = OpenFile::look(&file).unwrap();
    let columns: Vec<_> = (0..open.columns.leaves.len()).collect();
    let mut slices = Slices::new(path, open, &columns, FRAME_BYTES / size_of::<f64>() / rows);
    let mut all: Option<DataFrame> = None;
    while let Some(frame) = slices.next().unwrap() {
        assert!(frame.height() <= rows.max(1), "{} of {rows} rows", frame.height());
        match &mut all {
            Some(all) => drop(all.vstack_mut(&frame).unwrap()),
            None => all = Some(frame),
        }
    }
    all.unwrap()
}

#[test]
fn slices_of_any_size_are_the_rows_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    for (compression, group) in
        [(ParquetCompression::Uncompressed, ROWS), (ParquetCompression::Snappy, 130), (ParquetCompression::Zstd(None), 7)]
    {
        let writer = ParquetWriter::new(std::fs::File::create(&path).unwrap()).with_compression(compression).with_data_page_size(Some(300));
        writer.with_row_group_size(Some(group)).finish(&mut frame()).unwrap();
        let whole = ParquetReader::new(std::fs::File::open(&path).unwrap()).finish().unwrap();
        let inner = whole.column("s").unwrap().struct_().unwrap().fields_as_series();
        for rows in [1, 2, 7, 50, 64, 131, 299, 300, 1_000] {
            let found = slices(&path, rows);
            for name in ["a", "b", "c", "t", "l", "s"] {
                let (found, expected) = (found.column(name).unwrap(), whole.column(name).unwrap());
                assert!(found.equals_missing(expected), "{compression:?}, {rows} rows, {name}: {found:?}");
            }
            for (name, expected) in [("s.x", &inner[0]), ("s.y", &inner[1])] {
                let found = found.column(name).unwrap().as_materialized_series().clone().with_name(expected.name().clone());
                assert!(found.equals_missing(expected), "{compression:?}, {rows} rows, {name}");
            }
        }
    }
}
