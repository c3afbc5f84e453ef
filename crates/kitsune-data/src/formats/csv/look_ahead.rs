//! What the rows after the first one say about the columns: which of them are text, and whether each row ends with a delimiter.

use super::cells::Dialect;
use super::header::HeaderRow;
use super::start::FirstRows;
use super::value::Value;
use crate::formats::columns::Kind;
use crate::missing_words::MissingWords;
use crate::notation::Notation;

/// The number of rows that are looked at.
const LOOKED_AT: usize = 100;

/// What was seen of a column.
#[derive(Clone, Copy, Default)]
struct Seen {
    has_number: bool,
    /// The cells that are something else than numbers: numbers to people, dates, times, and all.
    notations: usize,
    dates: usize,
    times: usize,
    texts: usize,
}

impl Seen {
    fn see(&mut self, cell: &[u8], dialect: Dialect, missing: &MissingWords) {
        match Value::of(cell, dialect, missing) {
            Value::Number(_) => self.has_number = true,
            Value::Missing => {}
            Value::Other => {
                self.texts += 1;
                match dialect.notation(&dialect.text(cell)) {
                    Some(Notation::Date) => self.dates += 1,
                    Some(Notation::Time) => self.times += 1,
                    Some(notation) => self.notations += usize::from(notation.is_number()),
                    None => {}
                }
            }
        }
    }

    /// A column is text if none of its cells is a number, and several are something else. A single such cell may be a mistake, which the pass
    /// reports with its line, and so does it report the first number in another notation.
    fn kind(self) -> Kind {
        let kind = match self.texts {
            texts if self.has_number || texts < 2 || texts == self.notations => return Kind::Number { exact_in_f32: false },
            texts if texts == self.dates => "a date",
            texts if texts == self.times => "a time",
            _ => "text",
        };
        Kind::Other(kind.into())
    }
}

impl FirstRows {
    /// The kind of each column, by the rows after the first one.
    pub(super) fn kinds(&self, dialect: Dialect, missing: &MissingWords, header: Option<&HeaderRow>) -> Vec<Kind> {
        let mut seen = vec![Seen::default(); self.cells.len()];
        self.each_row(dialect, header, |row, cells| {
            if cells == seen.len() {
                dialect.cells(row).zip(&mut seen).for_each(|(cell, seen)| seen.see(cell, dialect, missing));
            }
        });
        // A decimal may be any f64, so all CSV is f64.
        seen.into_iter().map(Seen::kind).collect()
    }

    /// Gives the header as many cells as the rows have, if one of them ends with a delimiter that the other lacks.
    pub(super) fn fit_header(&mut self, dialect: Dialect, header: Option<&HeaderRow>) {
        let width = self.cells.len();
        let (mut rows, mut longer, mut shorter) = (0, 0, 0);
        self.each_row(dialect, header, |row, cells| {
            rows += 1;
            longer += usize::from(cells == width + 1 && is_last_empty(row, dialect));
            shorter += usize::from(cells + 1 == width);
        });
        if rows > 0 && rows == longer {
            self.cells.push(String::new());
        } else if rows > 0 && rows == shorter && width > 1 && self.cells[width - 1].is_empty() {
            self.cells.pop();
        }
    }

    /// Whether the last column has neither a name nor a value, as where each row ends with a delimiter.
    pub(super) fn is_last_column_empty(&self, dialect: Dialect, header: Option<&HeaderRow>) -> bool {
        let is_unnamed = self.cells.len() > 1 && self.cells.last().is_some_and(String::is_empty);
        let (mut rows, mut empty) = (0, 0);
        self.each_row(dialect, header, |row, _| {
            rows += 1;
            empty += usize::from(is_last_empty(row, dialect));
        });
        is_unnamed && rows == empty && rows > 0
    }

    /// Calls `take` with each of the rows, but for comments, blank lines and headers that come again, and with its number of cells.
    fn each_row(&self, dialect: Dialect, header: Option<&HeaderRow>, mut take: impl FnMut(&[u8], usize)) {
        let (mut rest, mut rows) = (&self.after[..], 0);
        while rows < LOOKED_AT
            && let Some(row) = dialect.row(rest)
        {
            let (content, after) = rest.split_at(row.length);
            let is_blank = row.cells == 1 && content.trim_ascii().is_empty();
            if row.cells > 0 && !is_blank && !header.is_some_and(|header| header.is(content, dialect)) {
                rows += 1;
                take(content, row.cells);
            }
            rest = after;
        }
    }
}

fn is_last_empty(row: &[u8], dialect: Dialect) -> bool {
    dialect.cells(row).last().is_some_and(|cell| cell.trim_ascii().is_empty())
}
