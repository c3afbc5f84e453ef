//! Arrow files and streams, read by Arrow's own reader.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};

use super::*;

/// The results of some records as Arrow's own reader sees them: floats of 64 bits that hold those of 32 bits.
fn assert_results(batch: &RecordBatch, rows: &[u64], scores: &[Option<f32>]) {
    let column = |name| batch.column_by_name(name).unwrap();
    assert_eq!(column("row").as_primitive::<UInt64Type>().values(), rows);
    assert!(column("score").as_primitive::<Float64Type>().iter().eq(scores.iter().map(|score| score.map(f64::from))));
    let errors = column("errors").as_list::<i32>();
    for (row, score) in scores.iter().enumerate() {
        assert_eq!(errors.is_null(row), score.is_none());
    }
    let first = scores.iter().position(Option::is_some).unwrap();
    assert_eq!(errors.value(first).as_primitive::<Float64Type>().values(), &[0.5, 1.5]);
}

#[test]
fn lists_are_lists_of_the_kind_that_every_reader_knows() {
    let nested = {
        let lists = sliced(1, 7).column("l").unwrap().as_materialized_series().implode().unwrap().into_series();
        let inner = [sliced(1, 7).column("l").unwrap().as_materialized_series().clone().with_name("in".into())];
        let structs = StructChunked::from_series("s".into(), 1, inner.iter()).unwrap().into_series();
        DataFrame::new(1, vec![lists.with_name("nested".into()).into(), structs.into()]).unwrap()
    };
    let kept = every_type().select(["list", "array"]).unwrap().slice(0, 1).hstack(nested.columns()).unwrap();
    let bytes = stream(Format::Ipc, [records(kept, 0, &[])]).unwrap();
    let batch = StreamReader::try_new(io::Cursor::new(bytes), None).unwrap().next().unwrap().unwrap();
    let list = |name: &str| batch.column_by_name(name).unwrap().as_list::<i32>().value(0);
    assert_eq!(list("list").as_primitive::<Int64Type>().values(), &[1, 2]);
    assert_eq!(list("array").len(), 2);
    assert_eq!(list("nested").as_list::<i32>().value(0).as_primitive::<Int64Type>().values(), &[7, 8]);
    let structs = batch.column_by_name("s").unwrap().as_struct();
    assert_eq!(structs.column(0).as_list::<i32>().value(0).as_primitive::<Int64Type>().values(), &[7, 8]);
}

#[test]
fn a_file_reads_back() {
    let (_folder, path) = file(Format::Ipc, [records(every_type(), 0, &[0]), records(every_type(), 3, &[])]).unwrap();
    let found = IpcReader::new(fs::File::open(&path).unwrap()).finish().unwrap();
    let expected = every_type().vstack(&every_type()).unwrap();
    for column in expected.columns() {
        let found = found.column(column.name()).unwrap();
        let column = match column.dtype() {
            DataType::Int128 | DataType::UInt128 | DataType::Categorical(..) | DataType::Enum(..) => {
                column.cast(&DataType::String).unwrap()
            }
            DataType::Array(inner, _) => column.cast(&DataType::List(inner.clone())).unwrap(),
            _ => column.clone(),
        };
        assert_eq!(found.dtype(), column.dtype(), "{}", column.name());
        assert!(found.equals_missing(&column), "{found:?} {column:?}");
    }
    let batches: Vec<_> = FileReader::try_new(fs::File::open(&path).unwrap(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1, "small writes are gathered");
    let seventh = 1.0 / 7.0;
    assert_results(&batches[0], &[1, 2, 3, 4, 5, 6], &[None, Some(0.0), Some(seventh), Some(0.0), Some(seventh), Some(2.0 / 7.0)]);
    assert_eq!(batches[0].column_by_name("text").unwrap().as_string::<i64>().value(1), "ünï\\\t");
    assert_eq!(batches[0].column_by_name("category").unwrap().as_string::<i64>().value(4), "y");
    assert_eq!(batches[0].num_columns(), every_type().width() + 3);
}

#[test]
fn a_stream_has_a_batch_for_each_write() {
    let bytes = stream(Format::Ipc, [records(every_type(), 0, &[2]), records(every_type(), 3, &[0, 1])]).unwrap();
    let batches: Vec<_> = StreamReader::try_new(io::Cursor::new(&bytes), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 2);
    assert_results(&batches[0], &[1, 2, 3], &[Some(0.0), Some(1.0 / 7.0), None]);
    assert_results(&batches[1], &[4, 5, 6], &[None, None, Some(0.0)]);
    assert!(bytes.ends_with(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), "the mark of the end");
    let found = IpcStreamReader::new(io::Cursor::new(&bytes)).finish().unwrap();
    assert_eq!(found.shape(), (6, every_type().width() + 3));
}

#[test]
fn the_parts_of_a_record_batch_are_one_and_so_are_no_rows() {
    let part = |from: i64| df!("n" => [from, from + 1]).unwrap();
    let whole = |frame: DataFrame, first_row| records(frame, first_row, &[]);
    let parts = [
        whole(part(0), 0).unfinished(),
        whole(part(2), 2).unfinished(),
        whole(part(4), 4),
        whole(part(0).clear(), 6),
        whole(part(6), 6),
        whole(part(8), 8).unfinished(),
    ];
    let bytes = stream(Format::Ipc, parts).unwrap();
    let batches: Vec<_> = StreamReader::try_new(io::Cursor::new(&bytes), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [6, 0, 2, 2]);
    let rows = batches.iter().flat_map(|batch| batch.column_by_name("row").unwrap().as_primitive::<UInt64Type>().values().to_vec());
    assert!(rows.eq(1..=10), "in order, and none is lost");
}

#[test]
fn without_rows_there_is_a_schema() {
    let empty = || records(every_type().clear(), 0, &[]).unfinished();
    let (_folder, path) = file(Format::Ipc, [empty()]).unwrap();
    let mut reader = FileReader::try_new(fs::File::open(path).unwrap(), None).unwrap();
    assert_eq!((reader.schema().fields().len(), reader.next().is_none()), (every_type().width() + 3, true));
    let (_folder, path) = file(Format::Ipc, []).unwrap();
    assert_eq!(FileReader::try_new(fs::File::open(path).unwrap(), None).unwrap().schema().fields().len(), 0);
    for (records, columns) in [(vec![empty()], every_type().width() + 3), (Vec::new(), 0)] {
        let bytes = stream(Format::Ipc, records).unwrap();
        let mut reader = StreamReader::try_new(io::Cursor::new(bytes), None).unwrap();
        assert_eq!((reader.schema().fields().len(), reader.next().is_none()), (columns, true));
    }
}

#[test]
fn batches_of_a_larger_frame_are_written_as_they_are() {
    let batches = || (0..10).map(|batch| Records::new(sliced(100, batch * 100), 100, after(0), &[]));
    let (_folder, path) = file(Format::Ipc, batches()).unwrap();
    assert!(IpcReader::new(fs::File::open(path).unwrap()).finish().unwrap().equals(&sliced(1000, 0)));
    let bytes = stream(Format::Ipc, batches()).unwrap();
    assert!(bytes.len() < 200_000, "a batch takes nothing along of the frame that it was cut from");
    assert!(IpcStreamReader::new(io::Cursor::new(bytes)).finish().unwrap().equals(&sliced(1000, 0)));
}
