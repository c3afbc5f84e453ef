//! How a CSV file starts: its first row, and the rows that were read with it.

use super::cells::Dialect;
use super::zeek;
use crate::error::{Error, TextError};
use crate::formats::text_chunks::{Chunks, line_ends};
use crate::locations::data_file::DataFile;

/// Enough for the first row of most files.
const CHUNK_BYTES: usize = 64 << 10;

/// How a file starts.
pub(super) enum Start {
    /// With nothing but comments and blank lines, which are all that there is.
    Nothing,
    /// With the header of Zeek's own logs.
    ZeekLog,
    Rows(FirstRows),
}

/// The first row of a file, and the rows after it, as far as they were read with it.
pub(super) struct FirstRows {
    /// The cells of the first row that is no comment.
    pub(super) cells: Vec<String>,
    /// Whole rows.
    pub(super) after: Vec<u8>,
}

impl Start {
    pub(super) fn of(file: &DataFile, dialect: Dialect) -> Result<Self, Error> {
        let mut chunks = Chunks::new(file.name(), file.open()?, CHUNK_BYTES, |text: &[u8]| dialect.end_of_rows(text))?;
        let mut blank = None;
        let mut is_first = true;
        while let Some(chunk) = chunks.next()? {
            if std::mem::take(&mut is_first) && zeek::begins_log(&chunk.text) {
                return Ok(Self::ZeekLog);
            }
            let (mut rest, mut line) = (&chunk.text[..], chunk.line);
            while let Some(row) = dialect.row(rest) {
                let (content, after) = rest.split_at(row.length);
                if row.cells == 1 && content.trim_ascii().is_empty() {
                    blank.get_or_insert(line);
                } else if row.cells > 0 {
                    // A file that starts with a blank line holds nothing but blank lines, or is wrong.
                    return match blank {
                        Some(line) => Err(TextError::BlankLine { file: file.name().into(), line }.into()),
                        None => Ok(Self::Rows(FirstRows { cells: texts(file, dialect, content)?, after: after.to_vec() })),
                    };
                }
                line += line_ends(content);
                rest = after;
            }
        }
        Ok(Self::Nothing)
    }
}

fn texts(file: &DataFile, dialect: Dialect, row: &[u8]) -> Result<Vec<String>, Error> {
    // In quotes a carriage return is part of a text.
    let has_return = |cell: &[u8]| !cell.trim_ascii_start().starts_with(b"\"") && cell.trim_ascii().contains(&b'\r');
    if dialect.cells(row).any(has_return) {
        return Err(TextError::CarriageReturns { file: file.name().into() }.into());
    }
    let text = |cell| std::str::from_utf8(&dialect.content(cell)).map(|text| text.trim().to_owned());
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
