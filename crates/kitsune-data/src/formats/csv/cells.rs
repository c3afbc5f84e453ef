//! How text is cut into rows and cells: the only place that knows what a quote does.
//!
//! A cell that begins with a quote extends to the next quote that is not doubled, across delimiters and line ends.
//! Anywhere else a quote is a character like any other.

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use super::decimal::short_decimal;

pub(super) const QUOTE: u8 = b'"';

/// How rows and cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The character that separates cells.
    pub(crate) delimiter: u8,
    /// A row that begins with it is a comment.
    pub(crate) comment: Option<u8>,
    /// Whether decimals have a comma.
    pub(crate) decimal_comma: bool,
    /// Whether these are Zeek's: a quote is a character like any other, and T and F are truth values.
    pub(crate) zeek: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', comment: None, decimal_comma: false, zeek: false }
    }
}

/// A row at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its length in bytes, the line end included.
    pub(super) length: usize,
    /// The number of its cells; none in a comment.
    pub(super) cells: usize,
}

impl Dialect {
    /// The cells of the row at the start of `text`, which must hold all of it, its line end included, and is no comment.
    pub(super) fn cells(self, text: &[u8]) -> Cells<'_> {
        Cells { text, dialect: self, offset: 0, taken: 0, end: End::Cell }
    }

    /// The row at the start of `text`; `None` if its end is not in `text`.
    pub(super) fn row(self, text: &[u8]) -> Option<Row> {
        if self.is_comment(text) {
            return memchr(b'\n', text).map(|end| Row { length: end + 1, cells: 0 });
        }
        self.cells(text).rest()
    }

    /// Whether the row at the start of `text` is a comment.
    pub(super) fn is_comment(self, text: &[u8]) -> bool {
        self.comment.is_some() && text.first() == self.comment.as_ref()
    }

    /// Where the last whole row of a text ends.
    pub(super) fn end_of_rows(self, text: &[u8]) -> usize {
        if self.zeek || memchr(QUOTE, text).is_none() {
            return memrchr(b'\n', text).map_or(0, |at| at + 1);
        }
        let mut end = 0;
        while let Some(row) = self.row(&text[end..]) {
            end += row.length;
        }
        end
    }

    /// Whether a text of whole rows holds anything but comments.
    pub(super) fn has_row(self, mut text: &[u8]) -> bool {
        while let Some(row) = self.row(text) {
            if row.cells > 0 {
                return true;
            }
            text = &text[row.length..];
        }
        false
    }

    #[inline]
    fn first_cell(self, text: &[u8]) -> (usize, End) {
        let quoted = if text.first() == Some(&QUOTE) && !self.zeek { after_quotes(text) } else { Some(0) };
        let Some(from) = quoted else {
            return (text.len(), End::Open);
        };
        match memchr2(self.delimiter, b'\n', &text[from..]) {
            Some(length) if text[from + length] == b'\n' => (from + length, End::Line),
            Some(length) => (from + length, End::Cell),
            None => (text.len(), End::Open),
        }
    }
}

/// The cells of a row, one after another.
pub(super) struct Cells<'a> {
    text: &'a [u8],
    dialect: Dialect,
    /// The offset of the next cell.
    offset: usize,
    /// The number of cells that were taken.
    taken: usize,
    /// What follows the last of these.
    end: End,
}

impl Cells<'_> {
    /// The offset of the next cell in the text.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The number of cells that were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Takes the next cell if it is nothing but a number that is accepted, perhaps with spaces before it. Otherwise the cell is still the
    /// next one.
    #[inline]
    pub(super) fn plain_number(&mut self, accepts: impl Fn(f64) -> bool) -> Option<f64> {
        if self.end != End::Cell {
            return None;
        }
        let mut text = &self.text[self.offset..];
        if let Some((number, length)) = short_decimal(text, self.dialect.delimiter) {
            if !accepts(number) {
                return None;
            }
            let end = if text[length] == b'\n' { End::Line } else { End::Cell };
            self.pass(self.offset + length, end);
            return Some(number);
        }
        if self.dialect.delimiter != b' ' {
            while let [b' ', after @ ..] = text {
                text = after;
            }
        }
        let (number, length) = fast_float2::parse_partial(text).ok()?;
        let (length, end) = match &text[length..] {
            [byte, ..] if *byte == self.dialect.delimiter => (length, End::Cell),
            [b'\n', ..] => (length, End::Line),
            [b'\r', b'\n', ..] => (length + 1, End::Line),
            _ => return None,
        };
        if !accepts(number) {
            return None;
        }
        self.pass(self.text.len() - text.len() + length, end);
        Some(number)
    }

    /// Takes all other cells and returns the whole row; `None` if the row does not end in the text.
    pub(super) fn rest(mut self) -> Option<Row> {
        if self.end == End::Cell {
            let rest = &self.text[self.offset..];
            // Without quotes delimiters need only be counted, which is many times faster.
            let end = if self.dialect.zeek { memchr(b'\n', rest) } else { memchr2(QUOTE, b'\n', rest) };
            match end {
                Some(length) if rest[length] == b'\n' => {
                    self.taken += memchr_iter(self.dialect.delimiter, &rest[..length]).count();
                    self.pass(self.offset + length, End::Line);
                }
                _ => self.by_ref().for_each(drop),
            }
        }
        (self.end == End::Line).then_some(Row { length: self.offset, cells: self.taken })
    }

    /// Takes the cell that ends at `offset`.
    #[inline]
    fn pass(&mut self, offset: usize, end: End) {
        self.offset = offset + usize::from(end != End::Open);
        self.taken += 1;
        self.end = end;
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.end != End::Cell {
            return None;
        }
        let text = &self.text[self.offset..];
        let (length, end) = self.dialect.first_cell(text);
        self.pass(self.offset + length, end);
        Some(&text[..length])
    }
}

/// What follows a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Cell,
    Line,
    /// The text ends first.
    Open,
}

/// Where the quotes that open at 0 have been closed.
fn after_quotes(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(QUOTE, &text[at..])? + 1;
        if text.get(at) != Some(&QUOTE) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_at_delimiters_and_line_ends_outside_quotes() {
        let comma = Dialect::default();
        for (text, expected) in [
            ("1,2\n", vec!["1", "2"]),
            ("\n", vec![""]),
            (",\n", vec!["", ""]),
            ("\"a,b\",c\n", vec!["\"a,b\"", "c"]),
            ("\"a\nb\",c\r\n", vec!["\"a\nb\"", "c\r"]),
            ("\"a\"\"\n\",2\n", vec!["\"a\"\"\n\"", "2"]),
            ("5\" pipe,2\n", vec!["5\" pipe", "2"]),
            ("\"a\"x,2\n", vec!["\"a\"x", "2"]),
            ("\"\",2\n", vec!["\"\"", "2"]),
        ] {
            let found: Vec<_> = comma.cells(text.as_bytes()).map(|cell| std::str::from_utf8(cell).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
            assert_eq!(comma.row(text.as_bytes()), Some(Row { length: text.len(), cells: expected.len() }), "{text:?}");
        }
        for open in ["", "1,2", "\"1\n,2\n", "\"1\"\"\n"] {
            assert_eq!(comma.row(open.as_bytes()), None, "{open:?}");
        }
    }

    #[test]
    fn a_comment_ends_with_its_line_whatever_is_in_it() {
        let dialect = Dialect { delimiter: b';', comment: Some(b'#'), ..Dialect::default() };
        let text = b"# it's \"quoted\n1;2\n";
        assert_eq!(dialect.row(text), Some(Row { length: 15, cells: 0 }));
        assert_eq!(dialect.end_of_rows(text), text.len());
        assert_eq!(dialect.row(&text[15..]), Some(Row { length: 4, cells: 2 }));
        assert_eq!(dialect.row(b"1,5;2;#\n"), Some(Row { length: 8, cells: 3 }));
    }

    #[test]
    fn zeek_has_no_quotes() {
        let zeek = Dialect { delimiter: b'\t', comment: Some(b'#'), zeek: true, ..Dialect::default() };
        let text = b"\"a\tb\n\"\n";
        assert_eq!(zeek.row(text), Some(Row { length: 5, cells: 2 }));
        assert_eq!(zeek.cells(text).collect::<Vec<_>>(), [&b"\"a"[..], b"b"]);
        assert_eq!(zeek.end_of_rows(text), text.len());
    }
}
