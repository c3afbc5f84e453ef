//! What can be wrong with columns, features and labels.

use std::path::PathBuf;

use crate::fault::{Files, quoted};

/// Why the columns of the files do not fit each other, or not what was asked of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
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
}
