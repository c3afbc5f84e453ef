//! The same rows in every format.

use std::io::Write;

use burn::tensor::{DType, TensorData};
use flate2::write::GzEncoder;
use kitsune_data::{Format, Source};
use polars::df;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IntoSeries, IpcCompression, IpcStreamWriter, IpcWriter, NamedFrom, SerWriter, Series,
    StructChunked,
};

use crate::folder::{Folder, assert_says, rows};

/// Rows with a zero in each, so that sparse vectors differ from dense ones.
const ROWS: [[f64; 3]; 4] = [[0.5, 0.0, -3.0], [0.0, 2.25, 1e9], [0.0, 0.0, 0.0], [1.0, 0.1, 7.0]];

/// A list column with one list for each row.
pub(crate) fn list(rows: &[Vec<f64>]) -> Series {
    let lists: Vec<_> = rows.iter().map(|row| Series::new("".into(), row)).collect();
    Series::new("features".into(), lists)
}

/// One Spark vector: type, size, indices, values.
pub(crate) type Vector = (i8, Option<i32>, Option<Vec<i32>>, Vec<f64>);

pub(crate) fn dense(row: &[f64]) -> Vector {
    (1, None, None, row.to_vec())
}

pub(crate) fn sparse(row: &[f64]) -> Vector {
    let set: Vec<_> = (0_i32..).zip(row).filter(|(_, value)| **value != 0.0).collect();
    let (indices, values) = set.into_iter().map(|(index, value)| (index, *value)).unzip();
    (0, Some(row.len() as i32), Some(indices), values)
}

/// A column of Spark vectors.
pub(crate) fn vectors(rows: &[Vector]) -> Series {
    let kinds: Vec<_> = rows.iter().map(|row| row.0).collect();
    let sizes: Vec<_> = rows.iter().map(|row| row.1).collect();
    let indices: Vec<_> = rows.iter().map(|row| row.2.as_ref().map(|indices| Series::new("".into(), indices))).collect();
    let indices = Series::new("indices".into(), indices).cast(&DataType::List(Box::new(DataType::Int32))).unwrap();
    let values: Vec<_> = rows.iter().map(|row| Series::new("".into(), &row.3)).collect();
    let fields = [Series::new("type".into(), kinds), Series::new("size".into(), sizes), indices, Series::new("values".into(), values)];
    StructChunked::from_series("features".into(), rows.len(), fields.iter()).unwrap().into_series()
}

pub(crate) fn frame(column: impl IntoColumn) -> DataFrame {
    let column: Column = column.into_column();
    DataFrame::new(column.len(), vec![column]).unwrap()
}

pub(crate) fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// The bytes of an Arrow IPC file.
pub(crate) fn ipc(frame: &DataFrame, compression: Option<IpcCompression>) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut frame.clone()).unwrap();
    bytes
}

/// The bytes of an Arrow IPC stream.
pub(crate) fn ipc_stream(frame: &DataFrame, compression: Option<IpcCompression>) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcStreamWriter::new(&mut bytes).with_compression(compression).finish(&mut frame.clone()).unwrap();
    bytes
}

fn data(source: &Source) -> TensorData {
    let mut batches: Vec<_> = source.pass(0).unwrap().cut(100).map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    batches.remove(0).into_data()
}

#[test]
fn the_same_rows_make_the_same_batch_from_every_format() {
    let column = |index: usize| ROWS.iter().map(|row| row[index]).collect::<Vec<_>>();
    let rows: Vec<_> = ROWS.iter().map(|row| row.to_vec()).collect();
    let lines = ROWS.map(|[a, b, c]| format!("{a},{b},{c}\n")).concat();
    let quoted_lines = ROWS.map(|[a, b, c]| format!("\"{a}\",\" {b} \",{c}\r\n")).concat();
    let array = list(&rows).cast(&DataType::Array(Box::new(DataType::Float64), 3)).unwrap();
    let mixed: Vec<_> = ROWS.iter().enumerate().map(|(row, values)| if row % 2 == 0 { sparse(values) } else { dense(values) }).collect();
    let objects = ROWS.map(|[a, b, c]| format!("{{\"a\": {a}, \"b\": {b}, \"c\": {c}}}\n")).concat();
    let unlike_order = ROWS.iter().enumerate().map(|(row, [a, b, c])| match row {
        0 => format!("{{\"a\": {a}, \"b\": {b}, \"c\": {c}}}\n\n"),
        _ => format!("{{\"c\":{c},\"a\":{a:e},\"b\":{b}}}\r\n"),
    });
    let json_lists = ROWS.map(|[a, b, c]| format!("{{\"features\": [{a}, {b}, {c}]}}\n")).concat();
    let columns = df!("a" => column(0), "b" => column(1), "c" => column(2)).unwrap();
    let (lists, spark) = (frame(list(&rows)), frame(vectors(&mixed)));
    let folders = [
        ("CSV", Folder::new().file("rows.csv", &lines)),
        ("CSV, gzip", Folder::new().file("rows.csv.gz", gzip(&lines))),
        ("CSV, zstd", Folder::new().file("rows.csv.zst", zstd::encode_all(lines.as_bytes(), 3).unwrap())),
        ("NDJSON", Folder::new().file("rows.ndjson", &objects)),
        ("NDJSON, gzip", Folder::new().file("rows.jsonl.gz", gzip(&objects))),
        ("NDJSON, zstd", Folder::new().file("rows.ndjson.zst", zstd::encode_all(objects.as_bytes(), 3).unwrap())),
        ("NDJSON in any order", Folder::new().file("rows.jsonl", unlike_order.collect::<String>())),
        ("NDJSON lists", Folder::new().file("rows.ndjson", &json_lists)),
        ("IPC", Folder::new().file("rows.arrow", ipc(&columns, None))),
        ("IPC, lz4", Folder::new().file("rows.feather", ipc(&columns, Some(IpcCompression::LZ4)))),
        ("IPC, zstd", Folder::new().file("rows.ipc", ipc(&columns, Some(IpcCompression::ZSTD(ZstdLevel::default()))))),
        ("IPC stream", Folder::new().file("rows.arrow", ipc_stream(&columns, None))),
        ("IPC stream, lz4", Folder::new().file("rows.arrow", ipc_stream(&columns, Some(IpcCompression::LZ4)))),
        ("IPC lists", Folder::new().file("rows.arrow", ipc(&lists, None))),
        ("IPC lists, zstd", Folder::new().file("rows.arrow", ipc_stream(&lists, Some(IpcCompression::ZSTD(ZstdLevel::default()))))),
        ("IPC vectors", Folder::new().file("rows.arrow", ipc(&spark, Some(IpcCompression::LZ4)))),
        ("CSV with a header", Folder::new().file("rows.csv", format!("a,b,c\n{lines}"))),
        ("quoted CSV", Folder::new().file("rows.csv", quoted_lines)),
        ("Parquet", Folder::new().parquet("rows.parquet", &columns)),
        ("lists", Folder::new().parquet("rows.parquet", &lists)),
        ("arrays", Folder::new().parquet("rows.parquet", &frame(array))),
        ("dense vectors", Folder::new().parquet("rows.parquet", &frame(vectors(&ROWS.map(|row| dense(&row)))))),
        ("sparse vectors", Folder::new().parquet("rows.parquet", &frame(vectors(&ROWS.map(|row| sparse(&row)))))),
        ("mixed vectors", Folder::new().parquet("rows.parquet", &spark)),
    ];
    let expected = TensorData::new(ROWS.concat(), [4, 3]);
    for (name, folder) in folders {
        assert_eq!(data(&folder.open()), expected, "{name}");
    }
}

#[test]
fn lists_have_numbered_names_and_can_be_selected_from() {
    let frame =
        df!("id" => [7, 8], "x" => [list(&[vec![1.0, 2.0, 3.0]]).explode_one(), list(&[vec![4.0, 5.0, 6.0]]).explode_one()]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    assert_eq!(folder.open().names().unwrap(), ["id", "x[0]", "x[1]", "x[2]"]);
    let source = folder.open().with_names(["x[2]", "id", "x[0]"]).unwrap();
    assert_eq!(rows(&source, 0), [[3.0, 7.0, 1.0], [6.0, 8.0, 4.0]]);
}

/// The values of the only list in a column.
trait ExplodeOne {
    fn explode_one(&self) -> Series;
}

impl ExplodeOne for Series {
    fn explode_one(&self) -> Series {
        self.list().unwrap().get_inner()
    }
}

#[test]
fn batches_are_f32_only_where_every_feature_is_exact_in_it() {
    let small = df!("a" => [true, false], "b" => [1_i8, -128], "c" => [1_u16, 65_535], "d" => [0.1_f32, 2.5]).unwrap();
    let source = Folder::new().parquet("rows.parquet", &small);
    let source = source.open();
    assert_eq!(source.format(), Format::Parquet);
    let found = data(&source);
    assert_eq!(found.dtype, DType::F32);
    assert_eq!(found.to_vec::<f32>().unwrap(), [1.0, 1.0, 1.0, 0.1, 0.0, -128.0, 65_535.0, 2.5]);
    let seconds = df!("a" => [1_700_000_001_i64, 1_700_000_999], "b" => [0.5_f32, 1.5]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &seconds);
    assert_eq!(data(&folder.open()), TensorData::new(vec![1_700_000_001.0, 0.5, 1_700_000_999.0, 1.5], [2, 2]));
    let selected = folder.open().with_names(["b"]).unwrap();
    assert_eq!(data(&selected).dtype, DType::F32, "only the features that are selected count");
    let wide = Folder::new().parquet("a.parquet", &df!("a" => [1_i16]).unwrap()).parquet("b.parquet", &df!("a" => [1_i64 << 40]).unwrap());
    assert_eq!(data(&wide.open()), TensorData::new(vec![1.0, (1_u64 << 40) as f64], [2, 1]), "one width for all files");
}

#[test]
fn a_file_without_rows_is_nothing_and_does_not_tell_the_width_of_lists() {
    let (some, none) = (frame(list(&[vec![1.0, 2.0]])), frame(list(&[vec![1.0]]).slice(0, 0)));
    let folder = Folder::new().parquet("a.parquet", &none).parquet("b.parquet", &some);
    assert_eq!(rows(&folder.open(), 0), [[1.0, 2.0]]);
    let empty = Folder::new().parquet("a.parquet", &none);
    assert_eq!(empty.open().pass(0).unwrap().count(), 0);
    let plain = Folder::new().parquet("a.parquet", &df!("a" => [0.0; 0]).unwrap());
    assert_eq!((plain.open().features(), plain.open().pass(0).unwrap().count()), (1, 0));
}

#[test]
fn rows_keep_their_order_over_many_row_groups() {
    let values: Vec<i32> = (0..1_234).collect();
    let folder = Folder::new().parquet("a.parquet", &df!("a" => &values).unwrap());
    assert_eq!(rows(&folder.open(), 0).concat(), values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>());
    let mut pass = folder.open().pass(0).unwrap();
    pass.by_ref().for_each(drop);
    assert_eq!(Some(pass.progress().bytes()), folder.open().bytes());
}

#[test]
fn labels_work_in_parquet_too() {
    let frame = df!("a" => [1.0, 2.0, 3.0], "label" => [false, true, false], "kind" => ["x", "y", "z"]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    let source = folder.open().with_names(["a"]).unwrap();
    assert_eq!(rows(&source, 0), [[1.0], [2.0], [3.0]]);
    assert_eq!(rows(&source.with_label("label").unwrap().normal_only(), 0), [[1.0], [3.0]]);
    let text = folder.open().with_label("kind").unwrap().with_names(["a"]).unwrap();
    assert_eq!(rows(&text, 0).len(), 3);
    assert_eq!(rows(&text.with_normal_labels(["z"]).normal_only(), 0), [[3.0]]);
}

#[test]
fn numbers_of_any_width_are_features_and_categories_can_be_left_out() {
    // Written by pyarrow 26 as a table of number = [1.5, 2.5, 3.5], a dictionary-encoded category, a decimal128(5, 2) and a float16.
    let folder = Folder::new().file("rows.parquet", include_bytes!("data/other_types.parquet"));
    assert_eq!(folder.open().names().unwrap(), ["number", "category", "decimal", "half"]);
    assert_eq!(rows(&folder.open().with_names(["number"]).unwrap(), 0), [[1.5], [2.5], [3.5]]);
    let found = rows(&folder.open().exclude(["category"]).unwrap(), 0);
    assert_eq!(found, [[1.5, 1.25, 1.0], [2.5, 1.25, 2.0], [3.5, 1.25, 3.0]]);
    assert_says(&folder.error(), &["category (a category)", "must be left out"]);
}
