use std::fmt::Debug;
use std::ops::ControlFlow;
use std::path::Path;

use crate::columns::Columns;
use crate::rows::{Precision, Rows};
use crate::{Error, Flaw, Format};

/// Files of one format, described once and read many times. Each format is one implementation.
pub(crate) trait Table: Debug + Send + Sync {
    fn format(&self) -> Format;

    fn columns(&self) -> &Columns;

    /// Reads a file from its first row to its last, handing over pieces of any size, until it is told to stop.
    ///
    /// A malformed file may panic inside Polars: the caller catches that.
    fn read(&self, file: &Path, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error>;
}

/// Takes the next piece of a file.
pub(crate) type Deliver<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// Some rows of a file, in order.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) rows: Rows,
    /// The rows that were left out of it because of their label.
    pub(crate) left_out: usize,
    /// The bytes of the file up to the end of this piece, about.
    pub(crate) bytes: u64,
}

/// What is asked of a file.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The columns that become features, in that order.
    pub(crate) features: Vec<usize>,
    /// The column of labels by which rows are left out.
    pub(crate) label: Option<usize>,
    pub(crate) range: Range,
    pub(crate) precision: Precision,
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
    pub(crate) fn flaw(self, value: f64) -> Flaw {
        if value.is_finite() { Flaw::Outside { value, low: self.low, high: self.high } } else { Flaw::NotFinite(value.to_string()) }
    }
}
