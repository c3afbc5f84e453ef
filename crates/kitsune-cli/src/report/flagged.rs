//! The flagged rows with the highest scores, and the reasons for them.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::text::shortened;

/// The most rows that a page can show.
const ROWS: usize = 1000;
/// The most reasons for a row that a page can show.
const REASONS: usize = 20;
/// The most `--keep` columns of a row that a page can show.
const KEPT: usize = 16;

/// A flagged row.
#[derive(Debug, Clone)]
pub(crate) struct Flagged {
    /// The number of the row, from 1.
    pub(crate) row: u64,
    pub(crate) score: f32,
    /// The probability that a normal row scores at least as high.
    pub(crate) tail_probability: Option<f64>,
    /// Whether the row is labelled as an anomaly, if it has a label.
    pub(crate) label: Option<bool>,
    /// The names and values of the `--keep` columns.
    pub(crate) kept: Vec<(String, String)>,
    /// The strongest reason first.
    pub(crate) reasons: Vec<ShownReason>,
}

/// A column that contributed to a score.
#[derive(Debug, Clone)]
pub(crate) struct ShownReason {
    pub(crate) column: String,
    pub(crate) value: f64,
    /// The reconstruction.
    pub(crate) expected: f64,
    /// The lowest and the highest value of the column in training, if the value lies beyond them.
    pub(crate) range: Option<[f64; 2]>,
    /// The error in deviations of the training errors.
    pub(crate) contribution: f64,
    /// The number of the column's cluster, if it is in one.
    pub(crate) cluster: Option<usize>,
}

/// The rows with the highest scores, and the number of all flagged rows.
#[derive(Debug)]
pub(crate) struct Highest {
    /// The row with the lowest score is on top.
    rows: BinaryHeap<Reverse<Ranked>>,
    total: u64,
}

/// A row ordered by its score. Among equal scores the earlier row is higher.
#[derive(Debug)]
struct Ranked(Flagged);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.score.total_cmp(&other.0.score).then(other.0.row.cmp(&self.0.row))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

impl Highest {
    pub(crate) fn new() -> Self {
        Self { rows: BinaryHeap::new(), total: 0 }
    }

    pub(crate) fn take(&mut self, row: Flagged) {
        self.total += 1;
        let row = Ranked(row);
        if self.rows.len() == ROWS {
            if self.rows.peek().is_some_and(|Reverse(lowest)| row < *lowest) {
                return;
            }
            self.rows.pop();
        }
        self.rows.push(Reverse(Ranked(bounded(row.0))));
    }

    /// Whether a row with this score would be among the highest. Among equal scores the earlier row is, and rows come in order.
    pub(crate) fn wants(&self, score: f32) -> bool {
        self.rows.len() < ROWS || self.rows.peek().is_none_or(|Reverse(Ranked(lowest))| score.total_cmp(&lowest.score).is_gt())
    }

    /// Counts rows that are not among the highest.
    pub(crate) fn count_hidden(&mut self, rows: u64) {
        self.total += rows;
    }

    /// The rows from the highest score down.
    pub(crate) fn rows(&self) -> Vec<&Flagged> {
        let mut rows: Vec<_> = self.rows.iter().map(|Reverse(row)| row).collect();
        rows.sort_unstable_by(|a, b| b.cmp(a));
        rows.into_iter().map(|Ranked(row)| row).collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

/// Shortens names and values, which come from files and can have any size.
fn bounded(mut row: Flagged) -> Flagged {
    row.kept.truncate(KEPT);
    row.kept.shrink_to_fit();
    for (name, value) in &mut row.kept {
        (*name, *value) = (shortened(name), shortened(value));
    }
    row.reasons.truncate(REASONS);
    row.reasons.shrink_to_fit();
    for reason in &mut row.reasons {
        reason.column = shortened(&reason.column);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(row: u64, score: f32) -> Flagged {
        Flagged { row, score, tail_probability: None, label: None, kept: Vec::new(), reasons: Vec::new() }
    }

    #[test]
    fn the_thousand_highest_of_any_number_are_kept_in_order() {
        // Every score occurs three times, so some are tied across the limit.
        let score = |number: u64| (number * 7919 % 10_007 / 3) as f32;
        let mut highest = Highest::new();
        for number in 1..=10_007 {
            highest.take(row(number, score(number)));
        }
        let mut all: Vec<_> = (1..=10_007).map(|number| (Reverse(score(number) as u64), number)).collect();
        all.sort_unstable();
        assert_eq!(highest.total(), 10_007);
        let kept: Vec<_> = highest.rows().iter().map(|row| row.row).collect();
        let expected: Vec<_> = all.iter().take(ROWS).map(|(_, number)| *number).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_is_not_wanted_would_not_be_kept() {
        let score = |number: u64| (number * 7919 % 10_007 / 3) as f32;
        let (mut all, mut wanted) = (Highest::new(), Highest::new());
        for number in 1..=10_007 {
            all.take(row(number, score(number)));
            if wanted.wants(score(number)) {
                wanted.take(row(number, score(number)));
            } else {
                wanted.count_hidden(1);
            }
        }
        let numbers = |highest: &Highest| highest.rows().iter().map(|row| row.row).collect::<Vec<_>>();
        assert_eq!((numbers(&wanted), wanted.total()), (numbers(&all), all.total()));
    }

    #[test]
    fn a_row_of_any_size_is_cut_to_a_bounded_one() {
        let mut highest = Highest::new();
        let long = "x".repeat(1_000_000);
        let reason = ShownReason { column: long.clone(), value: 1.0, expected: 0.0, range: None, contribution: 9.0, cluster: Some(1) };
        highest.take(Flagged { kept: vec![(long.clone(), long); 100], reasons: vec![reason; 100], ..row(1, 1.0) });
        let rows = highest.rows();
        let letters = |row: &Flagged| row.kept.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        assert!(letters(rows[0]) < 10_000);
        assert_eq!((rows[0].kept.len(), rows[0].reasons.len()), (KEPT, REASONS));
        assert_eq!(rows[0].kept.capacity(), KEPT);
    }
}
