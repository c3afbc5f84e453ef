//! The interface between the formats and a pass: what a pass requests, and the pieces that a format delivers.

use std::fmt::Debug;
use std::ops::{AddAssign, ControlFlow};
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use super::columns::Columns;
use crate::condition::ColumnTest;
use crate::error::Error;
use crate::fault::Flaw;
use crate::format::Format;
use crate::labels::{NormalLabels, RowLabels};
use crate::locations::data_file::DataFile;
use crate::missing_words::MissingWords;
use crate::note::Note;
use crate::reading::PacketReading;
use crate::remark::Remark;
use crate::rows::missing::Treatment;
use crate::rows::row_numbers::Gaps;
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

    /// What whoever reads messages should know about the files.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }

    /// The table of the same files with the columns of these names added, which their later rows may have; `None` if the columns are settled.
    fn with_unseen(&self, _names: &[String], _files: &[DataFile]) -> Option<Arc<dyn Table>> {
        None
    }

    /// How packets become rows, and the link types that were met so far; `None` if the rows are none of packets.
    fn packets(&self) -> Option<PacketReading> {
        None
    }

    /// Begins a pass over files that are one stream, each of which goes on where the one before it ended; `None` if each stands for itself, so
    /// that they may come in any order.
    fn stream<'a>(&'a self, _request: &'a Request) -> Option<Box<dyn FileStream + 'a>> {
        None
    }

    /// Whether the files are one stream, and have one order in every pass.
    fn is_stream(&self) -> bool {
        false
    }

    /// Reads a file, and no other, from its first row to its last and delivers it in pieces of any size, until `deliver` breaks.
    ///
    /// Polars may panic at a malformed file: the caller catches that.
    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error>;
}

/// A pass over files that are one stream.
pub(crate) trait FileStream {
    /// Reads the next file from its first row to its last and delivers it in pieces of any size, until `deliver` breaks.
    fn read(&mut self, file: &DataFile, deliver: &mut Deliver<'_>) -> Result<(), Error>;

    /// What is to be said of what was read so far.
    fn remarks(&self) -> Vec<Remark>;
}

/// Receives the next piece of a file.
pub(crate) type Deliver<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// Some consecutive rows of a file.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The values of the rows that have any, row-major. Missing values are NaN, unless the request refuses them.
    pub(crate) values: Values,
    /// The positions of the rows that have no values and no results, ascending: they keep their line.
    pub(crate) blank: Vec<usize>,
    /// The columns that are passed through, with one line for each row.
    pub(crate) kept: DataFrame,
    /// The label of each row, if labels were requested.
    pub(crate) labels: Option<RowLabels>,
    /// The number of rows of the piece that were left out because of their label.
    pub(crate) left_out: usize,
    /// The rows that were left out because they do not meet the conditions.
    pub(crate) unmatched: Gaps,
    /// What stood between the rows.
    pub(crate) skipped: Skipped,
    /// The approximate number of bytes of the file, as it is stored, up to the end of the piece.
    pub(crate) bytes: u64,
    /// Whether more rows of the same record batch follow.
    pub(crate) more: bool,
}

/// What stands between rows and is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Headers that came again.
    pub(crate) headers: usize,
    pub(crate) comments: usize,
}

impl AddAssign for Skipped {
    fn add_assign(&mut self, other: Self) {
        self.headers += other.headers;
        self.comments += other.comments;
    }
}

/// What a pass requests of a file.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The columns that become features, in the order of the features.
    pub(crate) features: Vec<usize>,
    /// Whether the features were chosen by name, so that a row may have other fields.
    pub(crate) picked: bool,
    /// The column of labels, if labels are used.
    pub(crate) label: Option<usize>,
    /// The labels of normal rows. Only a pass that counts labels has none.
    pub(crate) normal: Option<Arc<NormalLabels>>,
    /// Whether all rows are delivered, with their labels, and not only the normal ones.
    pub(crate) with_labels: bool,
    /// The conditions on columns that a row must meet to be delivered.
    pub(crate) tests: Arc<[ColumnTest]>,
    /// The stored columns that are passed through, in the order of the output.
    pub(crate) kept: Vec<usize>,
    pub(crate) range: Range,
    /// What stands for a missing value.
    pub(crate) words: Arc<MissingWords>,
    pub(crate) missing: Treatment,
    pub(crate) precision: Precision,
}

impl Request {
    /// The request without conditions, and one for nothing but the conditions, if there are any.
    pub(crate) fn divided(&self) -> (Self, Option<Self>) {
        let rows = Self { tests: Arc::default(), ..self.clone() };
        let conditions = Self { features: Vec::new(), picked: true, label: None, with_labels: false, kept: Vec::new(), ..self.clone() };
        (rows, Some(conditions).filter(|conditions| !conditions.tests.is_empty()))
    }

    /// Whether every number can be the value of a feature.
    pub(crate) fn accepts<T: Copy + Into<f64>>(&self, values: &[T]) -> bool {
        let are_plain = self.words.numbers().is_empty() && values.iter().all(|&value| self.range.contains(value.into()));
        are_plain || values.iter().all(|&value| self.flaw(value.into()).is_none())
    }

    /// What is wrong with a number as the value of a feature, if anything.
    pub(crate) fn flaw(&self, value: f64) -> Option<Flaw> {
        if self.words.numbers().contains(&value) {
            return (!self.missing.tolerates()).then(|| Flaw::Missing(value.to_string()));
        }
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

    /// No number at all.
    pub(crate) const NOTHING: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    /// Also false for NaN.
    pub(crate) fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// What is wrong with a value outside the range.
    fn flaw(self, value: f64) -> Flaw {
        if value.is_finite() { Flaw::Outside { value, low: self.low, high: self.high } } else { Flaw::NotFinite(value.to_string()) }
    }
}
