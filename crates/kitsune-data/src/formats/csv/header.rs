//! The first row of a CSV file: its names, and whether it is a header.

use std::path::Path;

use super::cells::{Dialect, content, number};
use crate::error::{Error, TextError};
use crate::fault::Flaw;
use crate::format::Header;
use crate::formats::text_chunks::{Chunks, line_ends};
use crate::locations::data_file::DataFile;

/// Enough for the first row of most files.
const CHUNK_BYTES: usize = 64 << 10;

/// Rows after the first one that decide which columns hold text.
const LOOKED_AT: usize = 100;

/// How a file starts.
pub(super) struct Start {
    /// The cells of the first row that is no comment.
    pub(super) cells: Vec<String>,
    /// Rows after it, as far as they were read with it.
    after: Vec<u8>,
}

impl Start {
    /// Whether each column holds text by the rows after the first one: none of its cells is a number, and several are text.
    /// A single text cell may be a mistake, which the pass reports with its line.
    pub(super) fn is_text(&self, dialect: Dialect) -> Vec<bool> {
        let (mut numbers, mut texts) = (vec![false; self.cells.len()], vec![0; self.cells.len()]);
        let (mut rest, mut rows) = (&self.after[..], 0);
        while rows < LOOKED_AT
            && let Some(row) = dialect.row(rest)
        {
            if row.cells == self.cells.len() {
                rows += 1;
                for (column, cell) in dialect.cells(rest).enumerate() {
                    match number(cell) {
                        Ok(_) => numbers[column] = true,
                        Err(Flaw::NotANumber(_)) => texts[column] += 1,
                        Err(_) => {}
                    }
                }
            }
            rest = &rest[row.length..];
        }
        numbers.into_iter().zip(texts).map(|(number, texts)| texts > 1 && !number).collect()
    }
}

/// How a file starts, unless there is nothing but comments and blank lines in it.
pub(super) fn start(file: &DataFile, dialect: Dialect) -> Result<Option<Start>, Error> {
    let mut chunks = Chunks::new(file.name(), file.open()?, CHUNK_BYTES, |text: &[u8]| dialect.end_of_rows(text))?;
    let mut blank = None;
    while let Some(chunk) = chunks.next()? {
        let (mut rest, mut line) = (&chunk.text[..], chunk.line);
        while let Some(row) = dialect.row(rest) {
            let (content, after) = rest.split_at(row.length);
            if row.cells == 1 && content.trim_ascii().is_empty() {
                blank.get_or_insert(line);
            } else if row.cells > 0 {
                // A file that starts with a blank line holds nothing but blank lines, or is wrong.
                return match blank {
                    Some(line) => Err(TextError::BlankLine { file: file.name().into(), line }.into()),
                    None => Ok(Some(Start { cells: texts(file, dialect, content)?, after: after.to_vec() })),
                };
            }
            line += line_ends(content);
            rest = after;
        }
    }
    Ok(None)
}

fn texts(file: &DataFile, dialect: Dialect, row: &[u8]) -> Result<Vec<String>, Error> {
    let text = |cell| std::str::from_utf8(&content(cell)).map(|text| text.trim().to_owned());
    let cells = dialect.cells(row).map(text).collect::<Result<Vec<_>, _>>();
    let cells = cells.map_err(|_| TextError::NotText { file: file.name().into() })?;
    if let [cell] = &cells[..]
        && let Some(&found) =
            [b';', b'\t', b'|', b','].iter().find(|&&other| other != dialect.delimiter && cell.contains(char::from(other)))
    {
        return Err(TextError::Delimiter { file: file.name().into(), expected: dialect.delimiter.into(), found: found.into() }.into());
    }
    Ok(cells)
}

/// Whether a first row holds the names of the columns.
pub(super) fn is_header(file: &Path, cells: &[String]) -> Result<bool, Error> {
    let counts_up = cells.len() > 1 && cells.iter().enumerate().all(|(column, cell)| *cell == column.to_string());
    let is_number = |cell: &&String| cell.parse::<f64>().is_ok();
    let numbers = cells.iter().filter(is_number).count();
    let unclear = match numbers {
        // What pandas writes where the columns have no names.
        _ if counts_up => Some(0),
        0 => return Ok(true),
        _ if numbers == cells.len() => return Ok(false),
        // The kind of cell of which there are fewer is the one that looks out of place.
        _ if numbers * 2 <= cells.len() => cells.iter().position(|cell| is_number(&cell)),
        _ => cells.iter().position(|cell| !is_number(&cell)),
    };
    let column = unclear.unwrap_or(0);
    Err(TextError::UnclearHeader { file: file.into(), column: column + 1, cell: cells[column].clone() }.into())
}

/// Whether there is a header, by the caller or by the first row of the first file that has a row.
pub(super) fn decide(header: Option<Header>, file: &Path, cells: &[String]) -> Result<bool, Error> {
    match header {
        Some(header) => Ok(header == Header::Present),
        None => is_header(file, cells),
    }
}

/// Names for columns; one without a name gets its number.
pub(super) fn names(cells: &[String]) -> Vec<String> {
    let name = |(column, cell): (usize, &String)| if cell.is_empty() { format!("column {}", column + 1) } else { cell.clone() };
    cells.iter().enumerate().map(name).collect()
}
