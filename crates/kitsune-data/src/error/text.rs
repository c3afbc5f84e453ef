//! Errors about the text of CSV and NDJSON files.

use std::path::PathBuf;

use crate::fault::quoted;

/// Why the text of a CSV or NDJSON file cannot be divided into rows and cells.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A CSV file begins with bytes that are not UTF-8 text.
    #[error("the first row of {} is not UTF-8 text: save the file as UTF-8, plain or as .gz or .zst", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },

    /// The first row of a CSV file may be a header or data.
    #[error(
        "the first row of {} may be a header or data (its cell {column} is {}): say whether there is a header",
        file.display(), quoted(cell)
    )]
    UnclearHeader {
        /// The file.
        file: PathBuf,
        /// The number of the cell that makes it unclear, from 1.
        column: usize,
        /// The text of the cell.
        cell: String,
    },

    /// The cells of the first row of a CSV file seem to be separated by another delimiter.
    #[error("the cells of {} seem to be separated by {found:?} instead of {expected:?}: give the delimiter", file.display())]
    Delimiter {
        /// The file.
        file: PathBuf,
        /// The delimiter that the file was read with.
        expected: char,
        /// The delimiter that the cells seem to have.
        found: char,
    },

    /// A character cannot be a delimiter or a comment mark, because it could be part of a number or a quote.
    #[error(
        "{found:?} cannot be the {what} of CSV files: take an ASCII character that is no letter, digit, quote, sign, point or line end"
    )]
    Dialect {
        /// The purpose of the character: delimiter or mark of comments.
        what: &'static str,
        /// The character.
        found: char,
    },

    /// A row of a CSV file has too few or too many cells.
    #[error(
        "{}, line {line}: the row has {found} {} instead of {expected}: complete or remove it, or give the delimiter if it is another",
        file.display(), if *found == 1 { "cell" } else { "cells" }
    )]
    RowWidth {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The number of cells of the row.
        found: usize,
        /// The number of cells of the first row of the source.
        expected: usize,
    },

    /// A blank line stands between rows.
    #[error("{}, line {line}: the line is blank, but rows follow it: remove it", file.display())]
    BlankLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
    },

    /// A quoted cell is never closed.
    #[error("{}: a quote in the row of line {line} is never closed", file.display())]
    OpenQuote {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins, from 1.
        line: u64,
    },

    /// A row is longer than any row that is read.
    #[error("{}, line {line}: the row is longer than {limit} bytes: is a quote in it never closed, or is this another format?", file.display())]
    LongRow {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins, from 1.
        line: u64,
        /// The length of the longest row that is read.
        limit: usize,
    },

    /// A line of an NDJSON file is not a JSON object.
    #[error("{}, line {line}: no JSON object: {reason}: each line must be one, such as {{\"a\": 1, \"b\": 0.5}}", file.display())]
    NotJson {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The message of the parser.
        reason: String,
    },

    /// A row of an NDJSON file has a field that the first rows do not have.
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
