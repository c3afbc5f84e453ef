//! Errors of Polars about files.

use std::io::ErrorKind;
use std::path::Path;

use polars::prelude::PolarsError;

use crate::error::{Error, FileChanged};
use crate::format::Format;

/// The error about a file that Polars cannot read.
pub(crate) fn damaged(path: &Path, format: Format) -> impl Fn(PolarsError) -> Error + '_ {
    move |error| match error {
        PolarsError::IO { error, .. } if FileChanged::is_in(&error) => Error::Changed { file: path.into() },
        // A failed read comes from the operating system or the network. Bytes without meaning are the fault of the file.
        PolarsError::IO { error, .. } if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => {
            Error::Read { path: path.into(), source: std::io::Error::new(error.kind(), error) }
        }
        error => Error::Damaged { file: path.into(), format, message: error.to_string() },
    }
}
