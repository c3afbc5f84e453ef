//! Errors about the text of CSV and JSON files.

use std::path::PathBuf;

use crate::fault::{RowPosition, quoted, shown};

/// Why the text of a CSV or JSON file cannot be divided into rows and cells.
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
        "the first row of {} may be a header or data (its column {column} is {}): say whether there is a header",
        file.display(), quoted(cell)
    )]
    UnclearHeader {
        /// The file.
        file: PathBuf,
        /// The number of the column whose cell makes it unclear, from 0.
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

    /// The lines of a CSV file end with carriage returns alone, as on very old Macs.
    #[error("the lines of {} end with bare carriage returns: replace these by line feeds, as tr '\\r' '\\n' does", file.display())]
    CarriageReturns {
        /// The file.
        file: PathBuf,
    },

    /// A row is longer than any row that is read.
    #[error("{}, line {line}: the row is longer than {limit} bytes: is a quote in it never closed, do lines end with bare carriage returns, or is this another format?", file.display())]
    LongRow {
        /// The file.
        file: PathBuf,
        /// The line in which the row begins, from 1.
        line: u64,
        /// The length of the longest row that is read.
        limit: usize,
    },

    /// A row of a JSON file is not an object.
    #[error("{}, {row}: no JSON object: {reason}: each {} must be one, such as {{\"a\": 1, \"b\": 0.5}}", file.display(), row.unit())]
    NotJson {
        /// The file.
        file: PathBuf,
        /// The row.
        row: RowPosition,
        /// The message of the parser.
        reason: String,
    },

    /// Something is missing between the objects of a JSON file, or must not be there.
    #[error("{}, line {line}: {reason}: objects follow each other, or are in an array with commas between them", file.display())]
    Misplaced {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What was expected or found.
        reason: String,
    },

    /// A row of a JSON file has a field that the first rows do not have.
    #[error("{}, {row}: the first rows have no field {}: pick the columns to read, and such fields are ignored", file.display(), shown(name))]
    UnknownField {
        /// The file.
        file: PathBuf,
        /// The row.
        row: RowPosition,
        /// The name of the field.
        name: String,
    },

    /// The lines at the start of Zeek's log do not describe its columns, or such lines inside of it describe others.
    #[error("{}, line {line}: {reason}", file.display())]
    ZeekHeader {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what can be done.
        reason: String,
    },

    /// A row of a JSON file has a plain value where the first rows have an object.
    #[error(
        "{}, {row}: {} is {}, but an object in the first rows: pick the columns to read, and it counts as missing",
        file.display(), shown(name), quoted(found)
    )]
    NoObject {
        /// The file.
        file: PathBuf,
        /// The row.
        row: RowPosition,
        /// The name of the object.
        name: String,
        /// The value.
        found: String,
    },
}
