//! Data frames as the bytes of each format, and back.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::df;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{
    AnyValue, Column, CsvReadOptions, CsvWriter, DataFrame, DataType, IntoColumn, IntoSeries, IpcReader, IpcStreamReader, IpcStreamWriter,
    IpcWriter, NamedFrom, ParquetReader, ParquetWriter, SerReader, SerWriter, Series, StructChunked,
};
use serde_json::{Map, Value};

use crate::rows::FEATURES;

/// Rows under the names a, b, c and d.
pub(crate) fn named(rows: &[[f64; FEATURES]]) -> DataFrame {
    let column = |column: usize| rows.iter().map(|row| row[column]).collect::<Vec<_>>();
    df!("a" => column(0), "b" => column(1), "c" => column(2), "d" => column(3)).unwrap()
}

pub(crate) fn csv(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn ndjson(frame: &DataFrame) -> Vec<u8> {
    let field = |column: &Column, row| format!("{:?}:{}", column.name(), json(&column.get(row).unwrap()));
    let line = |row| format!("{{{}}}\n", frame.columns().iter().map(|column| field(column, row)).collect::<Vec<_>>().join(","));
    (0..frame.height()).map(line).collect::<String>().into_bytes()
}

fn json(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => Value::from(*value),
        AnyValue::String(text) => Value::from(*text),
        AnyValue::List(values) | AnyValue::Array(values, _) => values.iter().map(|value| json(&value)).collect(),
        number if number.is_float() => Value::from(number.extract::<f64>().unwrap()),
        number => Value::from(number.extract::<i64>().unwrap()),
    }
}

/// The fields of the first row as columns: of floats, of integers, of booleans, of texts, of lists of numbers, or of objects.
fn of_ndjson(bytes: &[u8]) -> DataFrame {
    let lines: Vec<_> = std::str::from_utf8(bytes).unwrap().lines().collect();
    let rows: Vec<Map<String, Value>> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: Vec<_> = rows[0].keys().collect();
    names.sort_by_key(|name| lines[0].find(&format!("{name:?}: ")));
    let column = |name: &String| series(name, &rows.iter().map(|row| &row[name]).collect::<Vec<_>>()).into_column();
    DataFrame::new(rows.len(), names.into_iter().map(column).collect()).unwrap()
}

fn series(name: &str, values: &[&Value]) -> Series {
    let of = |is: fn(&Value) -> bool| values.iter().any(|value| is(value)) && values.iter().all(|value| is(value) || value.is_null());
    let number = |value: &Value| value.as_f64();
    let name = name.into();
    if of(Value::is_i64) {
        Series::new(name, values.iter().map(|value| value.as_i64()).collect::<Vec<_>>())
    } else if of(Value::is_boolean) {
        Series::new(name, values.iter().map(|value| value.as_bool()).collect::<Vec<_>>())
    } else if of(Value::is_string) {
        Series::new(name, values.iter().map(|value| value.as_str()).collect::<Vec<_>>())
    } else if of(Value::is_array) {
        let list = |value: &&Value| Series::new("".into(), value.as_array().unwrap().iter().map(number).collect::<Vec<_>>());
        Series::new(name, values.iter().map(list).collect::<Vec<_>>())
    } else if let Some(Value::Object(first)) = values.first() {
        let fields: Vec<_> =
            first.keys().map(|field| series(field, &values.iter().map(|value| &value[field]).collect::<Vec<_>>())).collect();
        StructChunked::from_series(name, values.len(), fields.iter()).unwrap().into_series()
    } else {
        Series::new(name, values.iter().map(|value| number(value)).collect::<Vec<_>>())
    }
}

pub(crate) fn parquet(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
}

/// A Parquet file whose metadata call this column the index of a frame of pandas.
pub(crate) fn parquet_of_pandas(frame: &DataFrame, index: &str) -> Vec<u8> {
    let metadata = format!("{{\"index_columns\": [{index:?}], \"columns\": []}}");
    let entries = KeyValueMetadata::from_static(vec![("pandas".to_owned(), metadata)]);
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_key_value_metadata(Some(entries)).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn ipc_file(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
}

/// An Arrow file whose schema is in its footer only.
pub(crate) fn bare_ipc_file(frame: &DataFrame) -> Vec<u8> {
    let file = ipc_file(frame);
    let length = i32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    [&file[..8], &file[16..16 + length], &[0; 8], &file[16 + length..]].concat()
}

pub(crate) fn ipc_stream(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcStreamWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The frame in a file, by the extension of its name.
pub(crate) fn read(name: &str, bytes: Vec<u8>) -> DataFrame {
    let file = Cursor::new(bytes);
    match name.rsplit_once('.').unwrap().1 {
        "csv" => CsvReadOptions::default().into_reader_with_file_handle(file).finish(),
        "ndjson" => return of_ndjson(file.get_ref()),
        "parquet" => ParquetReader::new(file).finish(),
        "arrow" => IpcReader::new(file).finish(),
        other => panic!("no frame is read from .{other}"),
    }
    .unwrap()
}

/// The record batches of a stream, a chunk for each.
pub(crate) fn read_ipc_stream(bytes: &[u8]) -> DataFrame {
    IpcStreamReader::new(Cursor::new(bytes)).set_rechunk(false).finish().unwrap()
}

pub(crate) fn names(frame: &DataFrame) -> Vec<&str> {
    frame.columns().iter().map(|column| column.name().as_str()).collect()
}

/// A column of numbers, nulls as NaN.
pub(crate) fn numbers(frame: &DataFrame, column: &str) -> Vec<f32> {
    let column = frame.column(column).unwrap().cast(&DataType::Float32).unwrap();
    column.f32().unwrap().iter().map(|value| value.unwrap_or(f32::NAN)).collect()
}
