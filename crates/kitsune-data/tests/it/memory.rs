//! Rows in memory: matrices of numbers, which are read like a file without names. Record batches are tested from Python, which hands them over.

use std::error::Error as StdError;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::TensorData;
use kitsune_data::{Condition, Error, Matrix, MemoryRows, Missing, Source, SourceOptions};

use crate::folder::{Folder, assert_says, rows};

/// Rows of three columns.
#[derive(Debug, Clone)]
struct Rows(Vec<f64>);

impl Matrix for Rows {
    fn shape(&self) -> [usize; 2] {
        [self.0.len() / 3, 3]
    }

    fn is_f32(&self) -> bool {
        false
    }

    fn rows(&self, rows: Range<usize>) -> Result<TensorData, Box<dyn StdError + Send + Sync>> {
        if rows.contains(&999) {
            return Err("the memory is gone".into());
        }
        Ok(TensorData::new(self.0[rows.start * 3..rows.end * 3].to_vec(), [rows.len(), 3]))
    }
}

fn numbers(rows: usize) -> Vec<f64> {
    (0..rows * 3).map(|value| f64::from(u32::try_from(value * 7 % 101).unwrap()) / 3.0).collect()
}

/// The rows in parts of so many.
fn memory(numbers: &[f64], part: usize) -> MemoryRows {
    let parts: Vec<Arc<dyn Matrix>> = numbers.chunks(part * 3).map(|part| Arc::new(Rows(part.to_vec())) as Arc<dyn Matrix>).collect();
    let mut parts = parts.into_iter();
    MemoryRows::matrices("the array", parts.next().unwrap(), parts.map(Ok))
}

fn open(numbers: &[f64]) -> Source {
    SourceOptions::new().open_rows(&memory(numbers, 40).kept().unwrap()).unwrap()
}

#[test]
fn a_matrix_is_read_like_a_file_of_the_same_rows() {
    let numbers = numbers(500);
    let lines: Vec<_> = numbers.chunks(3).map(|row| format!("{:?},{:?},{:?}\n", row[0], row[1], row[2])).collect();
    let folder = Folder::new().file("rows.csv", lines.concat());
    let of_file = |change: &dyn Fn(Source) -> Source| change(Source::open(folder.path()).unwrap());
    let changes: [&dyn Fn(Source) -> Source; 5] = [
        &|source| source,
        &|source| source.with_shuffle(7).with_shuffle_bytes(1),
        &|source| source.exclude(["1"]).unwrap(),
        &|source| source.with_lags(2),
        &|source| source.with_conditions(["2!=0".parse::<Condition>().unwrap()]).unwrap(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let (found, expected) = (change(open(&numbers)), of_file(change));
        assert_eq!(found.features(), expected.features());
        for epoch in 0..3 {
            assert_eq!(rows(&found, epoch), rows(&expected, epoch), "{number}, {epoch}");
        }
    }
}

#[test]
fn a_value_that_is_missing_is_refused_by_row_and_column_or_treated() {
    let mut numbers = numbers(100);
    numbers[64 * 3 + 1] = f64::NAN;
    let refused = open(&numbers).pass(0).unwrap().find_map(Result::err).unwrap().to_string();
    assert_says(&refused, &["the array, row 65, column 1: ", "NaN"]);
    let chosen = open(&numbers).exclude(["0"]).unwrap();
    assert_says(&chosen.pass(0).unwrap().find_map(Result::err).unwrap().to_string(), &["the array, row 65, column 1: "]);
    assert_eq!(rows(&open(&numbers).with_missing(Missing::Drop), 0).len(), 99);
    assert_eq!(rows(&open(&numbers).with_missing(Missing::Fill(-1.0)), 0)[64][1], -1.0);
}

#[test]
fn parts_come_once_unless_they_are_kept() {
    let source = SourceOptions::new().open_rows(&memory(&numbers(100), 30)).unwrap();
    assert_eq!(rows(&source, 0).len(), 100);
    let again = source.pass(0).unwrap().find_map(Result::err).unwrap().to_string();
    assert_eq!(again, "the array can be read once only: give a list or a table instead of an iterator");
}

#[test]
fn what_the_producer_says_is_the_error() {
    let source = SourceOptions::new().open_rows(&memory(&numbers(2_000), 2_000)).unwrap();
    let error = source.pass(0).unwrap().find_map(Result::err).unwrap();
    assert!(matches!(error, Error::InMemory { .. }));
    assert_eq!(error.to_string(), "the array cannot be read: the memory is gone");
    let rows = MemoryRows::matrices("the array", Arc::new(Rows(numbers(3))), std::iter::once(Err("no more".into())));
    assert_eq!(rows.kept().unwrap_err().to_string(), "the array cannot be read: no more");
}
