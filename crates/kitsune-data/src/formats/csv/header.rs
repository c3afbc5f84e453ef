//! The header of a CSV file: whether there is one, its names, and how it is recognised where it comes again.

use std::path::Path;

use super::cells::Dialect;
use super::value::Value;
use crate::error::{Error, TextError};
use crate::format::Header;
use crate::formats::distinct_names::DistinctNames;
use crate::formats::text_chunks::BYTE_ORDER_MARK;
use crate::missing_words::MissingWords;

/// Whether a first row holds the names of the columns.
fn is_header(file: &Path, cells: &[String], dialect: Dialect, missing: &MissingWords) -> Result<bool, Error> {
    let counts_up = cells.len() > 1 && cells.iter().enumerate().all(|(column, cell)| *cell == column.to_string());
    // An empty cell at the end may come from a delimiter at the end of each row, of data or names.
    let told = match cells {
        [others @ .., last] if last.is_empty() => others,
        cells => cells,
    };
    let is_number = |cell: &&String| matches!(Value::of_text(cell.as_bytes(), dialect, missing), Value::Number(_)) && !is_truth(cell);
    let is_missing = |cell: &&String| !cell.is_empty() && Value::of_text(cell.as_bytes(), dialect, missing) == Value::Missing;
    let numbers = told.iter().filter(is_number).count();
    let is_data = |cell: &&String| is_number(cell) || is_missing(cell);
    let unclear = match numbers {
        // What pandas writes where the columns have no names.
        _ if counts_up => Some(0),
        0 => return Ok(true),
        _ if told.iter().all(|cell| is_data(&cell)) => return Ok(false),
        // The kind of cell of which there are fewer is the one that looks out of place.
        _ if numbers * 2 <= told.len() => told.iter().position(|cell| is_number(&cell)),
        _ => told.iter().position(|cell| !is_data(&cell)),
    };
    let column = unclear.unwrap_or(0);
    Err(TextError::UnclearHeader { file: file.into(), column, cell: cells[column].clone() }.into())
}

/// Whether a cell is a truth value, which may be a name as well.
fn is_truth(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false")
}

/// Whether there is a header, by the caller or by the first row of the first file that has a row.
pub(super) fn decide(
    header: Option<Header>,
    file: &Path,
    cells: &[String],
    dialect: Dialect,
    missing: &MissingWords,
) -> Result<bool, Error> {
    match header {
        Some(header) => Ok(header == Header::Present),
        None => is_header(file, cells, dialect, missing),
    }
}

/// Names for columns; one without a name gets its number.
pub(super) fn names(cells: &[String]) -> DistinctNames {
    let name = |(column, cell): (usize, &String)| if cell.is_empty() { format!("column {column}") } else { cell.clone() };
    DistinctNames::of(cells.iter().enumerate().map(name).collect())
}

/// The header of a file, which comes again where files were put together.
#[derive(Clone, Debug)]
pub(super) struct HeaderRow {
    /// The names, without empty ones at the end.
    names: Vec<String>,
}

impl HeaderRow {
    /// `None` if a row of data may be equal, since all names are numbers or empty.
    pub(super) fn new(cells: &[String], dialect: Dialect, missing: &MissingWords) -> Option<Self> {
        let is_name = |cell: &String| !matches!(Value::of_text(cell.as_bytes(), dialect, missing), Value::Number(_)) && !cell.is_empty();
        cells.iter().any(is_name).then(|| {
            let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            Self { names: cells[..end].to_vec() }
        })
    }

    /// Whether the row at the start of `text`, which must hold all of it, is this header.
    pub(super) fn is(&self, text: &[u8], dialect: Dialect) -> bool {
        // A file that was put behind another may have begun with a mark.
        let mut cells = dialect.cells(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text));
        let is_text = |cell, text: &str| std::str::from_utf8(&dialect.content(cell)).is_ok_and(|cell| cell.trim() == text);
        self.names.iter().all(|name| cells.next().is_some_and(|cell| is_text(cell, name.as_str()))) && cells.all(|cell| is_text(cell, ""))
    }

    /// Whether these columns have names that are read as data, so that each row must be compared with the header.
    pub(super) fn may_be_data(&self, columns: impl IntoIterator<Item = usize>, dialect: Dialect, missing: &MissingWords) -> bool {
        let is_text = |column| {
            let name = self.names.get(column).map_or("", String::as_str);
            Value::of_text(name.as_bytes(), dialect, missing) == Value::Other
        };
        !columns.into_iter().any(is_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Option<HeaderRow> {
        let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        HeaderRow::new(&cells, Dialect::default(), &MissingWords::default())
    }

    #[test]
    fn a_header_is_recognised_where_it_comes_again() {
        let row = header("a,b 1,NA,").unwrap();
        for (line, expected) in [
            ("a,b 1,NA,\n", true),
            ("a,b 1,NA\n", true),
            ("\u{feff}a,b 1,NA\r\n", true),
            ("\"a\", b 1 ,NA,,\n", true),
            ("a,b 1\n", false),
            ("a,b 1,NA,x\n", false),
            ("A,b 1,NA\n", false),
            ("1,2,3\n", false),
            ("\n", false),
        ] {
            assert_eq!(row.is(line.as_bytes(), Dialect::default()), expected, "{line:?}");
        }
        assert!(header("0,1,2").is_none() && header(",").is_none());
    }

    #[test]
    fn names_that_are_read_as_data_make_each_row_a_suspect() {
        let (row, missing) = (header("time,0,NA").unwrap(), MissingWords::default());
        for (columns, expected) in [(vec![0, 1], false), (vec![1], true), (vec![1, 2], true), (vec![3], true)] {
            assert_eq!(row.may_be_data(columns.clone(), Dialect::default(), &missing), expected, "{columns:?}");
        }
    }
}
