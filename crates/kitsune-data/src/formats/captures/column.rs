//! The columns of a capture: the statistics of each packet, and what its headers say.

use polars::prelude::DataType;

use super::field::{FIELDS, Field};
use super::line::Line;
use crate::fault::Files;
use crate::formats::columns::{Columns, Kind};
use crate::formats::distinct_names::DistinctNames;

/// A column of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The statistic of this number.
    Statistic(usize),
    Field(Field),
}

/// All columns, given the names of the statistics.
pub(super) fn columns(files: Files, statistics: Vec<String>) -> Columns {
    let width = statistics.len();
    let kinds = (0..width).map(|_| Kind::Number { exact_in_f32: false }).chain(FIELDS.iter().map(|(field, _)| field.kind())).collect();
    let names = statistics.into_iter().chain(FIELDS.iter().map(|&(_, name)| name.to_owned())).collect();
    let mut columns = Columns::plain(files, Some(DistinctNames::of(names)), kinds);
    columns.aside = (width..width + FIELDS.len()).collect();
    columns
}

impl Column {
    /// The column of this number, given the number of statistics.
    pub(super) fn of(column: usize, statistics: usize) -> Self {
        match column.checked_sub(statistics).and_then(|field| FIELDS.get(field)) {
            Some(&(field, _)) => Self::Field(field),
            None => Self::Statistic(column),
        }
    }

    /// The type in which the column is passed through.
    pub(super) fn kept_type(self) -> DataType {
        match self {
            Self::Statistic(_) => DataType::Float64,
            Self::Field(Field::Packet) => DataType::UInt64,
            Self::Field(Field::Length) => DataType::UInt32,
            Self::Field(Field::SourcePort | Field::DestinationPort) => DataType::UInt16,
            Self::Field(_) => DataType::String,
        }
    }

    /// The value of a packet as a number, given its statistics; `None` if it is missing, or no number.
    pub(super) fn number(self, line: &Line, statistics: Option<&[f64]>) -> Option<f64> {
        match self {
            Self::Statistic(column) => statistics?.get(column).copied(),
            Self::Field(field) => line.number(field),
        }
    }

    /// Puts the value of a packet into `text`; whether there is one.
    pub(super) fn put(self, line: &Line, statistics: Option<&[f64]>, text: &mut String) -> bool {
        match self {
            Self::Statistic(column) => match statistics.and_then(|statistics| statistics.get(column)) {
                Some(value) => {
                    text.push_str(&value.to_string());
                    true
                }
                None => false,
            },
            Self::Field(field) => line.put(field, text),
        }
    }
}
