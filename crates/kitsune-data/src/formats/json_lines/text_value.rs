//! What a JSON string is where a number should be.

use crate::fault::Flaw;
use crate::missing_words::MissingWords;
use crate::notation::Notation;
use crate::numeral::number;
use crate::reading::Reading;

/// How JSON strings are read.
#[derive(Clone, Debug, Default)]
pub(super) struct TextReading {
    missing: MissingWords,
    decimal_comma: bool,
}

/// What a JSON string is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TextValue {
    Number(f64),
    /// A word that stands for a missing value.
    Missing,
    /// Any other text.
    Text,
}

impl TextReading {
    pub(super) fn new(reading: &Reading) -> Self {
        Self { missing: MissingWords::with(&reading.missing_values), decimal_comma: reading.decimal_comma }
    }

    /// What a string is, whatever blanks are around it. The words true and false are 1 and 0, as they are without quotes.
    pub(super) fn read(&self, text: &str) -> TextValue {
        let text = text.trim().as_bytes();
        match number(text, self.decimal_comma) {
            Some(value) if !value.is_nan() => TextValue::Number(value),
            _ if self.missing.is_missing(text) => TextValue::Missing,
            _ if text.eq_ignore_ascii_case(b"true") => TextValue::Number(1.0),
            _ if text.eq_ignore_ascii_case(b"false") => TextValue::Number(0.0),
            _ => TextValue::Text,
        }
    }

    /// Whether a text that is no number is one to people.
    pub(super) fn is_number_to_people(&self, text: &str) -> bool {
        Notation::of(text, self.decimal_comma).is_some_and(Notation::is_number)
    }

    /// What is wrong with a text that is no number.
    pub(super) fn flaw(&self, text: String) -> Flaw {
        match Notation::of(&text, self.decimal_comma) {
            Some(notation) => Flaw::Notation { text, notation },
            None => Flaw::NotANumber(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_may_be_a_number_or_stand_for_a_missing_value() {
        let usual = TextReading::default();
        for (text, expected) in [
            ("1.5", TextValue::Number(1.5)),
            (" -2e3 ", TextValue::Number(-2000.0)),
            ("0x1f", TextValue::Number(31.0)),
            ("True", TextValue::Number(1.0)),
            ("false", TextValue::Number(0.0)),
            ("-inf", TextValue::Number(f64::NEG_INFINITY)),
            ("", TextValue::Missing),
            ("-", TextValue::Missing),
            ("N/A", TextValue::Missing),
            ("-nan(ind)", TextValue::Missing),
            ("1,5", TextValue::Text),
            ("tcp", TextValue::Text),
            ("10.0.0.1", TextValue::Text),
        ] {
            assert_eq!(usual.read(text), expected, "{text:?}");
        }
        let reading = Reading { missing_values: vec!["n.d.".into()], decimal_comma: true, ..Reading::default() };
        let other = TextReading::new(&reading);
        let expected = [TextValue::Number(1.5), TextValue::Missing, TextValue::Text];
        assert_eq!(["1,5", "N.D.", "1.5"].map(|text| other.read(text)), expected);
    }
}
