//! Data frames as the bytes of each format, and back.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::df;
use polars::prelude::{
    CsvReadOptions, CsvWriter, DataFrame, DataType, IpcReader, IpcStreamReader, IpcStreamWriter, IpcWriter, JsonFormat, JsonReader,
    JsonWriter, ParquetReader, ParquetWriter, SerReader, SerWriter,
};

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
    let mut bytes = Vec::new();
    JsonWriter::new(&mut bytes).with_json_format(JsonFormat::JsonLines).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn parquet(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
}

pub(crate) fn ipc_file(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes
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
        "ndjson" => JsonReader::new(file).with_json_format(JsonFormat::JsonLines).finish(),
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
