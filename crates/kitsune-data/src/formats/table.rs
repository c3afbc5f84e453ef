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

/// Files of one format, described once and read many times. Each format is one implementation.
pub(crate) trait Table: Debug + Send + Sync {
    fn format(&self) -> Format;

    fn columns(&self) -> &Columns;

    /// These stored columns as they are carried along, without a row: text, unless the format knows better.
    ///
    /// A type that Polars does not know may panic inside it: the caller catches that.
    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        let column = |&column: &usize| Column::new_empty(self.columns().stored[column].name.as_str().into(), &DataType::String);
        DataFrame::new(0, kept.iter().map(column).collect())
    }

    /// Reads a file from its first row to its last, handing over pieces of any size, until it is told to stop.
    ///
    /// A malformed file may panic inside Polars: the caller catches that.
    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error>;
}

/// Takes the next piece of a file.
pub(crate) type Deliver<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// Some rows of a file, in order.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The values of its rows, row by row. Missing ones are NaN, unless the request refuses them.
    pub(crate) values: Values,
    /// The columns that are carried along, a line for each of the rows.
    pub(crate) kept: DataFrame,
    /// Whether each of the rows is an anomaly by its label, where that was asked for.
    pub(crate) labels: Option<Vec<bool>>,
    /// The rows that were left out of it because of their label.
    pub(crate) left_out: usize,
    /// The bytes of the file, as it is stored, up to the end of this piece, about.
    pub(crate) bytes: u64,
    /// Whether it is a part of a record batch that goes on after it.
    pub(crate) more: bool,
}

/// What is asked of a file.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The columns that become features, in that order.
    pub(crate) features: Vec<usize>,
    /// Whether these were picked by name, so that a row may hold others.
    pub(crate) picked: bool,
    /// The column of labels, where it is looked at: rows are left out by it, unless labels are told.
    pub(crate) label: Option<usize>,
    /// Whether all rows are handed over, with their labels.
    pub(crate) with_labels: bool,
    /// The stored columns that are carried along, in that order.
    pub(crate) kept: Vec<usize>,
    pub(crate) range: Range,
    pub(crate) missing: Treatment,
    pub(crate) precision: Precision,
}

impl Request {
    /// Whether all numbers can be values of features.
    pub(crate) fn accepts<T: Copy + Into<f64>>(&self, values: &[T]) -> bool {
        values.iter().all(|&value| self.range.contains(value.into())) || values.iter().all(|&value| self.flaw(value.into()).is_none())
    }

    /// What is wrong with a number as the value of a feature, if anything is.
    pub(crate) fn flaw(&self, value: f64) -> Option<Flaw> {
        let fine = self.range.contains(value) || (self.missing.tolerates() && !value.is_finite());
        (!fine).then(|| self.range.flaw(value))
    }
}

/// The values that are allowed, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    /// All finite numbers.
    pub(crate) const FINITE: Self = Self { low: f64::MIN, high: f64::MAX };

    /// False for NaN too.
    pub(crate) fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// What is wrong with a value that the range does not contain.
    fn flaw(self, value: f64) -> Flaw {
        if value.is_finite() { Flaw::Outside { value, low: self.low, high: self.high } } else { Flaw::NotFinite(value.to_string()) }
    }
}
