//! The counts that every metric is computed from.

use super::confusion_matrix::ConfusionMatrix;
use super::metrics::{FALSE_POSITIVE_RATES, Metrics};

/// Minimum number of normal rows beyond a point of a curve, or covered by a false positive rate, for it to be reported.
pub(super) const SUPPORT: usize = 10;

/// Counts of the rows of one score, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) normal: usize,
    pub(super) anomalous: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.normal += other.normal;
        self.anomalous += other.anomalous;
    }
}

/// The rows of each score, from the highest score down: `[scores]`. A tally may be empty, but together they have rows of both classes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tallies<'a> {
    groups: &'a [Tally],
    total: Tally,
}

impl<'a> Tallies<'a> {
    pub(super) fn new(groups: &'a [Tally], total: Tally) -> Self {
        Self { groups, total }
    }

    /// The rows at or above each score, from the highest score down.
    pub(super) fn above(self) -> impl Iterator<Item = Tally> + 'a {
        self.groups.iter().scan(Tally::default(), |above, &group| {
            above.add(group);
            Some(*above)
        })
    }

    pub(super) fn false_positive_rate(self, above: Tally) -> f64 {
        above.normal as f64 / self.total.normal as f64
    }

    pub(super) fn true_positive_rate(self, above: Tally) -> f64 {
        above.anomalous as f64 / self.total.anomalous as f64
    }

    /// The share of pairs of a normal row and an anomaly in the right order, ties counted half. It is exact, since pairs are counted in
    /// integers.
    pub(super) fn roc_auc(self) -> f64 {
        let mut above = 0;
        let mut half_pairs = 0_u128;
        for group in self.groups {
            half_pairs += group.normal as u128 * (2 * above + group.anomalous) as u128;
            above += group.anomalous;
        }
        half_pairs as f64 / (2 * self.total.normal as u128 * self.total.anomalous as u128) as f64
    }

    /// Sum over the scores of the added recall times the precision.
    pub(super) fn average_precision(self) -> f64 {
        let terms = self.groups.iter().zip(self.above()).filter(|(group, _)| group.anomalous > 0);
        terms.map(|(group, above)| group.anomalous as f64 * precision(above)).sum::<f64>() / self.total.anomalous as f64
    }

    pub(super) fn true_positive_rate_at(self, false_positive_rate: f64) -> Option<f64> {
        if SUPPORT as f64 / self.total.normal as f64 > false_positive_rate {
            return None;
        }
        let allowed = self.above().take_while(|&above| self.false_positive_rate(above) <= false_positive_rate);
        Some(allowed.last().map_or(0.0, |above| self.true_positive_rate(above)))
    }

    /// The rate at which the curve from (0, 0) through the points of all scores to (1, 1), joined by straight lines, has as many false
    /// positives as misses.
    pub(super) fn equal_error_rate(self) -> f64 {
        // The false positive rate minus the rate of misses rises from -1 to 1, so it is 0 once.
        let excess = |above| self.false_positive_rate(above) + self.true_positive_rate(above) - 1.0;
        let mut before = Tally::default();
        for above in self.above() {
            if excess(above) >= 0.0 {
                let share = excess(before) / (excess(before) - excess(above));
                let (from, to) = (self.false_positive_rate(before), self.false_positive_rate(above));
                return from + share * (to - from);
            }
            before = above;
        }
        1.0
    }

    /// The right and wrong verdicts if the rows of the first `flagged` scores are called anomalies.
    pub(super) fn verdicts(self, flagged: usize) -> ConfusionMatrix {
        let mut above = Tally::default();
        self.groups[..flagged].iter().for_each(|&group| above.add(group));
        ConfusionMatrix {
            true_positives: above.anomalous,
            false_positives: above.normal,
            true_negatives: self.total.normal - above.normal,
            false_negatives: self.total.anomalous - above.anomalous,
        }
    }

    /// Every metric. Those of a threshold assume that the first `flagged` scores are at or above it.
    pub(super) fn metrics(self, flagged: Option<usize>) -> Metrics<Option<f64>> {
        let verdicts = flagged.map(|flagged| self.verdicts(flagged));
        let [at_001, at_01, at_05] = FALSE_POSITIVE_RATES.map(|rate| self.true_positive_rate_at(rate));
        Metrics {
            roc_auc: Some(self.roc_auc()),
            average_precision: Some(self.average_precision()),
            tpr_at_fpr_001: at_001,
            tpr_at_fpr_01: at_01,
            tpr_at_fpr_05: at_05,
            equal_error_rate: Some(self.equal_error_rate()),
            precision: verdicts.and_then(ConfusionMatrix::precision),
            recall: verdicts.and_then(ConfusionMatrix::recall),
            f1: verdicts.and_then(ConfusionMatrix::f1),
            false_alarm_rate: verdicts.and_then(ConfusionMatrix::false_alarm_rate),
        }
    }
}

/// Share of anomalies among at least one row.
pub(super) fn precision(rows: Tally) -> f64 {
    rows.anomalous as f64 / (rows.anomalous + rows.normal) as f64
}
