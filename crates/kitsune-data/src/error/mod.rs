//! The error of the crate, which wraps those of its parts.

mod location;
mod output;
mod schema;
mod text;

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

pub use self::location::LocationError;
pub use self::output::OutputError;
pub use self::schema::SchemaError;
pub use self::text::TextError;
use crate::fault::{Flaw, Position};
use crate::format::Format;

/// Whatever can go wrong between a path and a batch, or between results and their files.
///
/// Each message says what was wrong, what was found, and what to do about it; what the operating system said is its
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No files were found for what was named.
    #[error(transparent)]
    Location(#[from] LocationError),

    /// The text of a CSV or NDJSON file is not made of rows.
    #[error(transparent)]
    Text(#[from] TextError),

    /// Columns do not fit each other, or not what was asked of them.
    #[error(transparent)]
    Schema(#[from] SchemaError),

    /// Results cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),

    /// The operating system refused to read something.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The operating system refused to write something.
    #[error("cannot write to {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The bytes of a file are not what its format asks for.
    #[error("{} is damaged, or no {format} file: {message}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The format it was read as.
        format: Format,
        /// What the reader said.
        message: String,
    },

    /// A value cannot be used.
    #[error("{position}: {flaw}")]
    Value {
        /// Where it is.
        position: Position,
        /// What is wrong with it.
        flaw: Flaw,
    },

    /// The operating system refused a thread.
    #[error("cannot start a thread to read files")]
    Thread {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.into(), source }
    }

    pub(crate) fn thread(source: io::Error) -> Self {
        Self::Thread { source }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write { path: path.into(), source }
    }

    pub(crate) fn unwritable<E: Display>(format: Format) -> impl FnOnce(E) -> Self {
        move |error| OutputError::Unwritable { format, message: error.to_string() }.into()
    }
}
