//! Labelled rows in the order of their scores.

use super::confusion_matrix::ConfusionMatrix;
use super::tally::{Tallies, Tally};
use crate::error::Error;

/// Labelled rows in the order of their scores. Rows of equal score are one step and have no order among them.
///
/// A threshold flags the rows that score at least as high.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The distinct scores, from the highest down.
    pub(super) scores: Vec<f32>,
    /// The rows of each score.
    pub(super) groups: Vec<Tally>,
    pub(super) total: Tally,
}

impl Ranking {
    /// Ranks rows by `scores` `[rows]`, higher is stranger. `anomalous` `[rows]` is true for anomalies.
    ///
    /// # Errors
    ///
    /// If the numbers of labels and scores differ, a score is not finite, or there is no normal row or no anomaly.
    pub fn new(scores: &[f32], anomalous: &[bool]) -> Result<Self, Error> {
        if scores.len() != anomalous.len() {
            return Err(Error::LabelCount { scores: scores.len(), labels: anomalous.len() });
        }
        if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
            return Err(Error::ScoreNotFinite { row: row as u64, score: scores[row] });
        }
        let anomalies = anomalous.iter().filter(|&&anomalous| anomalous).count();
        let total = Tally { normal: scores.len() - anomalies, anomalous: anomalies };
        for (count, missing) in [(total.normal, "normal"), (total.anomalous, "anomalous")] {
            if count == 0 {
                return Err(Error::OneClass { rows: scores.len() as u64, missing });
            }
        }

        let mut rows: Vec<(f32, bool)> = scores.iter().copied().zip(anomalous.iter().copied()).collect();
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let ties = || rows.chunk_by(|a, b| a.0 == b.0);
        let tally = |tie: &[(f32, bool)]| {
            let anomalous = tie.iter().filter(|(_, anomalous)| *anomalous).count();
            Tally { normal: tie.len() - anomalous, anomalous }
        };
        Ok(Self { scores: ties().map(|tie| tie[0].0).collect(), groups: ties().map(tally).collect(), total })
    }

    /// Number of normal rows.
    pub fn normal_rows(&self) -> usize {
        self.total.normal
    }

    /// Number of anomalies.
    pub fn anomalies(&self) -> usize {
        self.total.anomalous
    }

    /// Area under the ROC curve, 0 to 1: the chance that an anomaly scores higher than a normal row, ties counted half.
    pub fn roc_auc(&self) -> f64 {
        self.tallies().roc_auc()
    }

    /// Average precision, 0 to 1: the sum over the scores, from the highest down, of the precision at each times the recall that it adds.
    pub fn average_precision(&self) -> f64 {
        self.tallies().average_precision()
    }

    /// The highest true positive rate of a threshold whose false positive rate is at most the given one. `None` if that rate covers fewer
    /// than 10 normal rows, since the result would depend on a handful of rows.
    pub fn true_positive_rate_at(&self, false_positive_rate: f64) -> Option<f64> {
        self.tallies().true_positive_rate_at(false_positive_rate)
    }

    /// The rate at which the share of flagged normal rows equals the share of missed anomalies, 0 to 1: the false positive rate at which
    /// the ROC curve, from (0, 0) to (1, 1) with straight lines between its points, meets the line TPR = 1 - FPR.
    pub fn equal_error_rate(&self) -> f64 {
        self.tallies().equal_error_rate()
    }

    /// The right and wrong verdicts if rows that score at least `threshold` are flagged.
    pub fn verdicts(&self, threshold: f32) -> ConfusionMatrix {
        self.tallies().verdicts(self.scores_from(threshold))
    }

    /// The number of distinct scores that are at least `threshold`.
    pub(super) fn scores_from(&self, threshold: f32) -> usize {
        self.scores.partition_point(|&score| score >= threshold)
    }

    pub(super) fn tallies(&self) -> Tallies<'_> {
        Tallies::new(&self.groups, self.total)
    }
}
