//! Damaged and unusual Arrow files and streams.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use kitsune_data::{Format, Sink, Source};
use polars::df;
use polars::prelude::{Column, DataFrame, IpcCompression};

use crate::folder::{Folder, assert_says, error, rows, values};
use crate::formats::{frame as frame_of, ipc, ipc_stream, list};

/// Marks the end of a stream.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

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
                let source = Source::open(folder.path()).and_then(|source| source.exclude(["t"]));
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
    assert_says(&Folder::new().file("rows.arrow", ipc(&frame, None)).error(), &["rows.arrow, row 3, column 0 (a)", "null"]);
    let lists = df!("f" => list(&[vec![1.0, 2.0], vec![3.0]])).unwrap();
    assert_says(&Folder::new().file("rows.arrow", ipc_stream(&lists, None)).error(), &["row 2, column 0 (f)", "1 value"]);
}

/// A stream of record batches of these lengths: numbers from 0, and with each its text and a category.
fn stream_of(lengths: &[usize]) -> Vec<u8> {
    let mut start = 0;
    let batch = |&length: &usize| {
        let rows = start..start + length;
        start = rows.end;
        let category: DictionaryArray<Int32Type> = rows.clone().map(|row| if row % 3 == 0 { "x" } else { "y" }).collect();
        let columns: [(&str, ArrayRef); 3] = [
            ("a", Arc::new(rows.clone().map(|row| row as f64).collect::<Float64Array>())),
            ("text", Arc::new(rows.clone().map(|row| Some(row.to_string())).collect::<StringArray>())),
            ("category", Arc::new(category)),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let batches: Vec<_> = lengths.iter().map(batch).collect();
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_record_batch_is_answered_by_one_of_as_many_rows() {
    // The largest one is delivered in pieces.
    let kept = ["text".to_owned(), "category".to_owned()];
    for lengths in [&[0, 2, 0, 0, 1_200_000, 3, 0][..], &[0], &[5, 0], &[0, 0, 1]] {
        let folder = Folder::new().file("rows.arrow", stream_of(lengths));
        let source = folder.open().select(["a"]).unwrap().keep(&kept).unwrap();
        let out = Written::default();
        let mut sink = Sink::stream(Box::new(out.clone()), Format::Ipc).unwrap();
        let mut batches = 0;
        for batch in source.pass(0).unwrap() {
            let batch = batch.unwrap();
            let numbers = values(&batch).iter().map(|&value| value as f32).collect();
            sink.write(batch.records().with_numbers("number", numbers).unwrap()).unwrap();
            batches += 1;
        }
        assert_eq!(batches > lengths.len(), lengths.contains(&1_200_000), "{batches} pieces of {lengths:?}");
        // As it is done where there was no row.
        sink.write(source.empty_records().unwrap().with_numbers("number", Vec::new()).unwrap()).unwrap();
        sink.finish().unwrap();
        let bytes = out.0.lock().unwrap().clone();
        let answers: Vec<_> = StreamReader::try_new(Cursor::new(bytes), None).unwrap().map(Result::unwrap).collect();
        assert_eq!(answers.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), lengths);
        let mut row = 0;
        for answer in answers {
            let numbers = answer.column_by_name("number").unwrap().as_primitive::<Float64Type>();
            let texts = answer.column_by_name("text").unwrap().as_string::<i64>();
            for (number, text) in numbers.values().iter().zip(texts) {
                assert_eq!((*number, text.unwrap()), (f64::from(row as f32), &row.to_string()[..]));
                row += 1;
            }
        }
    }
}

#[test]
fn lists_are_measured_by_the_first_row_wherever_it_is() {
    let (one, none) = (frame_of(list(&[vec![1.0, 2.0]])), frame_of(list(&[vec![1.0]])).clear());
    let folder = Folder::new().file("0.arrow", ipc_stream(&none, None)).file("1.arrow", ipc_stream(&one, None));
    assert_eq!(rows(&folder.open(), 0), [[1.0, 2.0]]);
    let mut stream = ipc_stream(&none, None);
    stream.truncate(stream.len() - END.len());
    let whole = ipc_stream(&one, None);
    let schema = 8 + i32::from_le_bytes(whole[4..8].try_into().unwrap()) as usize;
    let folder = Folder::new().file("rows.arrow", [&stream, &whole[schema..]].concat());
    assert_eq!(rows(&folder.open(), 0), [[1.0, 2.0]]);
    assert_eq!(folder.open().names().unwrap(), ["features[0]", "features[1]"]);
}

#[test]
fn lists_without_a_row_are_whatever_is_asked_for() {
    let mut none = frame_of(list(&[vec![1.0]])).clear();
    none.with_column(Column::new("id".into(), Vec::<i64>::new())).unwrap();
    let wanted: Vec<String> = vec!["features[0]".into(), "features[1]".into()];
    for (name, bytes) in [("rows.arrow", ipc_stream(&none, None)), ("rows.parquet", crate::folder::parquet(&none))] {
        let folder = Folder::new().file(name, bytes);
        for source in [folder.open(), folder.open().exclude(["id"]).unwrap(), folder.open().select(["features"]).unwrap()] {
            let source = source.with_names(&wanted).unwrap().keep(["id"]).unwrap();
            assert_eq!(source.pass(0).unwrap().map(|batch| batch.unwrap().rows()).sum::<usize>(), 0, "{name}");
        }
        for other in ["features", "features[x]", "other[0]"] {
            assert_says(&error(folder.open().with_names([other])), &["no column", other]);
        }
        assert_says(&error(folder.open().with_label("id").and_then(|source| source.with_names(["id"]))), &["no column id"]);
    }
}

#[test]
fn record_batches_come_one_by_one_and_empty_ones_are_no_rows() {
    let (one, none) = (df!("a" => [1.0, 2.0]).unwrap(), df!("a" => [0.0; 0]).unwrap());
    let folder = Folder::new().file("0.arrow", ipc(&none, None)).file("1.arrow", ipc(&one, None)).file("2.arrow", ipc_stream(&one, None));
    assert_eq!(rows(&folder.open(), 0), [[1.0], [2.0], [1.0], [2.0]]);
    let batches: Result<Vec<_>, _> = folder.open().pass(0).unwrap().collect();
    let batches: Vec<_> = batches.unwrap().iter().map(values).filter(|values| !values.is_empty()).collect();
    assert_eq!(batches, [[1.0, 2.0], [1.0, 2.0]]);
    let cut: Result<Vec<_>, _> = folder.open().pass(0).unwrap().cut(3).collect();
    assert_eq!(cut.unwrap().iter().map(values).collect::<Vec<_>>(), [vec![1.0, 2.0, 1.0], vec![2.0]]);
}

#[test]
fn rows_without_columns_have_no_means() {
    let schema = Arc::new(arrow_schema::Schema::empty());
    for rows in [0, 3] {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options).unwrap();
        let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
        writer.write(&batch).unwrap();
        let folder = Folder::new().file("rows.arrow", writer.into_inner().unwrap());
        assert!(folder.open().means().unwrap().is_empty(), "{rows} rows");
    }
}
