//! Errors about results and the outputs that they are written to.

use std::io;
use std::path::PathBuf;

use crate::fault::shown;
use crate::format::Format;

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The caller did not want to wait any longer until another sink has replaced the parts in a folder.
    #[error("another run writes to {}, and it was not waited for", folder.display())]
    Stopped {
        /// The folder.
        folder: PathBuf,
    },

    /// Parts cannot have this name or this number.
    #[error("cannot write parts: {reason}")]
    Parts {
        /// What is wrong with the request.
        reason: String,
    },

    /// The path of a file leads to a folder.
    #[error("{} is a folder: give the path of a file", path.display())]
    IsAFolder {
        /// The path as it was given.
        path: PathBuf,
    },

    /// A stream such as standard output accepts no more bytes.
    #[error("cannot write to the stream: {source}")]
    WriteStream {
        /// The answer of the operating system.
        #[source]
        source: io::Error,
    },

    /// The format cannot be streamed, because its files are read from their end.
    #[error("{} cannot be streamed: give a file, or choose another format", format.title())]
    NoStream {
        /// The format.
        format: Format,
    },

    /// The format is only read.
    #[error("{}s are not written: give a file of another format", format.title())]
    OnlyRead {
        /// The format.
        format: Format,
    },

    /// A file of the format cannot grow, because it is complete only with its end.
    #[error("a file of {} cannot grow row by row: give a file of NDJSON or CSV", format.title())]
    NotGrowing {
        /// The format.
        format: Format,
    },

    /// A file that is to be continued has fewer bytes than were written to it.
    #[error("{} has {found} bytes, but {expected} were written to it: give another file to continue with", path.display())]
    TooShort {
        /// The path as it was given.
        path: PathBuf,
        /// The number of bytes that it has.
        found: u64,
        /// The number of bytes that it had.
        expected: u64,
    },

    /// A result is not a finite number.
    #[error("row {row}, column {}: the result is {value}, but only finite numbers can be written", shown(name))]
    NotFinite {
        /// The name of the column of results.
        name: String,
        /// The row of the result, from 1.
        row: u64,
        /// The value.
        value: f64,
    },

    /// The number of results differs from the number of rows.
    #[error("column {} has {found} values instead of {expected}", shown(name))]
    ValueCount {
        /// The name of the column.
        name: String,
        /// The number of results.
        found: usize,
        /// The number of values that the rows need.
        expected: usize,
    },

    /// Two columns of the output have the same name.
    #[error("there are two columns {}: of the columns that are carried over, leave out or rename this one", shown(name))]
    NameTaken {
        /// The name.
        name: String,
    },

    /// Records have other columns than the records before them.
    #[error("row {row}: there is {found} where the rows before have {expected}: all rows must have the same columns")]
    UnlikeRecords {
        /// The first row of the records that differ, from 1.
        row: u64,
        /// The name and type of the first column that differs.
        found: String,
        /// Its name and type in the first records.
        expected: String,
    },

    /// A column holds values that CSV cells cannot hold.
    #[error("CSV has no cells for column {}: {reason}; leave it out, or choose another format", shown(column))]
    NoCells {
        /// The name of the column.
        column: String,
        /// What the column holds.
        reason: String,
    },

    /// A format cannot hold some columns.
    #[error("these columns cannot be written as {}: {message}", format.title())]
    Unwritable {
        /// The format.
        format: Format,
        /// The message of the writer.
        message: String,
    },
}
