use std::io;
use std::path::{Path, PathBuf};

use crate::place::quoted;
use crate::{Flaw, Format, Place};

/// Whatever can go wrong between a path and a batch, or between scores and their files.
///
/// Each message says what was wrong, what was found, and what to do about it; what the operating system said is its
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path leads nowhere.
    #[error("there is no file or folder {}", path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The path is a device, a socket or a pipe, which cannot be read twice.
    #[error("{} is neither a file nor a folder", path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The folder holds no file at all.
    #[error("the folder {} holds no files", path.display())]
    EmptyFolder {
        /// The folder that was searched.
        path: PathBuf,
    },

    /// The folder holds files, but none that can be read.
    #[error("the folder {} holds no {wanted} file, only {found}", path.display())]
    NoSuchFiles {
        /// The folder that was searched.
        path: PathBuf,
        /// The extensions that were looked for.
        wanted: String,
        /// What is there instead.
        found: String,
    },

    /// The folder holds files of several formats, and none was given.
    #[error("the folder {} holds {csv} .csv and {parquet} .parquet files: give the format of those to read", path.display())]
    MixedFormats {
        /// The folder that was searched.
        path: PathBuf,
        /// How many CSV files there are.
        csv: usize,
        /// How many Parquet files there are.
        parquet: usize,
    },

    /// The extension of a single file says nothing, and no format was given.
    #[error("the extension of {} does not tell its format: give the format", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },

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
    #[error("{} is damaged or not a {format} file: {message}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The format it was read as.
        format: Format,
        /// What the reader said.
        message: String,
    },

    /// A CSV file starts with something that is no UTF-8 text.
    #[error("the first row of {} is not UTF-8 text: save the file as UTF-8, uncompressed", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },

    /// The first row of a CSV file is neither a header nor data for certain.
    #[error(
        "the first row of {} may be a header or data (its cell {column} is {}): say whether there is a header",
        file.display(), quoted(cell)
    )]
    UnclearHeader {
        /// The file.
        file: PathBuf,
        /// The number of the cell, from 1.
        column: usize,
        /// Its text.
        cell: String,
    },

    /// The first row of a CSV file is separated by something other than commas.
    #[error("the cells of {} seem to be separated by {separator}: they must be separated by commas", file.display())]
    Separator {
        /// The file.
        file: PathBuf,
        /// What seems to separate them.
        separator: &'static str,
    },

    /// Two CSV files have unlike headers.
    #[error(
        "column {column} is {} in {} but {} in {}: all files must have the same header",
        quoted(found), file.display(), quoted(expected), first.display()
    )]
    UnlikeHeaders {
        /// The file that differs.
        file: PathBuf,
        /// The file that all are compared with.
        first: PathBuf,
        /// The number of the first column that differs, from 1.
        column: usize,
        /// Its name in `file`.
        found: String,
        /// Its name in `first`.
        expected: String,
    },

    /// Two files have unlike numbers of columns.
    #[error("{} has {found} columns but {} has {expected}: all files must have the same columns", file.display(), first.display())]
    UnlikeWidths {
        /// The file that differs.
        file: PathBuf,
        /// The file that all are compared with.
        first: PathBuf,
        /// The columns of `file`.
        found: usize,
        /// The columns of `first`.
        expected: usize,
    },

    /// Two Parquet files have columns of unlike name or type.
    #[error(
        "column {column} of {} is {found} but that of {} is {expected}: all files must have the same columns",
        file.display(), first.display()
    )]
    UnlikeColumns {
        /// The file that differs.
        file: PathBuf,
        /// The file that all are compared with.
        first: PathBuf,
        /// The number of the first column that differs, from 1.
        column: usize,
        /// Its name and type in `file`.
        found: String,
        /// Its name and type in `first`.
        expected: String,
    },

    /// A line of a CSV file is too short or too long.
    #[error("{}, line {line}: the row has {found} cells instead of {expected}", file.display())]
    RowWidth {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The cells that are there.
        found: usize,
        /// The cells that the first row of the source has.
        expected: usize,
    },

    /// There is a blank line between rows.
    #[error("{}, line {line}: the line is blank, but rows follow it: remove it", file.display())]
    BlankLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
    },

    /// A quoted cell never ends.
    #[error("{}: a quote in the row of line {line} is never closed", file.display())]
    OpenQuote {
        /// The file.
        file: PathBuf,
        /// The line on which the row begins, from 1.
        line: u64,
    },

    /// A row is too long to be one.
    #[error("{}, line {line}: the row is longer than {limit} bytes; perhaps a quote in it is never closed", file.display())]
    LongRow {
        /// The file.
        file: PathBuf,
        /// The line on which the row begins, from 1.
        line: u64,
        /// The longest row that is read.
        limit: usize,
    },

    /// A value cannot be used.
    #[error("{place}: {flaw}")]
    Value {
        /// Where it is.
        place: Place,
        /// What is wrong with it.
        flaw: Flaw,
    },

    /// There is no such column.
    #[error("there is no column {}: the columns are {columns}", names.join(", "))]
    NoSuchColumn {
        /// The names that were asked for in vain.
        names: Vec<String>,
        /// The names that there are (the first of them).
        columns: String,
    },

    /// Columns were asked for by name, but the files hold no names.
    #[error("the files have no header: columns cannot be picked by name")]
    NoNames,

    /// Several features have the same name.
    #[error("several columns have the same name: {}", names.join(", "))]
    DuplicateNames {
        /// Those names.
        names: Vec<String>,
    },

    /// Features are of a type that is not a number.
    #[error("these columns are not numbers and must be left out: {columns}")]
    NotNumbers {
        /// Their names and types.
        columns: String,
    },

    /// Labels are of a type that is not a number.
    #[error("the label column {name} is {kind}: labels must be numbers or booleans, 0 for normal rows")]
    LabelKind {
        /// The name of the column.
        name: String,
        /// Its type.
        kind: String,
    },

    /// Only the normal rows were asked for, but no label column was named.
    #[error("normal rows can be told apart only by a label column: name one")]
    NoLabel,

    /// The label is the only column.
    #[error("no feature is left: the files have no column besides those left out")]
    NoFeatures,

    /// The operating system refused a thread.
    #[error("cannot start a thread to read files")]
    Thread {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The files of parts cannot be named or cut like this.
    #[error("cannot write parts: {reason}")]
    Parts {
        /// What is wrong with the request.
        reason: String,
    },

    /// A value that JSON cannot hold was pushed.
    #[error("value {row} is {value}: only finite numbers can be written")]
    NotFinite {
        /// The row it belongs to, from 1.
        row: u64,
        /// The value.
        value: f32,
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
}
