//! What the first rows show of a field, and the column that follows from it.

use polars::prelude::DataType;

use super::cell::Cell;
use super::fields::Field;
use super::text_value::{TextReading, TextValue};
use crate::formats::frames::schema::{Layout, Stored};

/// The plain values of a field.
pub(super) struct Found {
    /// The layout and the number of features, by the first value that is neither missing nor a string.
    layout: Option<(Layout, usize)>,
    /// The type in which the values are passed through.
    pub(super) kind: DataType,
    /// The number of values that are numbers, in strings or not.
    numbers: usize,
    numbers_in_strings: usize,
    /// The number of strings that are no numbers.
    texts: usize,
    /// The number of these that are numbers to people, such as `45 %`.
    notations: usize,
}

impl Found {
    pub(super) fn new() -> Self {
        Self { layout: None, kind: DataType::Null, numbers: 0, numbers_in_strings: 0, texts: 0, notations: 0 }
    }

    /// Adds a value. `elements` is its length if it is a list.
    pub(super) fn add(&mut self, cell: &Cell, elements: usize, texts: &TextReading) {
        let (kind, layout) = match cell {
            Cell::Null => return,
            Cell::Bool(_) => (DataType::Boolean, Some((Layout::Number, 1))),
            Cell::Int(_) => (DataType::Int64, Some((Layout::Number, 1))),
            Cell::Number(_) => (DataType::Float64, Some((Layout::Number, 1))),
            Cell::Text(_) => (DataType::String, None),
            // A list without elements would give no features and hide the elements of later rows.
            Cell::List { .. } if elements == 0 => {
                (DataType::String, Some((Layout::Other("a list that is empty in the first row".into()), 1)))
            }
            Cell::List { .. } if self.layout.is_none() && self.kind == DataType::Null => {
                (DataType::List(Box::new(DataType::Float64)), Some((Layout::List, elements)))
            }
            Cell::List { .. } => (DataType::String, Some((Layout::List, elements))),
            Cell::Other(kind) => (DataType::String, Some((Layout::Other((*kind).into()), 1))),
        };
        match cell {
            Cell::Text(text) => match texts.read(text) {
                TextValue::Number(_) => (self.numbers, self.numbers_in_strings) = (self.numbers + 1, self.numbers_in_strings + 1),
                TextValue::Text => {
                    self.texts += 1;
                    self.notations += usize::from(texts.is_number_to_people(text));
                }
                TextValue::Missing => {}
            },
            cell => self.numbers += usize::from(cell.number().is_some()),
        }
        // A number, an object or a list before the first string decides whether a field is a feature; else the strings do.
        if self.layout.is_none() && self.numbers_in_strings + self.texts == 0 {
            self.layout = layout;
        }
        self.kind = match (&self.kind, kind) {
            (DataType::Null, kind) => kind,
            (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
            (known, kind) if *known == kind || matches!(known, DataType::List(_)) => known.clone(),
            _ => DataType::String,
        };
    }

    pub(super) fn into_field(self, name: &str) -> Field {
        // Among strings, numbers decide only if they are most of the values. A field of nothing but missing values may hold numbers, and the first
        // number in another notation is an error of the pass.
        let is_number = self.numbers > self.texts || self.texts == self.notations;
        let by_strings = || if is_number { Layout::Number } else { Layout::Other("text".into()) };
        let (layout, width) = self.layout.unwrap_or_else(|| (by_strings(), 1));
        let in_strings = layout == Layout::Number && self.numbers_in_strings > 0;
        Field { stored: Stored { name: name.into(), layout, width, exact_in_f32: false }, kept_type: self.kind, in_strings }
    }
}
