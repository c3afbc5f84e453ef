//! The error of the crate, which wraps the errors of its modules.

mod changed;
mod location;
mod output;
mod schema;
mod text;

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use self::changed::FileChanged;
pub use self::location::LocationError;
pub use self::output::OutputError;
pub use self::schema::SchemaError;
pub use self::text::TextError;
use crate::fault::{Flaw, Position};
use crate::format::Format;

/// Any error between a location and a batch, or between results and their files.
///
/// Each message says what is wrong, what was found, and what to do about it. The answer of the operating system is part of the message, and
/// the [`source`](std::error::Error::source) as well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The locations give no files to read.
    #[error(transparent)]
    Location(#[from] LocationError),

    /// The text of a CSV or NDJSON file cannot be divided into rows.
    #[error(transparent)]
    Text(#[from] TextError),

    /// The columns of the files do not fit each other or the request.
    #[error(transparent)]
    Schema(#[from] SchemaError),

    /// Results cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),

    /// The operating system refused to read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        #[source]
        source: io::Error,
    },

    /// The operating system refused to write.
    #[error("cannot write to {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        #[source]
        source: io::Error,
    },

    /// A file was changed or replaced while it was read, or between two passes over it.
    #[error("{} was changed while it was read: start again when nothing writes to it any more", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
    },

    /// The bytes of a file do not have the format that it was read as.
    #[error("{} is damaged, or no {} file: {message}", file.display(), format.title())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The format it was read as.
        format: Format,
        /// The message of the reader.
        message: String,
    },

    /// Rows in memory cannot be read.
    #[error("{} cannot be read: {source}", rows.display())]
    InMemory {
        /// The rows.
        rows: PathBuf,
        /// What whoever produces them says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A value cannot be used.
    #[error("{position}: {flaw}")]
    Value {
        /// The position of the value.
        position: Position,
        /// What is wrong with the value.
        flaw: Flaw,
    },

    /// A feature of this crate is needed that was not built in.
    #[error("{what}: kitsune-data was built without its feature `{feature}`")]
    NotBuiltIn {
        /// What cannot be done.
        what: String,
        /// The name of the feature.
        feature: &'static str,
    },

    /// The operating system refused a thread.
    #[error("cannot start a thread to read files: {source}")]
    Thread {
        /// The answer of the operating system.
        #[source]
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| match source {
            source if FileChanged::is_in(&source) => Self::Changed { file: path.into() },
            source => Self::Read { path: path.into(), source },
        }
    }

    #[cfg(feature = "ipc")]
    pub(crate) fn in_memory(rows: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::InMemory { rows: rows.into(), source: source.into() }
    }

    /// The error about a format that needs a feature.
    #[cfg(not(all(feature = "parquet", feature = "json", feature = "ipc", feature = "packets")))]
    pub(crate) fn format_not_built_in(format: Format) -> Self {
        let feature = match format {
            Format::JsonLines => "json",
            Format::Capture => "packets",
            other => other.name(),
        };
        Self::NotBuiltIn { what: format!("{} can be neither read nor written", format.title()), feature }
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_message_has_the_text_of_its_cause() {
        let cause = || io::Error::other("the disk is on fire");
        let path = Path::new("rows.csv");
        let wrapping = [
            Error::read(path)(cause()),
            Error::write(path)(cause()),
            Error::thread(cause()),
            OutputError::WriteStream { source: cause() }.into(),
        ];
        for error in wrapping {
            let source = error.source().expect("a cause").to_string();
            assert!(error.to_string().ends_with(&format!(": {source}")), "{error}");
        }
    }
}
