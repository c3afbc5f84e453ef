//! What the mutations have found, and what is too rare for them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int8Array, Int32Array, ListArray, RecordBatch, RunArray, StructArray,
};
use arrow_ipc::CompressionType;
use kitsune_data::{Missing, Source};
use polars::df;
use polars::prelude::{IpcWriter, NamedFrom, SerWriter, Series};
use tempfile::TempDir;

use crate::csv::Csv;
use crate::ipc::{Ipc, stream};
use crate::json_lines::JsonLines;
use crate::memory;
use crate::mutator::Random;
use crate::outcome::Outcome;
use crate::run::{Subject, alone, one};

/// Each file in so many ways.
const WAYS: u64 = 24;

fn replay<S: Subject>() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut files = 0;
    for path in fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == S::EXTENSION) {
            files += 1;
            let bytes = fs::read(&path).unwrap();
            for way in 0..WAYS {
                let how = S::how(&mut Random::of_case(0, way));
                one::<S>(&folder, &bytes, &how).unwrap_or_else(|what| panic!("{}, read as {how:?}: {what}", path.display()));
            }
        }
    }
    assert!(files > 0);
}

#[test]
fn what_was_found_in_csv_stays_found() {
    replay::<Csv>();
}

#[test]
fn what_was_found_in_json_lines_stays_found() {
    replay::<JsonLines>();
}

#[test]
fn what_was_found_in_arrow_ipc_stays_found() {
    replay::<Ipc>();
}

fn read(folder: &TempDir, name: &str, bytes: &[u8]) -> Outcome {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    Outcome::of(Source::open(&path), &path)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn any_number_of_dictionaries_may_come_before_a_batch() {
    let _alone = alone();
    let keys: DictionaryArray<Int32Type> = ["x", "y"].into_iter().collect();
    let bytes = stream(&[batch(vec![("a", Arc::new(Float64Array::from(vec![1.0, 2.0]))), ("k", Arc::new(keys))])], None);
    let messages: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xff; 4])).collect();
    // The schema, the dictionary, the batch, the end.
    let [_, dictionary, batch, _] = messages[..] else { panic!("{messages:?}") };
    let many = [&bytes[..dictionary], &bytes[dictionary..batch].repeat(20_000), &bytes[batch..]].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.arrow");
    fs::write(&path, many).unwrap();
    let source = Source::open(&path).and_then(|source| source.exclude(["k"])?.keep(["k"]));
    let found = Outcome::of(source, &path);
    assert_eq!((found.rows, found.error), (vec![vec![1.0], vec![2.0]], None));
}

#[test]
fn what_polars_cannot_read_is_told_by_its_column() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let runs: RunArray<Int32Type> = ["x", "x", "y"].into_iter().collect();
    let runs = batch(vec![("a", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))), ("r", Arc::new(runs))]);
    let mut nested = Series::new("deep".into(), [1.0]);
    for _ in 0..100 {
        nested = Series::new("deep".into(), [nested]);
    }
    let mut deep = Vec::new();
    IpcWriter::new(&mut deep).finish(&mut df!("a" => [1.0], "deep" => nested).unwrap()).unwrap();
    for (bytes, said) in [(stream(&[runs], None), "r (run-end encoded)"), (deep, "column deep is nested too deep")] {
        let (found, panics) = crate::panics::heard(|| read(&folder, "rows.arrow", &bytes));
        assert!(found.error.as_ref().is_some_and(|error| error.contains(said)), "{:?}", found.error);
        assert!(panics.is_empty(), "{panics:?}");
    }
}

#[test]
fn decimals_that_are_stored_as_they_are_in_a_compressed_batch_are_read() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for compression in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        for rows in [1, 3, 500_000] {
            let mut random = Random::of_case(7, 0);
            // Nothing that compresses: of so few rows nothing does.
            let values: Vec<i128> = (0..rows).map(|_| i128::from(random.next() >> 12) << (random.next() % 40)).collect();
            let decimals = Decimal128Array::from(values.clone()).with_precision_and_scale(38, 0).unwrap();
            let nested = StructArray::try_from(vec![("d", Arc::new(decimals.clone()) as ArrayRef)]).unwrap();
            let text: DictionaryArray<Int32Type> = (0..rows).map(|row| if row % 2 == 0 { "x" } else { "y" }).collect();
            let columns: Vec<(&str, ArrayRef)> = vec![("d", Arc::new(decimals)), ("n", Arc::new(nested)), ("t", Arc::new(text))];
            let batch = batch(columns);
            let bytes = stream(&[batch.clone(), batch], Some(compression));
            let path = folder.path().join("rows.arrow");
            fs::write(&path, &bytes).unwrap();
            let others = ["n".to_owned(), "t".to_owned()];
            let source = Source::open(&path).and_then(|source| source.exclude(&others)?.keep(&others));
            let found = Outcome::of(source, &path);
            assert_eq!(found.error, None);
            let expected = values.iter().chain(&values).map(|&value| vec![value as f64]);
            assert!(found.rows.into_iter().eq(expected), "{rows} rows, {compression:?}");
        }
    }
}

#[test]
fn a_list_that_begins_empty_hides_nothing() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![]), Some(vec![Some(1)])]);
    let found = read(&folder, "rows.arrow", &stream(&[batch(vec![("e", Arc::new(lists))])], None));
    assert!(found.error.as_ref().is_some_and(|error| error.contains("row 1, column 0 (e): the list is empty")), "{found:?}");
}

/// Rows of one sparse vector each.
fn sparse(size: i32, rows: usize) -> RecordBatch {
    let lists = || ListArray::from_iter_primitive::<Int32Type, _, _>((0..rows).map(|_| Some(vec![Some(1)])));
    let fields: Vec<(&str, ArrayRef)> = vec![
        ("type", Arc::new(Int8Array::from(vec![0; rows]))),
        ("size", Arc::new(Int32Array::from(vec![size; rows]))),
        ("indices", Arc::new(lists())),
        ("values", Arc::new(lists())),
    ];
    batch(vec![("s", Arc::new(StructArray::try_from(fields).unwrap()))])
}

#[test]
fn a_vector_that_announces_any_size_takes_no_memory() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let bytes = stream(&[sparse(i32::MAX, 1)], None);
    let (found, peak) = memory::peak(|| read(&folder, "rows.arrow", &bytes));
    assert!(found.error.as_ref().is_some_and(|error| error.contains("2147483647 elements")), "{:?}", found.error);
    assert!(peak < 16 << 20, "{peak} bytes");
}

#[test]
fn many_wide_sparse_vectors_are_spread_a_few_at_a_time() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.arrow");
    fs::write(&path, stream(&[sparse(1 << 16, 3_000)], None)).unwrap();
    // All rows together are 1.5 GiB.
    let (rows, peak) = memory::peak(|| {
        let source = Source::open(&path).unwrap().with_missing(Missing::Drop);
        source.pass(0).unwrap().map(|batch| batch.unwrap().rows()).sum::<usize>()
    });
    assert_eq!(rows, 3_000);
    assert!(peak < 1 << 30, "{} MiB", peak >> 20);
}
