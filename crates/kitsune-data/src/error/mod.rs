use std::io;
use std::path::{Path, PathBuf};

use crate::fault::{Files, Flaw, Position, quoted};
use crate::format::Format;

/// Whatever can go wrong between a path and a batch, or between results and their files.
///
/// Each message says what was wrong, what was found, and what to do about it; what the operating system said is its
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No location was given.
    #[error("no file or folder was named")]
    NothingNamed,

    /// What was named cannot be understood.
    #[error("{text} cannot be read: {reason}")]
    Location {
        /// What was named.
        text: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The path leads nowhere.
    #[error("there is no file or folder {}", path.display())]
    Missing {
        /// The path or URL as it was given.
        path: PathBuf,
    },

    /// Nothing matches a pattern.
    #[error("no file or folder matches {}", pattern.display())]
    NoMatch {
        /// The pattern as it was given.
        pattern: PathBuf,
    },

    /// The path is a device, a socket or a pipe, which cannot be read twice.
    #[error("{} is neither a file nor a folder: a stream can be read as standard input only", path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
    },

    /// Standard input was to be read again.
    #[error("standard input can be read once only: spool it, or write it to a file first")]
    ReadOnce,

    /// The folder holds no file at all.
    #[error("the folder {} holds no files: give one with CSV, Parquet, NDJSON or Arrow files", path.display())]
    EmptyFolder {
        /// The folder that was searched.
        path: PathBuf,
    },

    /// There are files, but none that can be read.
    #[error("there is no {wanted} file in {}, only {found}", path.display())]
    NoSuchFiles {
        /// The folder or the pattern that was searched.
        path: PathBuf,
        /// The extensions that were looked for.
        wanted: String,
        /// What is there instead.
        found: String,
    },

    /// There are files of several formats, and none was given.
    #[error("{locations} holds {found} files: give the format of those to read")]
    MixedFormats {
        /// Where these are.
        locations: String,
        /// How many there are of each.
        found: String,
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
    #[error("{} is damaged, or no {format} file: {message}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The format it was read as.
        format: Format,
        /// What the reader said.
        message: String,
    },

    /// A CSV file starts with something that is no UTF-8 text.
    #[error("the first row of {} is not UTF-8 text: save the file as UTF-8, plain or as .gz or .zst", file.display())]
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

    /// The first row of a CSV file is separated by something other than the delimiter.
    #[error("the cells of {} seem to be separated by {found:?} instead of {expected:?}: give the delimiter", file.display())]
    Delimiter {
        /// The file.
        file: PathBuf,
        /// The delimiter that was looked for.
        expected: char,
        /// What seems to separate them.
        found: char,
    },

    /// A delimiter or a mark of comments that could be part of a number or a quote.
    #[error(
        "{found:?} cannot be the {what} of CSV files: take an ASCII character that is no letter, digit, quote, sign, point or line end"
    )]
    Dialect {
        /// The delimiter, or the mark of comments.
        what: &'static str,
        /// The character.
        found: char,
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
    #[error(
        "{}, line {line}: the row has {found} {} instead of {expected}: complete or remove it, or give the delimiter if it is another",
        file.display(), if *found == 1 { "cell" } else { "cells" }
    )]
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
    #[error("{}, line {line}: the row is longer than {limit} bytes: is a quote in it never closed, or is this another format?", file.display())]
    LongRow {
        /// The file.
        file: PathBuf,
        /// The line on which the row begins, from 1.
        line: u64,
        /// The longest row that is read.
        limit: usize,
    },

    /// A line of an NDJSON file is no JSON object.
    #[error("{}, line {line}: no JSON object: {reason}: each line must be one, such as {{\"a\": 1, \"b\": 0.5}}", file.display())]
    NotJson {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What the parser said.
        reason: String,
    },

    /// A row of an NDJSON file has a field that the first ones do not have.
    #[error("{}, line {line}: the first rows have no field {name}: pick the columns to read, and such fields are ignored", file.display())]
    UnknownField {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The name of the field.
        name: String,
    },

    /// A value cannot be used.
    #[error("{position}: {flaw}")]
    Value {
        /// Where it is.
        position: Position,
        /// What is wrong with it.
        flaw: Flaw,
    },

    /// There is no such column.
    #[error("there is no column {} in {files}: the columns are {columns}", names.join(", "))]
    NoSuchColumn {
        /// Where these were looked for.
        files: Files,
        /// The names that were asked for in vain.
        names: Vec<String>,
        /// The names that there are (the first of them).
        columns: String,
    },

    /// Columns were asked for by name, but the files hold no names.
    #[error("there is no header in {files}: columns cannot be picked by name")]
    NoNames {
        /// The files.
        files: Files,
    },

    /// Several features have the same name.
    #[error("several columns of {files} have the same name: {}: rename all but one of each", names.join(", "))]
    DuplicateNames {
        /// The files.
        files: Files,
        /// Those names.
        names: Vec<String>,
    },

    /// Features are of a type that is not a number.
    #[error("these columns of {files} are not numbers and must be left out: {columns}")]
    NotNumbers {
        /// The files.
        files: Files,
        /// Their names and types.
        columns: String,
        /// Their names.
        names: Vec<String>,
    },

    /// A pattern of column names cannot be understood.
    #[error("{pattern} is no pattern of column names: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },

    /// Missing values cannot be filled like this.
    #[error("missing values need a finite number for each of {expected} features, but {found} were given, or some are not finite")]
    Fill {
        /// How many numbers were given.
        found: usize,
        /// How many features there are.
        expected: usize,
    },

    /// Columns without a single value have no mean.
    #[error("these columns of {files} hold no value at all and must be left out: {}", names.join(", "))]
    NoValues {
        /// The files.
        files: Files,
        /// Their names.
        names: Vec<String>,
    },

    /// Labels are of a type that is not a number.
    #[error("the label column {name} of {files} is {kind}: labels must be numbers or booleans, 0 for normal rows")]
    LabelKind {
        /// The files.
        files: Files,
        /// The name of the column.
        name: String,
        /// Its type.
        kind: String,
    },

    /// Only the normal rows were asked for, but no label column was named.
    #[error("normal rows can be told apart only by a label column: name one")]
    NoLabel,

    /// The label is the only column, or all were left out.
    #[error("no feature is left of {files}: all columns are left out")]
    NoFeatures {
        /// The files.
        files: Files,
    },

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
