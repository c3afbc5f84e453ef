//! What errors say about a value: its position and its flaw.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::notation::Notation;

/// The position of a value in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Position {
    /// The file.
    pub file: PathBuf,
    /// The line or row of the file.
    pub row: RowPosition,
    /// The number of the column in the file, from 0, as patterns have it.
    pub column: usize,
    /// The name of the column, if the columns have names.
    pub name: Option<String>,
}

/// The files that an error is about: the first one, and the number of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Files {
    /// The first file.
    pub first: PathBuf,
    /// The number of other files.
    pub others: usize,
}

/// The position of a row in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RowPosition {
    /// The line of a text file as an editor counts it, from 1. The header counts.
    Line(u64),
    /// The row of a binary file, from 1.
    Row(u64),
    /// An object of a JSON file whose rows are no lines.
    Object {
        /// The line, from 1.
        line: u64,
        /// The number of the object in the file, from 1. Numbers of 2^32 and above are 2^32 - 1.
        number: u32,
    },
}

impl RowPosition {
    /// What holds a row.
    pub(crate) fn unit(self) -> &'static str {
        if matches!(self, Self::Line(_)) { "line" } else { "row" }
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Flaw {
    /// An empty cell.
    Empty,
    /// A null or an absent field.
    Null,
    /// A field that was chosen by name, and that no row so far has.
    Unseen,
    /// A word that stands for a missing value.
    Missing(String),
    /// Text where a number must be.
    NotANumber(String),
    /// Text that people read as a number, a date or a time.
    Notation {
        /// The text.
        text: String,
        /// How it is written.
        notation: Notation,
    },
    /// NaN, an infinity, or a number that is too large.
    NotFinite(String),
    /// A number outside the allowed range.
    Outside {
        /// The number.
        value: f64,
        /// The smallest allowed number.
        low: f64,
        /// The largest allowed number.
        high: f64,
    },
    /// A label that is missing, or no text and no number.
    Label(String),
    /// A field that occurs twice in one row.
    Twice,
    /// A value to pass through whose type differs from that of the values before it.
    Unlike {
        /// The value.
        found: String,
        /// The type of the values before it.
        expected: String,
    },
    /// A list whose length differs from that of the others.
    Length {
        /// The length of the list.
        found: usize,
        /// The length of the other lists.
        expected: usize,
    },
    /// An empty list in the first row, whose length would give the number of features.
    NoElements,
    /// A Spark vector whose fields contradict each other.
    Vector(String),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, column {}", self.file.display(), self.row, self.column)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " ({})", shown(name)))
    }
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.display())?;
        match self.others {
            0 => Ok(()),
            1 => f.write_str(" and 1 other"),
            others => write!(f, " and {others} others"),
        }
    }
}

impl fmt::Display for RowPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Object { line, number } => write!(f, "line {line} (object {number})"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the cell is empty: every cell must hold a number"),
            Self::Null => f.write_str("the value is missing (null): every value must be a number"),
            Self::Unseen => f.write_str("no row so far has this field: correct its name, or say what becomes of missing values"),
            Self::Missing(text) => write!(f, "the value is missing ({}): every value must be a number", quoted(text)),
            Self::NotANumber(text) => write!(f, "{} is not a number: write it like 12, -0.5 or 1.2e6", quoted(text)),
            Self::Notation { text, notation } => f.write_str(&notation.said(&quoted(text), text)),
            Self::NotFinite(text) => write!(f, "{} is not a finite number: remove or replace such rows", shown(text)),
            Self::Outside { value, low, high } => write!(f, "{value} is outside {low} to {high}"),
            Self::Label(text) => write!(f, "the label is {}: every row must have one, a number or a word", shown(text)),
            Self::Twice => f.write_str("the row has this field twice"),
            Self::Unlike { found, expected } => write!(f, "{} is no {expected}, as the first rows have it", quoted(found)),
            Self::Length { found, expected } => {
                let values = if *found == 1 { "value" } else { "values" };
                write!(f, "it holds {found} {values} instead of {expected}: all must have the same length")
            }
            Self::NoElements => f.write_str("the list is empty, but that of the first row tells how many features there are"),
            Self::Vector(problem) => write!(f, "the vector is malformed: {}", shown(problem)),
        }
    }
}

/// A name or a number from a file for a message: with its control characters escaped, and its middle left out if it is long.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 120;
    const AT_THE_END: usize = 30;
    let plain = |letter: char| !letter.is_control() && !is_direction(letter);
    if text.len() <= LONGEST && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let escaped = |letter: char| if plain(letter) { letter.to_string() } else { letter.escape_default().to_string() };
    let letters = text.chars().count();
    let (start, end) = if letters <= LONGEST { (letters, 0) } else { (LONGEST - AT_THE_END - 1, AT_THE_END) };
    let first = text.chars().take(start).map(escaped);
    let last = text.chars().skip(letters - end).map(escaped);
    let gap = (letters > LONGEST).then(|| "…".to_owned());
    Cow::Owned(first.chain(gap).chain(last).collect())
}

/// Names for a message.
pub(crate) fn listed(names: &[String]) -> String {
    names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
}

/// Whether a letter changes the direction of the text after it.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from a file for a message: quoted, escaped, and cut to one line.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_change_no_terminal() {
        let long = format!("start{}end", "ü".repeat(1_000));
        let cases = [("a b", "a b"), ("a\u{1b}[31m\nb\u{202e}", "a\\u{1b}[31m\\nb\\u{202e}"), ("", "")];
        for (name, expected) in cases {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown(&long).chars().count(), 120);
        assert!(shown(&long).starts_with("startü") && shown(&long).ends_with("üend") && shown(&long).contains('…'));
    }

    #[test]
    fn what_errors_say_survives_json() {
        let flaws = [Flaw::Empty, Flaw::Missing("NA".into()), Flaw::Outside { value: 2.0, low: 0.0, high: 1.0 }, Flaw::Twice];
        for (flaw, row) in flaws.into_iter().zip([
            RowPosition::Line(3),
            RowPosition::Row(7),
            RowPosition::Object { line: 5, number: 2 },
            RowPosition::Row(1),
        ]) {
            let position = Position { file: "a/b.csv".into(), row, column: 2, name: Some("b".into()) };
            let all = (flaw, position, Files { first: "a".into(), others: 2 });
            let json = serde_json::to_string(&all).unwrap();
            assert_eq!(serde_json::from_str::<(Flaw, Position, Files)>(&json).unwrap(), all);
        }
    }
}
