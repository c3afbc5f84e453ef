//! Why a line is not a row, and the error that reports it.

use std::path::Path;

use crate::error::{Error, TextError};
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::columns::element_name;
use crate::formats::frames::schema::{Layout, Stored};

/// Why a line is not a row.
pub(super) enum RowFault {
    Json(serde_json::Error),
    Value(BadValue),
    /// The name of a field that the first rows do not have.
    Unknown(String),
}

/// A value that cannot be used: its field, the element of its list, and what is wrong.
pub(super) struct BadValue {
    pub(super) field: usize,
    pub(super) element: Option<usize>,
    pub(super) flaw: Flaw,
}

impl RowFault {
    /// The error with the position of the fault. `stored` holds the fields of the file.
    pub(super) fn into_error(self, file: &Path, line: u64, stored: &[Stored]) -> Error {
        match self {
            Self::Json(error) => not_json(&error, file, line),
            Self::Unknown(name) => TextError::UnknownField { file: file.into(), line, name }.into(),
            Self::Value(BadValue { field, element, flaw }) => {
                let stored = &stored[field];
                let name = match element {
                    Some(element) if stored.layout == Layout::List => element_name(&stored.name, element),
                    _ => stored.name.clone(),
                };
                let position = Position { file: file.into(), row: RowPosition::Line(line), column: field + 1, name: Some(name) };
                Error::Value { position, flaw }
            }
        }
    }
}

/// The error about a line that is not a JSON object.
pub(super) fn not_json(error: &serde_json::Error, file: &Path, line: u64) -> Error {
    // Without the line, which is always the first one for the parser.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let reason = format!("{reason} (character {})", error.column());
    TextError::NotJson { file: file.into(), line, reason }.into()
}
