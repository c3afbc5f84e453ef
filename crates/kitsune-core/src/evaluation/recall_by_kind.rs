//! How many of the anomalies of each kind are flagged.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// The rows of one kind, and how many of them are flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KindRecall {
    /// The kind.
    pub kind: String,
    /// Number of rows of this kind.
    pub rows: u64,
    /// Number of these rows that score at least the threshold.
    pub flagged: u64,
}

impl KindRecall {
    /// The share of the rows that are flagged, in 0-1.
    pub fn recall(&self) -> f64 {
        self.flagged as f64 / self.rows.max(1) as f64
    }
}

/// Counts the flagged rows of each kind, given the score and the kind of each row. Rows that score at least `threshold` are flagged. The kinds
/// with the most rows come first.
pub fn recall_by_kind<'a>(rows: impl IntoIterator<Item = (f32, &'a str)>, threshold: f32) -> Vec<KindRecall> {
    let mut counts: HashMap<&str, [u64; 2]> = HashMap::new();
    for (score, kind) in rows {
        let [rows, flagged] = counts.entry(kind).or_default();
        *rows += 1;
        *flagged += u64::from(score >= threshold);
    }
    let kind = |(kind, [rows, flagged]): (&str, [u64; 2])| KindRecall { kind: kind.to_owned(), rows, flagged };
    let mut kinds: Vec<_> = counts.into_iter().map(kind).collect();
    kinds.sort_by(|a, b| (Reverse(a.rows), &a.kind).cmp(&(Reverse(b.rows), &b.kind)));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_kind() {
        let rows = [(3.0, "dos"), (1.0, "scan"), (2.0, "dos"), (0.5, "dos"), (2.5, "scan"), (9.0, "bot")];
        let found = recall_by_kind(rows, 2.0);
        let counts: Vec<_> = found.iter().map(|kind| (kind.kind.as_str(), kind.rows, kind.flagged)).collect();
        assert_eq!(counts, [("dos", 3, 2), ("scan", 2, 1), ("bot", 1, 1)]);
        assert_eq!(found[1].recall(), 0.5);
        assert!(recall_by_kind([], 0.0).is_empty());
    }
}
