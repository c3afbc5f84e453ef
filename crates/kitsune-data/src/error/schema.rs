//! Errors about columns, features and labels.

use std::path::PathBuf;

use crate::fault::{Files, listed, quoted, shown};
use crate::labels::UnclearLabels;

/// Why the columns of the files do not fit each other or the request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Two CSV files have different headers.
    #[error(
        "column {column} is {} in {} but {} in {}: all files must have the same header",
        quoted(found), file.display(), quoted(expected), first.display()
    )]
    UnlikeHeaders {
        /// The file that differs.
        file: PathBuf,
        /// The file that all others are compared with.
        first: PathBuf,
        /// The number of the first column that differs, from 0.
        column: usize,
        /// Its name in `file`.
        found: String,
        /// Its name in `first`.
        expected: String,
    },

    /// Two files have different numbers of columns.
    #[error("{} has {found} columns but {} has {expected}: all files must have the same columns", file.display(), first.display())]
    UnlikeWidths {
        /// The file that differs.
        file: PathBuf,
        /// The file that all others are compared with.
        first: PathBuf,
        /// The number of columns of `file`.
        found: usize,
        /// The number of columns of `first`.
        expected: usize,
    },

    /// Two files have columns of different names or types.
    #[error(
        "column {column} of {} is {} but that of {} is {}: all files must have the same columns",
        file.display(), shown(found), first.display(), shown(expected)
    )]
    UnlikeColumns {
        /// The file that differs.
        file: PathBuf,
        /// The file that all others are compared with.
        first: PathBuf,
        /// The number of the first column that differs, from 0.
        column: usize,
        /// Its name and type in `file`.
        found: String,
        /// Its name and type in `first`.
        expected: String,
    },

    /// Some files are logs of Zeek, and others are plain CSV.
    #[error("{} is a log of Zeek but {} is not: read them apart", log.display(), csv.display())]
    ZeekAndCsv {
        /// A log of Zeek.
        log: PathBuf,
        /// A file that is none.
        csv: PathBuf,
    },

    /// Two logs of Zeek have the same columns, but are written in different ways.
    #[error("{} and {} cannot be read together: {reason}", file.display(), first.display())]
    UnlikeLogs {
        /// The file that differs.
        file: PathBuf,
        /// The file that all others are compared with.
        first: PathBuf,
        /// What differs.
        reason: String,
    },

    /// There is no such column.
    #[error("there is no column {} in {files}: the columns are {columns}", listed(names))]
    NoSuchColumn {
        /// The files that were searched.
        files: Files,
        /// The names that were not found.
        names: Vec<String>,
        /// The names of the first columns of the files.
        columns: String,
    },

    /// Columns were requested by name, but the files have no names.
    #[error("there is no header in {files}: columns cannot be picked by name")]
    NoNames {
        /// The files.
        files: Files,
    },

    /// Several features have the same name: a column has that of an element of a list, or of a field inside a JSON object.
    #[error("several columns of {files} have the same name: {}: rename all but one of each", listed(names))]
    DuplicateNames {
        /// The files.
        files: Files,
        /// The names that occur more than once.
        names: Vec<String>,
    },

    /// Some features are not numbers.
    #[error("these columns of {files} are not numbers and must be left out: {columns}")]
    NotNumbers {
        /// The files.
        files: Files,
        /// The names and types of these features.
        columns: String,
        /// The names of these features.
        names: Vec<String>,
    },

    /// Columns that are passed through cannot be read.
    #[error("these columns of {files} cannot be read, and cannot be kept: {columns}")]
    Unreadable {
        /// The files.
        files: Files,
        /// The names and types of these columns.
        columns: String,
    },

    /// A pattern of column names is invalid.
    #[error("{pattern} is no pattern of column names: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with the pattern.
        reason: String,
    },

    /// The numbers to fill missing values with are too few, too many, or not finite.
    #[error("missing values need a finite number for each of {expected} features, but {found} were given, or some are not finite")]
    Fill {
        /// The number of numbers that were given.
        found: usize,
        /// The number of features.
        expected: usize,
    },

    /// Some columns have no value at all, and so no mean.
    #[error("these columns of {files} hold no value at all and must be left out: {}", listed(names))]
    NoValues {
        /// The files.
        files: Files,
        /// The names of these columns.
        names: Vec<String>,
    },

    /// The labels do not say which rows are normal.
    #[error("the column {} of {files}: {unclear}", shown(column))]
    Labels {
        /// The files.
        files: Files,
        /// The name of the column of labels.
        column: String,
        /// What is unclear, with the labels that occur.
        #[source]
        unclear: UnclearLabels,
    },

    /// A file of labels has several columns.
    #[error("{} has {found} columns: labels are one on each line, or one column", path.display())]
    LabelColumns {
        /// The file of labels.
        path: PathBuf,
        /// The number of its columns.
        found: usize,
    },

    /// A file of labels does not have one label for each row.
    #[error("{} has {labels} labels, but {files} has {rows} rows: there must be one label for each row", path.display())]
    LabelCount {
        /// The file of labels.
        path: PathBuf,
        /// The number of labels.
        labels: u64,
        /// The files of the rows.
        files: Files,
        /// The number of rows.
        rows: u64,
    },

    /// Labels in a file of their own and conditions were requested together.
    #[error("a file of labels has one for each row, so conditions cannot leave out rows: put the labels into a column of the rows")]
    LabelsAndConditions,

    /// The column of labels has too many different values to be one.
    #[error("the column of labels has more than {limit} different values: name a column that has few, such as the kind of attack")]
    ManyLabels {
        /// The largest number of different labels.
        limit: usize,
    },

    /// Normal rows were requested, but no label column was named.
    #[error("normal rows can be told apart only by a label column: name one")]
    NoLabel,

    /// Packets have other numbers of statistics than this.
    #[error("a packet has 100 or 115 statistics, not {found}")]
    Statistics {
        /// The number that was asked for.
        found: usize,
    },

    /// No feature is left: the label is the only column, or all columns were left out.
    #[error("no feature is left of {files}: all columns are left out")]
    NoFeatures {
        /// The files.
        files: Files,
    },
}
