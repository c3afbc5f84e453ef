//! The shared part of the formats that Polars reads as frames: how columns are stored, and how frames become rows.

mod blocks;
pub(crate) mod convert;
pub(crate) mod list_lengths;
pub(crate) mod schema;

use std::io::ErrorKind;
use std::path::Path;

use polars::prelude::{ArrowField, Column, DataFrame, PolarsError, PolarsResult, Series};
use polars_arrow::array::new_empty_array;

use crate::error::Error;
use crate::format::Format;

/// Columns with the types of these fields and without rows.
pub(crate) fn no_rows<'a>(fields: impl Iterator<Item = &'a ArrowField>) -> PolarsResult<DataFrame> {
    let column = |field: &ArrowField| Series::try_from((field, vec![new_empty_array(field.dtype().clone())])).map(Column::from);
    DataFrame::new(0, fields.map(column).collect::<PolarsResult<_>>()?)
}

/// The error about a file that Polars cannot read.
pub(crate) fn damaged(path: &Path, format: Format) -> impl Fn(PolarsError) -> Error + '_ {
    move |error| match error {
        // A failed read comes from the operating system or the network. Bytes without meaning are the fault of the file.
        PolarsError::IO { error, .. } if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => {
            Error::Read { path: path.into(), source: std::io::Error::new(error.kind(), error) }
        }
        error => Error::Damaged { file: path.into(), format, message: error.to_string() },
    }
}
