//! The labels of rows: the kinds that occur, and which of them are normal.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::fault::quoted;
use crate::missing_words::MissingWords;

/// Labels that usually mark normal rows, if the user names none.
const USUAL: [&str; 4] = ["benign", "normal", "normal.", "0"];

/// More kinds of labels than this are a sign that the column holds no labels.
pub(crate) const MOST_KINDS: usize = 1_000;

/// The number of kinds that a message lists. The others are counted.
const LISTED: usize = 20;

/// A kind of label: its text and the number of rows that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelKind {
    /// The label. Numbers are written in one way: `0.0` and `false` are `0`, `true` is `1`.
    pub label: String,
    /// The number of rows.
    pub rows: u64,
}

/// The kinds of labels that the passes of a source have found, in the order in which they were found first. It is a cheap handle: clones share
/// what was found.
#[derive(Clone, Debug, Default)]
pub struct LabelKinds {
    found: Arc<Mutex<Found>>,
}

#[derive(Debug, Default)]
struct Found {
    kinds: Vec<LabelKind>,
    by_label: HashMap<String, u32>,
}

impl LabelKinds {
    /// All kinds so far, in the order of their indices in [`Batch::labels`](crate::Batch::labels).
    pub fn kinds(&self) -> Vec<LabelKind> {
        self.found().kinds.clone()
    }

    /// Whether there are so many kinds that the column seems to hold something else than labels.
    pub(crate) fn are_too_many(&self) -> bool {
        self.found().kinds.len() > MOST_KINDS
    }

    /// The index of the kind of each row, whose labels were gathered without a view of the other rows of the source.
    pub(crate) fn enter(&self, labels: &RowLabels) -> Vec<u32> {
        let mut found = self.found();
        let mut counts = vec![0; labels.names.len()];
        for &name in &labels.of_rows {
            counts[name as usize] += 1;
        }
        let index = |(name, rows): (&String, u64)| {
            if rows == 0 {
                // It belonged to a row that is none, such as a header that comes again.
                return 0;
            }
            let next = found.kinds.len() as u32;
            let index = *found.by_label.entry(name.clone()).or_insert(next);
            if index == next {
                found.kinds.push(LabelKind { label: name.clone(), rows: 0 });
            }
            found.kinds[index as usize].rows += rows;
            index
        };
        let indices: Vec<u32> = labels.names.iter().zip(counts).map(index).collect();
        labels.of_rows.iter().map(|&name| indices[name as usize]).collect()
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        // Only a panic could leave it half updated, and then the pass has ended.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The labels of some rows, gathered by one thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowLabels {
    /// The different labels, in one spelling.
    names: Vec<String>,
    /// Whether each of these is normal.
    normal: Vec<bool>,
    /// The index of the label of each row.
    of_rows: Vec<u32>,
    by_text: HashMap<Vec<u8>, u32>,
    /// The text of the last label, since most rows have the label of the row before.
    last: Option<(Vec<u8>, u32)>,
}

impl RowLabels {
    /// Adds the label of the next row, as its file spells it. Returns whether it is normal; `None` for no label at all.
    pub(crate) fn push(&mut self, text: &[u8], normal: Option<&NormalLabels>) -> Option<bool> {
        let index = match &self.last {
            Some((last, index)) if last == text => *index,
            _ => {
                let index = self.index(text, normal)?;
                self.last = Some((text.to_owned(), index));
                index
            }
        };
        self.of_rows.push(index);
        Some(self.normal[index as usize])
    }

    fn index(&mut self, text: &[u8], normal: Option<&NormalLabels>) -> Option<u32> {
        if let Some(&index) = self.by_text.get(text) {
            return Some(index);
        }
        let name = spelled(&String::from_utf8_lossy(text))?;
        let is_normal = normal.is_none_or(|normal| normal.matches(&name));
        let index = self.named(&name, is_normal);
        self.by_text.insert(text.to_owned(), index);
        Some(index)
    }

    /// The index of a label in its one spelling.
    fn named(&mut self, name: &str, is_normal: bool) -> u32 {
        if let Some(&index) = self.by_text.get(name.as_bytes()) {
            return index;
        }
        let index = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.normal.push(is_normal);
        self.by_text.insert(name.as_bytes().to_owned(), index);
        index
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.of_rows.len()
    }

    /// The same labels, of which these are normal.
    pub(crate) fn judged(&self, normal: &NormalLabels) -> Self {
        Self { normal: self.names.iter().map(|name| normal.matches(name)).collect(), ..self.clone() }
    }

    /// Whether each row is normal.
    pub(crate) fn normal(&self) -> impl Iterator<Item = bool> {
        self.of_rows.iter().map(|&index| self.normal[index as usize])
    }

    /// Whether each row is an anomaly.
    pub(crate) fn anomalies(&self) -> Vec<bool> {
        self.normal().map(|normal| !normal).collect()
    }

    /// Whether the first label seems to be the name of the others: a word that is none of them.
    pub(crate) fn begin_with_header(&self) -> bool {
        let is_name = |(first, others): (&u32, &[u32])| !others.contains(first) && self.names[*first as usize].parse::<f64>().is_err();
        self.of_rows.split_first().is_some_and(is_name)
    }

    /// Keeps the first rows only.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.of_rows.truncate(rows);
    }

    /// The labels of some of the rows.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        Self { of_rows: self.of_rows[rows].to_vec(), names: self.names.clone(), normal: self.normal.clone(), ..Self::default() }
    }

    /// Appends the rows of `other`.
    pub(crate) fn append(&mut self, other: &Self) {
        let indices: Vec<u32> = other.names.iter().zip(&other.normal).map(|(name, &normal)| self.named(name, normal)).collect();
        self.of_rows.extend(other.of_rows.iter().map(|&index| indices[index as usize]));
    }
}

/// The labels of normal rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NormalLabels(Vec<String>);

/// Why the labels do not say which rows are normal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum UnclearLabels {
    /// None of the labels is one that normal rows usually have.
    #[error("none of the labels is a usual one for normal rows (benign, normal, 0): the labels are {}; name the normal ones", listed(.0))]
    NoneUsual(Vec<LabelKind>),
    /// Several labels are ones that normal rows usually have.
    #[error("several labels may mark normal rows: the labels are {}; name the normal ones", listed(.0))]
    SeveralUsual(Vec<LabelKind>),
    /// No row has any of the labels that were named as normal.
    #[error("no row has the label {}: the labels are {}", wanted.join(" or "), listed(found))]
    NoSuchLabel {
        /// The labels that were named.
        wanted: Vec<String>,
        /// The labels that occur.
        found: Vec<LabelKind>,
    },
}

impl UnclearLabels {
    /// The labels that occur.
    pub fn found(&self) -> &[LabelKind] {
        match self {
            Self::NoneUsual(found) | Self::SeveralUsual(found) | Self::NoSuchLabel { found, .. } => found,
        }
    }
}

impl NormalLabels {
    /// Makes these labels the normal ones. Case does not count, and numbers match by their value.
    pub fn new(labels: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(labels.into_iter().map(|label| spelled(label.as_ref()).unwrap_or_default()).collect())
    }

    /// The normal labels among those that occur: the `wanted` ones, or else the one label that is usual for normal rows (benign, normal, 0).
    ///
    /// # Errors
    ///
    /// If no row has a wanted label, or if none or several of the usual labels occur. The labels 1 and -1 are never guessed: each of them
    /// marks normal rows in some data.
    pub fn among(found: &[LabelKind], wanted: Option<&Self>) -> Result<Self, UnclearLabels> {
        if let Some(wanted) = wanted {
            let occurs = found.iter().any(|kind| wanted.matches(&kind.label));
            let none = || UnclearLabels::NoSuchLabel { wanted: wanted.0.clone(), found: found.to_vec() };
            return if occurs || found.is_empty() { Ok(wanted.clone()) } else { Err(none()) };
        }
        let occurs = |usual: &&str| found.iter().any(|kind| kind.label.to_lowercase() == *usual);
        let usual: Vec<_> = USUAL.into_iter().filter(occurs).collect();
        match usual[..] {
            [one] => Ok(Self::new([one])),
            [] if found.is_empty() => Ok(Self(USUAL.map(str::to_owned).into())),
            [] => Err(UnclearLabels::NoneUsual(found.to_vec())),
            _ => Err(UnclearLabels::SeveralUsual(found.to_vec())),
        }
    }

    /// Whether a label, as [`LabelKind::label`] spells it, is a normal one.
    pub fn matches(&self, label: &str) -> bool {
        self.0.iter().any(|normal| normal == label || normal.to_lowercase() == label.to_lowercase())
    }

    /// The labels.
    pub fn labels(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for LabelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", quoted(&self.label), self.rows, if self.rows == 1 { "row" } else { "rows" })
    }
}

/// The one spelling of a label: without blanks around it, numbers and booleans as numbers in their shortest form. `None` for no label at all.
pub(crate) fn spelled(text: &str) -> Option<String> {
    let text = match text.trim() {
        text if text.eq_ignore_ascii_case("false") => "0",
        text if text.eq_ignore_ascii_case("true") => "1",
        text => text,
    };
    match text.parse::<f64>() {
        // Adding 0 makes -0 one with 0.
        Ok(number) if number.is_finite() => Some((number + 0.0).to_string()),
        _ if MissingWords::default().is_missing(text.as_bytes()) => None,
        _ => Some(text.to_owned()),
    }
}

/// The most frequent kinds with their numbers of rows.
fn listed(kinds: &[LabelKind]) -> String {
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
    let more = kinds.len().saturating_sub(LISTED);
    let first = kinds.iter().take(LISTED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(labels: &[(&str, u64)]) -> Vec<LabelKind> {
        labels.iter().map(|&(label, rows)| LabelKind { label: label.into(), rows }).collect()
    }

    #[test]
    fn the_one_usual_label_is_normal() {
        for (labels, normal) in [
            (&[("0", 3), ("1", 2)][..], Some("0")),
            (&[("BENIGN", 3), ("DoS Hulk", 2), ("Bot", 1)], Some("benign")),
            (&[("Normal", 3), ("NORMAL", 2), ("Bot", 1)], Some("normal")),
            (&[("Normal", 3), ("normal.", 2)], None),
            (&[("normal.", 3), ("smurf.", 2)], Some("normal.")),
            (&[("1", 3), ("-1", 2)], None),
            (&[("-999", 3), ("1", 2)], None),
            (&[("0", 3), ("benign", 2)], None),
            (&[("1", 3)], None),
        ] {
            let found = NormalLabels::among(&kinds(labels), None).ok();
            assert_eq!(found.as_ref().map(|normal| normal.labels()[0].as_str()), normal, "{labels:?}");
        }
    }

    #[test]
    fn an_error_lists_the_labels_with_their_counts() {
        let found = kinds(&[("-1", 50), ("1", 950)]);
        let error = NormalLabels::among(&found, None).unwrap_err().to_string();
        assert!(error.contains("the labels are \"1\" (950 rows), \"-1\" (50 rows)"), "{error}");
        let error = NormalLabels::among(&found, Some(&NormalLabels::new(["ok"]))).unwrap_err().to_string();
        assert!(error.starts_with("no row has the label ok: the labels are \"1\" (950 rows)"), "{error}");
    }

    #[test]
    fn wanted_labels_match_by_value_and_whatever_their_case_is() {
        let normal = NormalLabels::new(["1.0", "Benign", "-1"]);
        for (label, expected) in [("1", true), ("benign", true), ("BENIGN", true), ("-1", true), ("0", false), ("11", false)] {
            assert_eq!(normal.matches(&spelled(label).unwrap()), expected, "{label}");
        }
    }

    #[test]
    fn rows_are_gathered_by_threads_and_numbered_by_their_first_row() {
        let (mut first, mut second) = (RowLabels::default(), RowLabels::default());
        for label in ["a", "0", "0.0", " False ", "-0"] {
            assert!(first.push(label.as_bytes(), Some(&NormalLabels::new(["0"]))).is_some());
        }
        assert_eq!(first.normal().collect::<Vec<_>>(), [false, true, true, true, true]);
        for label in ["b", "a", ""] {
            second.push(label.as_bytes(), None);
        }
        assert_eq!(second.normal().count(), 2);
        let kinds = LabelKinds::default();
        assert_eq!(kinds.enter(&first), [0, 1, 1, 1, 1]);
        assert_eq!(kinds.enter(&second), [2, 0]);
        first.append(&second);
        assert_eq!(LabelKinds::default().enter(&first.part(1..7)), [1, 1, 1, 1, 2, 0]);
        let counts: Vec<_> = kinds.kinds().into_iter().map(|kind| (kind.label, kind.rows)).collect();
        assert_eq!(counts, [("a".into(), 2), ("0".into(), 4), ("b".into(), 1)]);
    }
}
