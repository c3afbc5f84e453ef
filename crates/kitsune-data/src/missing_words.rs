//! The words, and the numbers, that stand for a missing value.

use crate::numeral::{after_ignoring_case, are_zeros, number, signed};

/// Words that programs write for a missing value, in small letters: pandas and R, databases, Python and other languages, Zeek, and
/// programs that show databases. Texts that are no numbers are rare, so a list is fast enough.
const WORDS: [&[u8]; 26] = [
    b"na",
    b"n/a",
    b"n.a.",
    b"n.a",
    b"<na>",
    b"#na",
    b"#n/a",
    b"#n/a n/a",
    b"#nv",
    b"nat",
    b"null",
    b"<null>",
    b"(null)",
    b"[null]",
    b"nil",
    b"<nil>",
    b"none",
    b"<none>",
    b"undefined",
    b"missing",
    b"<missing>",
    b"\\n",
    b"(empty)",
    "–".as_bytes(),
    "—".as_bytes(),
    "…".as_bytes(),
];

/// Begins a NaN. C libraries may say in brackets which one it is: `nan(ind)`, `nan(snan)`, `nan(0x8000000000000)`.
const NAN: &[u8] = b"nan";
/// NaNs of Microsoft's C library, which may be filled with zeros: `1.#QNAN`, `-1.#IND00`.
const MICROSOFT_NANS: [&[u8]; 4] = [b"#qnan", b"#snan", b"#ind", b"#nan"];

/// What stands for a missing value: the usual words, and those that a user adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct MissingWords {
    words: Vec<String>,
    numbers: Vec<f64>,
}

impl MissingWords {
    /// The usual words and these. Numbers among these match by value.
    pub(crate) fn with(added: &[String]) -> Self {
        let mut missing = Self::default();
        for text in added {
            let text = text.trim();
            match number(text.as_bytes(), false).or_else(|| number(text.as_bytes(), true)) {
                Some(value) if value.is_finite() => missing.add_number(value),
                _ => missing.words.push(text.to_owned()),
            }
        }
        missing
    }

    /// These words, and others in addition.
    pub(crate) fn and(&self, words: &[String]) -> Self {
        let words = self.words.iter().chain(words).cloned().collect();
        Self { words, numbers: self.numbers.clone() }
    }

    /// A column of f32 holds the number that is next to it.
    fn add_number(&mut self, value: f64) {
        let rounded = f64::from(value as f32);
        self.numbers.extend([value].into_iter().chain((rounded != value && rounded.is_finite()).then_some(rounded)));
    }

    /// Whether a text stands for a missing value, whatever its case is and whatever blanks are around it. No text does as well.
    ///
    /// Texts that are numbers are not looked at: compare their values with [`numbers`](Self::numbers).
    pub(crate) fn is_missing(&self, text: &[u8]) -> bool {
        let text = text.trim_ascii();
        is_nothing_but_marks(text)
            || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
            || is_nan(text)
            || is_error_of_a_spreadsheet(text)
            || self.words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The numbers that stand for a missing value.
    pub(crate) fn numbers(&self) -> &[f64] {
        &self.numbers
    }
}

/// A dash, a question mark, or the point of SAS, and several of them.
fn is_nothing_but_marks(text: &[u8]) -> bool {
    text.iter().all(|byte| b"-?.".contains(byte))
}

fn is_nan(text: &[u8]) -> bool {
    let (_, unsigned) = signed(text);
    if let Some(rest) = after_ignoring_case(unsigned, NAN) {
        let kind = rest.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")"));
        let is_word = |kind: &[u8]| kind.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        return rest.is_empty() || kind.is_some_and(is_word);
    }
    let after_one = unsigned.strip_prefix(b"1.").or_else(|| unsigned.strip_prefix(b"1,")).unwrap_or_default();
    MICROSOFT_NANS.iter().any(|nan| after_ignoring_case(after_one, nan).is_some_and(are_zeros))
}

/// `#NULL!`, `#DIV/0!`, `#NAME?`, and their translations.
fn is_error_of_a_spreadsheet(text: &[u8]) -> bool {
    const LONGEST: usize = 20;
    let inner = text.strip_prefix(b"#").and_then(|text| text.strip_suffix(b"!").or_else(|| text.strip_suffix(b"?")));
    inner.is_some_and(|inner| {
        let is_part = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii() || b"/0_".contains(byte);
        (3..LONGEST).contains(&inner.len()) && inner.iter().all(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_has_many_spellings() {
        let missing = MissingWords::default();
        for text in [
            "",
            " ",
            "NA",
            "na",
            " N/A ",
            "n.a.",
            "N.A.",
            "NaN",
            "-nan",
            "+NAN",
            "-nan(ind)",
            "nan(snan)",
            "NaN(0x8)",
            "1.#QNAN",
            "-1.#IND",
            "1.#IND00",
            "1.#SNAN",
            "1,#QNAN",
            "NaT",
            "null",
            "NULL",
            "nil",
            "None",
            "-",
            "--",
            "---",
            "–",
            "?",
            "??",
            ".",
            "..",
            "\\N",
            "<NA>",
            "#N/A",
            "#N/A N/A",
            "#NULL!",
            "#VALUE!",
            "#DIV/0!",
            "#REF!",
            "#NAME?",
            "#WERT!",
            "(empty)",
            "(null)",
            "<nil>",
            "undefined",
            "Missing",
        ] {
            assert!(missing.is_missing(text.as_bytes()), "{text:?}");
        }
        for text in [
            "x", "0", "nano", "nan1", "nan(", "nan(a b)", "nan(é)", "1.#INF", "1.#", "no", "-1", "-x", "n", "#1", "#tag", "#!", "#a b!",
            "(full)", "nulls", "n.d.",
        ] {
            assert!(!missing.is_missing(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn words_and_numbers_can_be_added() {
        let missing = MissingWords::with(&["-9999".to_owned(), " n.d. ".into(), "0xFFFF".into(), "-99,5".into()]);
        assert_eq!(missing.numbers(), [-9999.0, 65_535.0, -99.5]);
        for text in ["n.d.", "N.D.", " n.d.", "NA", ""] {
            assert!(missing.is_missing(text.as_bytes()), "{text:?}");
        }
        assert!(!missing.is_missing(b"n.d"));
        let rounded = MissingWords::with(&["-9999.9".to_owned()]);
        assert_eq!(rounded.numbers(), [-9999.9, f64::from(-9999.9_f32)], "as a column of f32 holds it");
    }
}
