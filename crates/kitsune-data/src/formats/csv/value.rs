//! The value of a cell: a number, nothing, or something else.

use std::borrow::Cow;

use memchr::memchr;

use super::cells::{Dialect, QUOTE};
use crate::fault::Flaw;
use crate::missing_words::MissingWords;
use crate::notation::Notation;
use crate::numeral;

/// The value of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// A number, which may be NaN or infinite; true and false are 1 and 0.
    Number(f64),
    Missing,
    Other,
}

impl Value {
    /// The value of a cell, which may have blanks around it and may be quoted.
    pub(super) fn of(cell: &[u8], dialect: Dialect, missing: &MissingWords) -> Self {
        Self::of_text(dialect.content(cell).trim_ascii(), dialect, missing)
    }

    /// The value of a text without quotes and blanks around it.
    pub(super) fn of_text(text: &[u8], dialect: Dialect, missing: &MissingWords) -> Self {
        match numeral::number(text, dialect.decimal_comma).or_else(|| truth(text, dialect)) {
            Some(number) => Self::Number(number),
            None if missing.is_missing(text) => Self::Missing,
            None => Self::Other,
        }
    }
}

impl Dialect {
    /// The number in a cell, or why there is none.
    pub(super) fn number(self, cell: &[u8], missing: &MissingWords) -> Result<f64, Flaw> {
        match Value::of(cell, self, missing) {
            Value::Number(number) => Ok(number),
            Value::Missing if self.text(cell).is_empty() => Err(Flaw::Empty),
            Value::Missing => Err(Flaw::Missing(self.text(cell))),
            Value::Other => {
                let text = self.text(cell);
                Err(match self.notation(&text) {
                    Some(notation) => Flaw::Notation { text, notation },
                    None => Flaw::NotANumber(text),
                })
            }
        }
    }

    /// The notation of a text that is no number.
    pub(super) fn notation(self, text: &str) -> Option<Notation> {
        match Notation::of(text, self.decimal_comma) {
            // Where commas separate cells, decimals rarely have one.
            Some(Notation::DecimalOrThousands) if self.delimiter == b',' => Some(Notation::Thousands),
            notation => notation,
        }
    }

    /// The content of a cell for messages, without blanks around it.
    pub(super) fn text(self, cell: &[u8]) -> String {
        shown(self.content(cell).trim_ascii())
    }

    /// The text of a cell, without quotes around it.
    pub(super) fn content(self, cell: &[u8]) -> Cow<'_, [u8]> {
        let inner = cell.strip_prefix(&[QUOTE]).and_then(|rest| rest.trim_ascii_end().strip_suffix(&[QUOTE]));
        match inner {
            Some(inner) if !self.zeek && memchr(QUOTE, inner).is_none() => Cow::Borrowed(inner),
            Some(inner) if !self.zeek => Cow::Owned(undoubled(inner)),
            _ => Cow::Borrowed(cell),
        }
    }
}

/// 1 for true and 0 for false, which Zeek abbreviates.
fn truth(text: &[u8], dialect: Dialect) -> Option<f64> {
    let is = |word: &[u8], letter: &[u8]| text.eq_ignore_ascii_case(word) || dialect.zeek && text == letter;
    if is(b"true", b"T") {
        Some(1.0)
    } else if is(b"false", b"F") {
        Some(0.0)
    } else {
        None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_number_or_missing_or_something_else() {
        let missing = MissingWords::with(&["n.d.".to_owned()]);
        let zeek = Dialect { zeek: true, ..Dialect::default() };
        for (cell, expected) in [
            (" 0x1F ", Value::Number(31.0)),
            ("\"-1.#INF\"", Value::Number(f64::NEG_INFINITY)),
            ("TRUE", Value::Number(1.0)),
            ("T", Value::Other),
            ("\" NA \"", Value::Missing),
            ("N.D.", Value::Missing),
            ("\r", Value::Missing),
            ("Graz", Value::Other),
            ("1,5", Value::Other),
        ] {
            assert_eq!(Value::of(cell.as_bytes(), Dialect::default(), &missing), expected, "{cell:?}");
        }
        for (cell, expected) in [("T", Value::Number(1.0)), ("F", Value::Number(0.0)), ("t", Value::Other), ("\"1\"", Value::Other)] {
            assert_eq!(Value::of(cell.as_bytes(), zeek, &missing), expected, "{cell:?}");
        }
    }

    #[test]
    fn content_is_what_stands_between_the_quotes() {
        for (cell, expected) in
            [("a", "a"), ("\"a\"", "a"), ("\"a\" \r", "a"), ("\"\"\"a\"\"\"", "\"a\""), (" \"a\"", " \"a\""), ("\"", "\"")]
        {
            assert_eq!(shown(&Dialect::default().content(cell.as_bytes())), expected, "{cell}");
        }
    }
}
