//! How text is cut into rows and cells: the only place that knows what a quote does.
//!
//! A cell that begins with a quote goes on to the next quote that is not doubled, whatever commas and line ends come in between.
//! Anywhere else a quote is a character like any other.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::Flaw;
use crate::table::Range;

pub(super) const QUOTE: u8 = b'"';

/// The cells of the row at the start of `text`, which must hold all of it, its line end included.
pub(super) fn cells(text: &[u8]) -> Cells<'_> {
    Cells { rest: Some(text) }
}

/// The length of the row at the start of `text`, its line end included, and the number of its cells; nothing if the row goes on.
pub(super) fn row(text: &[u8]) -> Option<(usize, usize)> {
    let (mut length, mut count) = (0, 0);
    loop {
        let (cell, end) = first_cell(&text[length..]);
        length += cell + 1;
        count += 1;
        match end {
            End::Comma => {}
            End::Line => return Some((length, count)),
            End::Open => return None,
        }
    }
}

/// The number in a cell, which may have blanks around it and may be quoted.
pub(super) fn number(cell: &[u8], range: Range) -> Result<f64, Flaw> {
    let content = content(cell);
    let text = content.trim_ascii();
    if text.is_empty() {
        return Err(Flaw::Empty);
    }
    let value: f64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(|| Flaw::NotANumber(shown(text)))?;
    match value {
        value if range.contains(value) => Ok(value),
        value if value.is_finite() => Err(range.flaw(value)),
        _ => Err(Flaw::NotFinite(shown(text))),
    }
}

/// Whether a label says that its row is normal.
pub(super) fn is_normal(cell: &[u8]) -> Result<bool, Flaw> {
    let content = content(cell);
    let text = content.trim_ascii();
    if text.eq_ignore_ascii_case(b"false") {
        return Ok(true);
    }
    if text.eq_ignore_ascii_case(b"true") {
        return Ok(false);
    }
    number(text, Range::FINITE).map(|label| label == 0.0).map_err(|flaw| match flaw {
        Flaw::Empty => Flaw::Label("missing".into()),
        _ => Flaw::Label(crate::place::quoted(&shown(text))),
    })
}

/// What a cell says: its text without the quotes around it, if there are any.
pub(super) fn content(cell: &[u8]) -> Cow<'_, [u8]> {
    let inner = cell.strip_prefix(&[QUOTE]).and_then(|rest| rest.trim_ascii_end().strip_suffix(&[QUOTE]));
    match inner {
        None => Cow::Borrowed(cell),
        Some(inner) if memchr(QUOTE, inner).is_none() => Cow::Borrowed(inner),
        Some(inner) => Cow::Owned(undoubled(inner)),
    }
}

/// Two quotes stand for one.
fn undoubled(inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [byte, after @ ..] = rest {
        text.push(*byte);
        rest = if *byte == QUOTE { after.strip_prefix(&[QUOTE]).unwrap_or(after) } else { after };
    }
    text
}

pub(super) fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

pub(super) struct Cells<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest?;
        let (length, end) = first_cell(text);
        self.rest = match end {
            End::Comma => Some(&text[length + 1..]),
            End::Line | End::Open => None,
        };
        Some(&text[..length])
    }
}

/// What follows a cell.
enum End {
    Comma,
    Line,
    /// The text ends first.
    Open,
}

fn first_cell(text: &[u8]) -> (usize, End) {
    let quoted = if text.first() == Some(&QUOTE) { after_quotes(text) } else { Some(0) };
    let Some(from) = quoted else {
        return (text.len(), End::Open);
    };
    match memchr2(b',', b'\n', &text[from..]) {
        Some(length) if text[from + length] == b',' => (from + length, End::Comma),
        Some(length) => (from + length, End::Line),
        None => (text.len(), End::Open),
    }
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
    fn cells_end_at_commas_and_line_ends_outside_quotes() {
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
            let found: Vec<_> = cells(text.as_bytes()).map(|cell| std::str::from_utf8(cell).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
            assert_eq!(row(text.as_bytes()), Some((text.len(), expected.len())), "{text:?}");
        }
        for open in ["", "1,2", "\"1\n,2\n", "\"1\"\"\n"] {
            assert_eq!(row(open.as_bytes()), None, "{open:?}");
        }
    }

    #[test]
    fn content_is_what_stands_between_the_quotes() {
        for (cell, expected) in
            [("a", "a"), ("\"a\"", "a"), ("\"a\" \r", "a"), ("\"\"\"a\"\"\"", "\"a\""), (" \"a\"", " \"a\""), ("\"", "\"")]
        {
            assert_eq!(shown(&content(cell.as_bytes())), expected, "{cell}");
        }
    }
}
