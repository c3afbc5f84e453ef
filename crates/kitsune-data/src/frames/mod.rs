//! What formats that come as Polars frames share: how columns are stored, and how frames become rows.

mod blocks;
mod convert;
pub(crate) mod schema;

use std::io::ErrorKind;
use std::path::Path;

use polars::prelude::PolarsError;

pub(crate) use self::convert::Converter;
use crate::{Error, Format};

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
