//! The interface between the formats and a pass: what a pass requests, and the pieces that a format delivers.

use std::fmt::Debug;
use std::ops::ControlFlow;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use super::columns::Columns;
use crate::error::Error;
use crate::fault::Flaw;
use crate::format::Format;
use crate::locations::data_file::DataFile;
use crate::rows::missing::Treatment;
use crate::rows::{Precision, Values};

/// Files of one format, described once and read any number of times. Each format implements this trait.
pub(crate) trait Table: Debug + Send + Sync {
    fn format(&self) -> Format;

    fn columns(&self) -> &Columns;

    /// These stored columns without any row, with the types in which they are passed through. Text is the default.
    ///
    /// Polars may panic at a type that it does not know: the caller catches that.
    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        let column = |&column: &usize| Column::new_empty(self.columns().stored[column].name.as_str().into(), &DataType::String);
        DataFrame::new(0, kept.iter().map(column).collect())
    }

    /// Reads a file from its first row to its last and delivers it in pieces of any size, until `deliver` breaks.
    ///
    /// Polars may panic at a malformed file: the caller catches that.
    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error>;
}

/// Receives the next piece of a file.
pub(crate) type Deliver<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// Some consecutive rows of a file.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The values, row-major. Missing values are NaN, unless the request refuses them.
    pub(crate) values: Values,
    /// The columns that are passed through, with one line for each row.
    pub(crate) kept: DataFrame,
    /// Whether each row is an anomaly by its label, if labels were requested.
    pub(crate) labels: Option<Vec<bool>>,
    /// The number of rows of the piece that were left out because of their label.
    pub(crate) left_out: usize,
    /// The approximate number of bytes of the file, as it is stored, up to the end of the piece.
    pub(crate) bytes: u64,
    /// Whether more rows of the same record batch follow.
    pub(crate) more: bool,
}

/// What a pass requests of a file.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The columns that become features, in the order of the features.
    pub(crate) features: Vec<usize>,
    /// Whether the features were chosen by name, so that a row may have other fields.
    pub(crate) picked: bool,
    /// The column of labels, if labels are used. Rows are left out by it, unless `with_labels` is set.
    pub(crate) label: Option<usize>,
    /// Whether all rows are delivered, with their labels.
    pub(crate) with_labels: bool,
    /// The stored columns that are passed through, in the order of the output.
    pub(crate) kept: Vec<usize>,
    pub(crate) range: Range,
    pub(crate) missing: Treatment,
    pub(crate) precision: Precision,
}

impl Request {
    /// Whether every number can be the value of a feature.
    pub(crate) fn accepts<T: Copy + Into<f64>>(&self, values: &[T]) -> bool {
        values.iter().all(|&value| self.range.contains(value.into())) || values.iter().all(|&value| self.flaw(value.into()).is_none())
    }

    /// What is wrong with a number as the value of a feature, if anything.
    pub(crate) fn flaw(&self, value: f64) -> Option<Flaw> {
        let fine = self.range.contains(value) || (self.missing.tolerates() && !value.is_finite());
        (!fine).then(|| self.range.flaw(value))
    }
}

/// The allowed values, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    /// All finite numbers.
    pub(crate) const FINITE: Self = Self { low: f64::MIN, high: f64::MAX };

    /// Also false for NaN.
    pub(crate) fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// What is wrong with a value outside the range.
    fn flaw(self, value: f64) -> Flaw {
        if value.is_finite() { Flaw::Outside { value, low: self.low, high: self.high } } else { Flaw::NotFinite(value.to_string()) }
    }
}
