//! Why a text is not a row, and the error that reports it.

use std::path::Path;

use super::fields::Fields;
use crate::error::{Error, TextError};
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::columns::element_name;
use crate::formats::frames::schema::Layout;

/// A text that is not a row.
pub(super) struct BadRow {
    pub(super) fault: RowFault,
    /// The line of the row that is at fault, from 0.
    pub(super) line: u64,
}

/// Why a text is not a row.
pub(super) enum RowFault {
    Json(serde_json::Error),
    Value(BadValue),
    /// The name of a field that the first rows do not have.
    Unknown(String),
    /// The name of an object, and what the row has instead.
    NoObject(String, String),
}

/// A value that cannot be used: its field, the element of its list, and what is wrong.
pub(super) struct BadValue {
    pub(super) field: usize,
    pub(super) element: Option<usize>,
    pub(super) flaw: Flaw,
}

impl RowFault {
    /// The error with the position of the fault.
    pub(super) fn into_error(self, file: &Path, row: RowPosition, fields: &Fields) -> Error {
        match self {
            Self::Json(error) => not_json(&error, file, row),
            Self::Unknown(name) => TextError::UnknownField { file: file.into(), row, name }.into(),
            Self::NoObject(name, found) => TextError::NoObject { file: file.into(), row, name, found }.into(),
            Self::Value(BadValue { field, element, flaw }) => {
                let stored = &fields.stored()[field];
                let name = match element {
                    Some(element) if stored.layout == Layout::List => element_name(&stored.name, element),
                    _ => stored.name.clone(),
                };
                let position = Position { file: file.into(), row, column: field, name: Some(name) };
                Error::Value { position, flaw }
            }
        }
    }
}

/// The error about a row that is not a JSON object.
pub(super) fn not_json(error: &serde_json::Error, file: &Path, row: RowPosition) -> Error {
    // Without the line, which the parser counts from the start of the row.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let reason = format!("{reason} (character {})", error.column());
    TextError::NotJson { file: file.into(), row, reason }.into()
}
