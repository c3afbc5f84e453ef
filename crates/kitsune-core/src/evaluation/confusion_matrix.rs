//! The confusion matrix: right and wrong verdicts.

use serde::{Deserialize, Serialize};

/// Counts of verdicts on rows with a known label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfusionMatrix {
    /// Anomalies that were flagged.
    pub true_positives: usize,
    /// Normal rows that were flagged: false alarms.
    pub false_positives: usize,
    /// Normal rows that were not flagged.
    pub true_negatives: usize,
    /// Anomalies that were not flagged.
    pub false_negatives: usize,
}

impl ConfusionMatrix {
    /// Counts one row.
    pub fn record(&mut self, flagged: bool, anomalous: bool) {
        match (flagged, anomalous) {
            (true, true) => self.true_positives += 1,
            (true, false) => self.false_positives += 1,
            (false, false) => self.true_negatives += 1,
            (false, true) => self.false_negatives += 1,
        }
    }

    /// Share of the flagged rows that are anomalies; `None` if no row is flagged.
    pub fn precision(self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of the anomalies that are flagged; `None` without anomalies.
    pub fn recall(self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Harmonic mean of precision and recall, `2 tp / (2 tp + fp + fn)`. It is 0 if no row is flagged, and `None` if there are no anomalies
    /// either.
    pub fn f1(self) -> Option<f64> {
        let hits = 2 * self.true_positives;
        share(hits, hits + self.false_positives + self.false_negatives)
    }

    /// Share of the normal rows that are flagged; `None` without normal rows.
    pub fn false_alarm_rate(self) -> Option<f64> {
        share(self.false_positives, self.false_positives + self.true_negatives)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shares_of_the_rows_that_they_speak_of() {
        let mut verdicts = ConfusionMatrix::default();
        let rows = [(true, true, 6), (true, false, 2), (false, false, 38), (false, true, 4)];
        for (flagged, anomalous, count) in rows {
            (0..count).for_each(|_| verdicts.record(flagged, anomalous));
        }
        assert_eq!(verdicts.precision(), Some(6.0 / 8.0));
        assert_eq!(verdicts.recall(), Some(6.0 / 10.0));
        assert_eq!(verdicts.f1(), Some(12.0 / 18.0));
        assert_eq!(verdicts.false_alarm_rate(), Some(2.0 / 40.0));
    }

    #[test]
    fn what_no_row_speaks_of_has_no_rate() {
        let nothing_flagged = ConfusionMatrix { true_negatives: 5, false_negatives: 2, ..ConfusionMatrix::default() };
        assert_eq!((nothing_flagged.precision(), nothing_flagged.f1()), (None, Some(0.0)));
        let only_normal = ConfusionMatrix { true_negatives: 5, ..ConfusionMatrix::default() };
        assert_eq!((only_normal.recall(), only_normal.f1(), only_normal.false_alarm_rate()), (None, None, Some(0.0)));
        let only_anomalies = ConfusionMatrix { true_positives: 5, ..ConfusionMatrix::default() };
        assert_eq!((only_anomalies.precision(), only_anomalies.false_alarm_rate()), (Some(1.0), None));
    }
}
