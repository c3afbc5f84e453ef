//! Sinks of every format: the records that they are given, and the bytes that they write.

mod csv;
mod ipc;
mod json_lines;
mod parquet;
mod verdicts;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use polars::prelude::*;
use tempfile::TempDir;

use super::sink::Sink;
use crate::error::Error;
use crate::format::Format;
use crate::rows::missing::Missing;
use crate::rows::records::Records;
use crate::rows::row_numbers::RowNumbers;
use crate::source::options::SourceOptions;

/// The numbers of rows after so many others.
fn after(before: u64) -> RowNumbers {
    RowNumbers { before, ..RowNumbers::default() }
}

/// Passes columns through and appends the number of the row and two results, for all rows that are not omitted.
fn records(kept: DataFrame, first_row: u64, omitted: &[usize]) -> Records {
    let rows = kept.height();
    let present = rows - omitted.len();
    let scores = (0..present).map(|row| row as f32 / 7.0).collect();
    let errors = (0..2 * present).map(|error| error as f32 + 0.5).collect();
    let records = Records::new(kept, rows, after(first_row), omitted).with_row_numbers("row").unwrap();
    records.with_numbers("score", scores).unwrap().with_lists("errors", errors, 2).unwrap()
}

/// One result of a row each, and nothing else.
fn scores(rows: usize, omitted: &[usize]) -> Records {
    Records::new(DataFrame::empty(), rows, after(0), omitted).with_numbers("score", vec![0.5; rows - omitted.len()]).unwrap()
}

fn file(format: Format, records: impl IntoIterator<Item = Records>) -> Result<(TempDir, PathBuf), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = Sink::file(&path, format)?;
    records.into_iter().try_for_each(|records| sink.write(records))?;
    assert_eq!(sink.finish()?, [path.as_path()]);
    Ok((folder, path))
}

fn text(format: Format, records: impl IntoIterator<Item = Records>) -> Result<String, Error> {
    file(format, records).map(|(_folder, path)| fs::read_to_string(path).unwrap())
}

fn stream(format: Format, records: impl IntoIterator<Item = Records>) -> Result<Vec<u8>, Error> {
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let shared = Shared::default();
    let mut sink = Sink::stream(Box::new(shared.clone()), format)?;
    records.into_iter().try_for_each(|records| sink.write(records))?;
    sink.finish()?;
    let bytes = std::mem::take(&mut *shared.0.lock().unwrap());
    Ok(bytes)
}

/// Three rows of every type that files hold, the last one null.
fn every_type() -> DataFrame {
    let column = |name: &str, values: &[Option<i64>], dtype: &DataType| {
        Column::new(name.into(), values).strict_cast(dtype).unwrap().with_name(name.into())
    };
    let small = [Some(-1), Some(7), None];
    let natural = [Some(0), Some(200), None];
    let zone = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap();
    let text = Column::new("text".into(), [Some("a \"b\", c\n"), Some("ünï\\\t"), None]);
    let words = Column::new("words".into(), [Some("x"), Some("y"), None]);
    let list = Series::new("list".into(), [Some(Series::new("".into(), [1_i64, 2])), Some(Series::new("".into(), [3_i64, 4])), None]);
    let times = list.cast(&DataType::List(DataType::Duration(TimeUnit::Milliseconds).into())).unwrap();
    let fields = [Series::new("n".into(), [1, 2, 3]), Series::new("t".into(), [Some("p"), None, Some("q")])];
    let structs = StructChunked::from_series("struct".into(), 3, fields.iter())
        .unwrap()
        .with_outer_validity(Some([true, true, false].into_iter().collect()));
    let enumeration = FrozenCategories::new(["x", "y"]).unwrap();
    let columns = vec![
        Column::new("bool".into(), [Some(true), Some(false), None]),
        column("i8", &small, &DataType::Int8),
        column("i16", &small, &DataType::Int16),
        column("i32", &small, &DataType::Int32),
        column("i64", &[Some(i64::MIN), Some(i64::MAX), None], &DataType::Int64),
        column("i128", &small, &DataType::Int128),
        column("u8", &natural, &DataType::UInt8),
        column("u16", &natural, &DataType::UInt16),
        column("u32", &natural, &DataType::UInt32),
        column("u64", &natural, &DataType::UInt64),
        column("u128", &natural, &DataType::UInt128),
        column("f16", &small, &DataType::Float16),
        Column::new("f32".into(), [Some(0.1_f32), Some(f32::MAX), None]),
        Column::new("f64".into(), [Some(0.1), Some(-1e-300), None]),
        text,
        Column::new("bytes".into(), [Some(&b"\x00\xff"[..]), Some(b""), None]),
        column("date", &[Some(0), Some(20_000), None], &DataType::Date),
        column("ms", &[Some(0), Some(1_700_000_000_123), None], &DataType::Datetime(TimeUnit::Milliseconds, None)),
        column("us", &[Some(0), Some(1_700_000_000_123_456), None], &DataType::Datetime(TimeUnit::Microseconds, zone)),
        column("time", &[Some(0), Some(3_600_500_000_000), None], &DataType::Time),
        column("duration", &[Some(0), Some(90_061_500), None], &DataType::Duration(TimeUnit::Milliseconds)),
        Column::new("decimal".into(), [Some("1.50"), Some("-0.01"), None]).cast(&DataType::Decimal(10, 2)).unwrap(),
        words.cast(&DataType::from_categories(Categories::global())).unwrap().with_name("category".into()),
        words.cast(&DataType::from_frozen_categories(enumeration)).unwrap().with_name("enum".into()),
        list.clone().into(),
        times.with_name("times".into()).into(),
        list.cast(&DataType::Array(DataType::Float32.into(), 2)).unwrap().with_name("array".into()).into(),
        structs.into_column(),
        Column::full_null("null".into(), 3, &DataType::Null),
    ];
    DataFrame::new(3, columns).unwrap()
}

#[test]
fn without_a_row_what_is_carried_along_has_the_types_of_the_files() {
    let kept: Vec<String> = every_type().columns().iter().map(|column| column.name().to_string()).collect();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, mut frame: DataFrame| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        match name.rsplit_once('.').unwrap().1 {
            "parquet" => ParquetWriter::new(file).finish(&mut frame).map(drop).unwrap(),
            "arrow" => IpcWriter::new(file).finish(&mut frame).unwrap(),
            "stream" => IpcStreamWriter::new(file).finish(&mut frame).unwrap(),
            _ => CsvWriter::new(file).finish(&mut frame).unwrap(),
        }
        path
    };
    let open = |name: &str, frame: DataFrame| {
        let format = if name.ends_with("stream") { SourceOptions::new().with_format(Format::Ipc) } else { SourceOptions::new() };
        let source = format.open(write(name, frame)).unwrap().select(["f64"]).unwrap();
        source.with_missing(Missing::Fill(0.0))
    };
    for name in ["a.parquet", "a.arrow", "a.stream"] {
        let (full, empty) = (open(name, every_type()), open(&format!("empty-{name}"), every_type().clear()));
        let (full, empty) = (full.keep(&kept).unwrap(), empty.keep(&kept).unwrap());
        let (expected, _) = full.pass(0).unwrap().next().unwrap().unwrap().records().into_frame().unwrap();
        let (found, _) = empty.empty_records().unwrap().into_frame().unwrap();
        assert_eq!((found.schema(), found.height()), (expected.schema(), 0), "{name}");
        assert_eq!(full.empty_records().unwrap().into_frame().unwrap().0.schema(), expected.schema(), "{name} with rows");
    }
    let text = open("a.csv", df!("f64" => [1.5], "i64" => [7]).unwrap().clear()).keep(["i64"]).unwrap();
    assert_eq!(text.empty_records().unwrap().into_frame().unwrap().0.dtypes(), [DataType::String]);
    let lines = folder.path().join("a.ndjson");
    fs::write(&lines, "{\"f64\": 1.5, \"i64\": 7}\n").unwrap();
    let known = SourceOptions::new().open(lines).unwrap().select(["f64"]).unwrap().keep(["i64"]).unwrap();
    assert_eq!(known.empty_records().unwrap().into_frame().unwrap().0.dtypes(), [DataType::Int64]);
}

/// Without what CSV cannot hold.
fn flat() -> DataFrame {
    every_type().drop("struct").unwrap()
}

/// A frame of two columns whose length differs by position in a larger one, as batches of a file are.
fn sliced(rows: usize, at: i64) -> DataFrame {
    let lists: ListChunked = (0..1000_i64).map(|row| Some(Series::new("".into(), [row, row + 1]))).collect();
    let frame =
        df!("n" => (0..1000_i64).collect::<Vec<_>>(), "t" => (0..1000).map(|row| format!("text {row} of some length")).collect::<Vec<_>>());
    let mut frame = frame.unwrap();
    frame.with_column(lists.with_name("l".into()).into_column()).unwrap();
    frame.slice(at, rows)
}
