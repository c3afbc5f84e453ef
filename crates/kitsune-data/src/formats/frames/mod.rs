//! What formats that come as Polars frames share: how columns are stored, and how frames become rows.

mod blocks;
pub(crate) mod convert;
pub(crate) mod schema;

use std::io::ErrorKind;
use std::path::Path;

use polars::prelude::{ArrowField, Column, DataFrame, PolarsError, PolarsResult, Series};
use polars_arrow::array::new_empty_array;

use crate::error::Error;
use crate::format::Format;

/// Columns of these types, without a row, as they come from a file.
pub(crate) fn no_rows<'a>(fields: impl Iterator<Item = &'a ArrowField>) -> PolarsResult<DataFrame> {
    let column = |field: &ArrowField| Series::try_from((field, vec![new_empty_array(field.dtype().clone())])).map(Column::from);
    DataFrame::new(0, fields.map(column).collect::<PolarsResult<_>>()?)
}

/// The error about a file that Polars cannot make sense of.
pub(crate) fn damaged(path: &Path, format: Format) -> impl Fn(PolarsError) -> Error + '_ {
    move |error| match error {
        // A read that fails is the operating system's word, or the network's; bytes that make no sense are not.
        PolarsError::IO { error, .. } if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => {
            Error::Read { path: path.into(), source: std::io::Error::new(error.kind(), error) }
        }
        error => Error::Damaged { file: path.into(), format, message: error.to_string() },
    }
}
