//! Matrices of numbers as a table, whose columns have no names.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::TensorData;
use polars::prelude::{ArrowDataType, ArrowField, Column, DataFrame, NamedFrom, PolarsResult, Series};

use super::matrix::Matrix;
use super::parts::Parts;
use crate::error::Error;
use crate::fault::{Files, Position, RowPosition};
use crate::format::Format;
use crate::formats::columns::{Columns, Kind};
use crate::formats::damaged::damaged;
use crate::formats::frames::convert::Converter;
use crate::formats::frames::schema::Stored;
use crate::formats::table::{Deliver, Piece, Request, Skipped, Table};
use crate::locations::data_file::DataFile;
use crate::rows::Values;
use crate::rows::interleave::{Lane, interleave};
use crate::rows::row_numbers::Gaps;

/// The format in which messages think of rows in memory: that of record batches.
const FORMAT: Format = Format::Ipc;

/// The approximate size of a piece. Small pieces reuse memory that is still in the cache.
const PIECE_BYTES: usize = 4 << 20;

/// Matrices of numbers, one after another.
#[derive(Debug)]
pub(super) struct MatrixTable {
    columns: Columns,
    stored: Vec<Stored>,
    parts: Arc<Parts<Arc<dyn Matrix>>>,
}

impl MatrixTable {
    pub(super) fn new(columns: usize, is_f32: bool, parts: Arc<Parts<Arc<dyn Matrix>>>, file: &DataFile) -> Self {
        let dtype = if is_f32 { ArrowDataType::Float32 } else { ArrowDataType::Float64 };
        let stored = |column: usize| Stored::new(&ArrowField::new(column.to_string().into(), dtype.clone(), true));
        let kinds = vec![Kind::Number { exact_in_f32: is_f32 }; columns];
        Self {
            columns: Columns::plain(Files::of(std::slice::from_ref(file)), None, kinds),
            stored: (0..columns).map(stored).collect(),
            parts,
        }
    }
}

impl Table for MatrixTable {
    fn format(&self) -> Format {
        FORMAT
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        let is_plain = request.label.is_none() && request.tests.is_empty() && request.kept.is_empty();
        let mut converter = Converter::new(name, FORMAT, &self.stored, request);
        let mut first = 0;
        for matrix in self.parts.pass(name)? {
            let matrix = matrix?;
            let [rows, columns] = matrix.shape();
            let piece_rows = (PIECE_BYTES / size_of::<f64>() / columns.max(1)).max(1);
            for start in (0..rows).step_by(piece_rows) {
                let range = start..rows.min(start + piece_rows);
                let copied = copied(&*matrix, range.clone(), name)?;
                let flow = if is_plain {
                    deliver(piece(copied, columns, first + start, request, name)?)
                } else {
                    converter.convert(frame(&copied, columns, converter.read()).map_err(damaged(name, FORMAT))?, 0, deliver)?
                };
                if flow.is_break() {
                    return Ok(());
                }
            }
            first += rows;
        }
        Ok(())
    }
}

fn copied(matrix: &dyn Matrix, rows: Range<usize>, name: &Path) -> Result<Values, Error> {
    let data: TensorData = matrix.rows(rows).map_err(|error| Error::in_memory(name, error))?;
    let values = if matrix.is_f32() { data.into_vec().map(Values::F32) } else { data.into_vec().map(Values::F64) };
    values.map_err(|_| Error::in_memory(name, "its numbers are of another type than it says"))
}

/// Rows whose values are features and nothing else. The first one is row `first` of all, from 0.
fn piece(values: Values, columns: usize, first: usize, request: &Request, name: &Path) -> Result<Piece, Error> {
    let rows = values.rows(columns);
    let features = &request.features;
    let values = match values {
        values if features.iter().copied().eq(0..columns) => values,
        Values::F32(values) => Values::F32(picked(&values, columns, features, rows)),
        Values::F64(values) => Values::F64(picked(&values, columns, features, rows)),
    };
    match &values {
        Values::F32(values) => check(values, first, request, name)?,
        Values::F64(values) => check(values, first, request, name)?,
    }
    let kept = DataFrame::new(rows, Vec::new()).map_err(damaged(name, FORMAT))?;
    Ok(Piece {
        values,
        blank: Vec::new(),
        kept,
        labels: None,
        left_out: 0,
        unmatched: Gaps::default(),
        skipped: Skipped::default(),
        bytes: 0,
        more: false,
    })
}

fn picked<T: Copy + Default>(values: &[T], columns: usize, features: &[usize], rows: usize) -> Vec<T> {
    let lanes: Vec<_> = features.iter().map(|&feature| Lane::element(values, feature, columns)).collect();
    interleave(&lanes, 0..rows)
}

/// Refuses the first value that cannot be the value of a feature.
fn check<T: Copy + Into<f64>>(values: &[T], first: usize, request: &Request, name: &Path) -> Result<(), Error> {
    if request.accepts(values) {
        return Ok(());
    }
    let width = request.features.len();
    let bad = values.iter().enumerate().find_map(|(at, &value)| Some((at, request.flaw(value.into())?)));
    let Some((at, flaw)) = bad else { return Ok(()) };
    let row = RowPosition::Row((first + at / width + 1) as u64);
    Err(Error::Value { position: Position { file: name.into(), row, column: request.features[at % width], name: None }, flaw })
}

/// Some columns of the values.
fn frame(values: &Values, columns: usize, read: &[usize]) -> PolarsResult<DataFrame> {
    let column = |&column: &usize| {
        let name = column.to_string().into();
        let series = match values {
            Values::F32(values) => Series::new(name, values.iter().skip(column).step_by(columns).copied().collect::<Vec<_>>()),
            Values::F64(values) => Series::new(name, values.iter().skip(column).step_by(columns).copied().collect::<Vec<_>>()),
        };
        Column::from(series)
    };
    DataFrame::new(values.rows(columns), read.iter().map(column).collect())
}
