//! What can be wrong with the text of CSV and NDJSON files.

use std::path::PathBuf;

use crate::fault::quoted;

/// Why the text of a CSV or NDJSON file cannot be divided into rows and columns.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
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
}
