//! Conditions on the values of a column, by which rows are kept.

use std::fmt;
use std::str::FromStr;

use crate::named::{UnknownName, by_name};

/// A condition on a row: the value of a column equals a text, or differs from it. Numbers are compared by their value, texts without the
/// blanks around them; a missing value is the empty text.
///
/// Of several conditions a row must meet all, except that equalities on one column are alternatives: `type=flow` and `type=netflow` keep
/// the rows of either type.
///
/// `Display` prints `column=value` or `column!=value`, and `FromStr` reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    column: String,
    equals: bool,
    value: String,
}

impl Condition {
    /// The condition that the value of `column` is `value`.
    pub fn equal(column: &str, value: &str) -> Self {
        Self { column: column.into(), equals: true, value: value.trim().into() }
    }

    /// The condition that the value of `column` is not `value`.
    pub fn unequal(column: &str, value: &str) -> Self {
        Self { equals: false, ..Self::equal(column, value) }
    }

    /// The column.
    pub fn column(&self) -> &str {
        &self.column
    }
}

by_name!(Condition);

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.column, if self.equals { "=" } else { "!=" }, self.value)
    }
}

impl FromStr for Condition {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let unknown = || UnknownName::new("condition", text, &["COLUMN=VALUE", "COLUMN!=VALUE"]);
        let (column, value) = text.split_once('=').ok_or_else(unknown)?;
        let found = match column.strip_suffix('!') {
            Some(column) => Self::unequal(column.trim(), value),
            None => Self::equal(column.trim(), value),
        };
        if found.column.is_empty() { Err(unknown()) } else { Ok(found) }
    }
}

/// What all conditions together ask of one column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnTest {
    /// The index of the column.
    pub(crate) column: usize,
    /// The values of which the column must have one, if there are any.
    any_of: Vec<Wanted>,
    /// The values that the column must not have.
    none_of: Vec<Wanted>,
}

/// A value to compare with.
#[derive(Clone, Debug)]
struct Wanted {
    text: String,
    number: Option<f64>,
}

impl ColumnTest {
    /// What the conditions ask of each column that they name. `find` gives the index of a column.
    pub(crate) fn all<E>(conditions: &[Condition], mut find: impl FnMut(&str) -> Result<usize, E>) -> Result<Vec<Self>, E> {
        let mut tests: Vec<Self> = Vec::new();
        for condition in conditions {
            let column = find(&condition.column)?;
            let at = tests.iter().position(|test| test.column == column).unwrap_or_else(|| {
                tests.push(Self { column, any_of: Vec::new(), none_of: Vec::new() });
                tests.len() - 1
            });
            let wanted = Wanted { text: condition.value.clone(), number: condition.value.parse().ok() };
            if condition.equals { tests[at].any_of.push(wanted) } else { tests[at].none_of.push(wanted) }
        }
        tests.sort_by_key(|test| test.column);
        Ok(tests)
    }

    /// Whether a value meets the conditions on its column. A missing value is the empty text.
    pub(crate) fn is_met(&self, value: &str) -> bool {
        let value = value.trim();
        // Numbers are parsed only for comparisons with numbers.
        let number = std::cell::OnceCell::new();
        self.holds(|wanted| {
            wanted.text == value || wanted.number.is_some_and(|wanted| *number.get_or_init(|| value.parse().ok()) == Some(wanted))
        })
    }

    /// Whether a missing value meets the conditions, which its file writes as this word. It equals the word and the empty text.
    pub(crate) fn is_met_by_missing(&self, word: &str) -> bool {
        self.holds(|wanted| wanted.text.is_empty() || wanted.text == word)
    }

    fn holds(&self, equals: impl Fn(&Wanted) -> bool) -> bool {
        (self.any_of.is_empty() || self.any_of.iter().any(&equals)) && !self.none_of.iter().any(equals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        for text in ["type=flow", "flow.state!=closed", "a=", "a!=", "a=b=c", "a=!b"] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_string(), text);
            assert_eq!(serde_json::to_value(&condition).unwrap(), text);
        }
        assert_eq!(" type = flow ".parse(), Ok(Condition::equal("type", "flow")));
        for text in ["type", "=flow", "!=flow", ""] {
            assert!(text.parse::<Condition>().unwrap_err().to_string().ends_with("it must be COLUMN=VALUE or COLUMN!=VALUE"));
        }
    }

    #[test]
    fn equalities_on_one_column_are_alternatives_and_all_else_must_hold() {
        let conditions = ["type=flow", "type=netflow", "port!=80", "type!=x", "port!=443"].map(|text| text.parse().unwrap());
        let column = |name: &str| Ok::<_, ()>(usize::from(name == "type") * 3);
        let tests = ColumnTest::all(&conditions, column).unwrap();
        assert_eq!(tests.iter().map(|test| test.column).collect::<Vec<_>>(), [0, 3]);
        for (port, kind, expected) in [
            ("53", "flow", true),
            ("53", " netflow ", true),
            ("80.0", "flow", false),
            ("53", "dns", false),
            ("", "flow", true),
            ("443", "flow", false),
        ] {
            assert_eq!(tests[0].is_met(port) && tests[1].is_met(kind), expected, "{port} {kind}");
        }
    }

    #[test]
    fn a_missing_value_is_the_empty_text_and_the_word_for_it() {
        for (condition, expected) in [("a=", true), ("a=-", true), ("a=x", false), ("a!=", false), ("a!=-", false), ("a!=x", true)] {
            let tests = ColumnTest::all(&[condition.parse().unwrap()], |_| Ok::<_, ()>(0)).unwrap();
            assert_eq!(tests[0].is_met_by_missing("-"), expected, "{condition}");
        }
    }
}
