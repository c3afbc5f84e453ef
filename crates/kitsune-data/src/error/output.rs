//! What can be wrong with results and with the outputs that they are written to.

use std::io;
use std::path::PathBuf;

use crate::format::Format;

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The files of parts cannot be named or cut like this.
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

    /// A stream such as standard output took no more.
    #[error("cannot write to the stream")]
    WriteStream {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The format is one of files that are read from their end.
    #[error("{format} cannot be streamed: give a file, or choose another format")]
    NoStream {
        /// The format.
        format: Format,
    },

    /// A result that is no number was to be written.
    #[error("row {row}, column {name}: the result is {value}, but only finite numbers can be written")]
    NotFinite {
        /// The name of the column of results.
        name: String,
        /// The row it belongs to, from 1.
        row: u64,
        /// The value.
        value: f64,
    },

    /// There are more or fewer results than rows.
    #[error("column {name} has {found} values instead of {expected}")]
    ValueCount {
        /// The name of the column.
        name: String,
        /// The values that were given.
        found: usize,
        /// The values that the rows need.
        expected: usize,
    },

    /// Two columns that are to be written have one name.
    #[error("there are two columns {name}: of the columns that are carried over, leave out or rename this one")]
    NameTaken {
        /// The name.
        name: String,
    },

    /// Records have columns other than those before them.
    #[error("row {row}: there is {found} where the rows before have {expected}: all rows must have the same columns")]
    UnlikeRecords {
        /// The first row of these records, from 1.
        row: u64,
        /// The name and type of the first column that differs.
        found: String,
        /// Its name and type in the first records.
        expected: String,
    },

    /// A column holds what a line of cells has no place for.
    #[error("CSV has no cells for column {column}: {reason}; leave it out, or choose another format")]
    NoCells {
        /// The name of the column.
        column: String,
        /// What it holds.
        reason: String,
    },

    /// A format cannot hold some columns.
    #[error("these columns cannot be written as {format}: {message}")]
    Unwritable {
        /// The format.
        format: Format,
        /// What its writer said.
        message: String,
    },
}
