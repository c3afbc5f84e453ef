use std::path::Path;

use super::cells::{self, content};
use super::chunks::Chunks;
use crate::{Error, Header};

/// Enough for the first row of most files.
const CHUNK_BYTES: usize = 64 << 10;

/// The cells of the first row of a file, unless there is none.
pub(super) fn first_row(file: &Path) -> Result<Option<Vec<String>>, Error> {
    let mut chunks = Chunks::open(file, CHUNK_BYTES)?;
    let Some(chunk) = chunks.next()? else {
        return Ok(None);
    };
    if is_blank(chunk.text) {
        // A file that starts with a blank line holds nothing but blank lines, or is wrong.
        let mut blank = chunk.text.trim_ascii().is_empty();
        while blank && let Some(chunk) = chunks.next()? {
            blank = chunk.text.trim_ascii().is_empty();
        }
        return if blank { Ok(None) } else { Err(Error::BlankLine { file: file.into(), line: 1 }) };
    }
    let cells: Result<Vec<_>, _> =
        cells::cells(chunk.text).map(|cell| std::str::from_utf8(&content(cell)).map(|text| text.trim().to_owned())).collect();
    let cells = cells.map_err(|_| Error::NotText { file: file.into() })?;
    if let [cell] = &cells[..] {
        let separator = [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|&(separator, _)| cell.contains(separator));
        if let Some((_, separator)) = separator {
            return Err(Error::Separator { file: file.into(), separator });
        }
    }
    Ok(Some(cells))
}

/// Whether the first line of a text is blank.
fn is_blank(text: &[u8]) -> bool {
    cells::row(text).is_some_and(|(length, _)| text[..length].trim_ascii().is_empty())
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
    Err(Error::UnclearHeader { file: file.into(), column: column + 1, cell: cells[column].clone() })
}

/// Whether there is a header: as was said, or as the first row of the first file that has one tells.
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
