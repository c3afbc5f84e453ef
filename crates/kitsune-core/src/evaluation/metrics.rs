//! The metrics of an evaluation by name.

use serde::{Deserialize, Serialize};

/// The false positive rates at which the true positive rate is reported.
pub(super) const FALSE_POSITIVE_RATES: [f64; 3] = [0.001, 0.01, 0.05];

/// A quantity per metric: a value, an estimate or a mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metrics<T> {
    /// Area under the ROC curve: the chance that an anomaly scores higher than a normal row, ties counted half.
    pub roc_auc: T,
    /// Average precision: the precision at each score, weighted by the recall that the score adds.
    pub average_precision: T,
    /// True positive rate at a false positive rate of 0.1 %.
    pub tpr_at_fpr_001: T,
    /// True positive rate at a false positive rate of 1 %.
    pub tpr_at_fpr_01: T,
    /// True positive rate at a false positive rate of 5 %.
    pub tpr_at_fpr_05: T,
    /// Equal error rate: the rate at which the share of flagged normal rows equals the share of missed anomalies.
    pub equal_error_rate: T,
    /// Share of anomalies among the rows at or above the threshold.
    pub precision: T,
    /// Share of the anomalies at or above the threshold.
    pub recall: T,
    /// Harmonic mean of precision and recall at the threshold.
    pub f1: T,
    /// Share of the normal rows at or above the threshold.
    pub false_alarm_rate: T,
}

impl<T> Metrics<T> {
    /// Each metric with its name, in the order of the fields. The names are those of the serialized form.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &T)> {
        [
            ("roc_auc", &self.roc_auc),
            ("average_precision", &self.average_precision),
            ("tpr_at_fpr_001", &self.tpr_at_fpr_001),
            ("tpr_at_fpr_01", &self.tpr_at_fpr_01),
            ("tpr_at_fpr_05", &self.tpr_at_fpr_05),
            ("equal_error_rate", &self.equal_error_rate),
            ("precision", &self.precision),
            ("recall", &self.recall),
            ("f1", &self.f1),
            ("false_alarm_rate", &self.false_alarm_rate),
        ]
        .into_iter()
    }

    /// Applies `function` to each metric.
    pub fn map<U>(self, mut function: impl FnMut(T) -> U) -> Metrics<U> {
        Metrics {
            roc_auc: function(self.roc_auc),
            average_precision: function(self.average_precision),
            tpr_at_fpr_001: function(self.tpr_at_fpr_001),
            tpr_at_fpr_01: function(self.tpr_at_fpr_01),
            tpr_at_fpr_05: function(self.tpr_at_fpr_05),
            equal_error_rate: function(self.equal_error_rate),
            precision: function(self.precision),
            recall: function(self.recall),
            f1: function(self.f1),
            false_alarm_rate: function(self.false_alarm_rate),
        }
    }

    /// Combines each metric with the same metric of `other`.
    pub fn zip<U, V>(self, other: Metrics<U>, mut function: impl FnMut(T, U) -> V) -> Metrics<V> {
        Metrics {
            roc_auc: function(self.roc_auc, other.roc_auc),
            average_precision: function(self.average_precision, other.average_precision),
            tpr_at_fpr_001: function(self.tpr_at_fpr_001, other.tpr_at_fpr_001),
            tpr_at_fpr_01: function(self.tpr_at_fpr_01, other.tpr_at_fpr_01),
            tpr_at_fpr_05: function(self.tpr_at_fpr_05, other.tpr_at_fpr_05),
            equal_error_rate: function(self.equal_error_rate, other.equal_error_rate),
            precision: function(self.precision, other.precision),
            recall: function(self.recall, other.recall),
            f1: function(self.f1, other.f1),
            false_alarm_rate: function(self.false_alarm_rate, other.false_alarm_rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_order_are_those_of_the_serialized_form() {
        let mut index = 0;
        let metrics = Metrics::<()> {
            roc_auc: (),
            average_precision: (),
            tpr_at_fpr_001: (),
            tpr_at_fpr_01: (),
            tpr_at_fpr_05: (),
            equal_error_rate: (),
            precision: (),
            recall: (),
            f1: (),
            false_alarm_rate: (),
        };
        let numbered = metrics.map(|()| {
            index += 1;
            index
        });
        let named: Vec<String> = numbered.each().map(|(name, index)| format!("\"{name}\":{index}")).collect();
        assert_eq!(serde_json::to_string(&numbered).unwrap(), format!("{{{}}}", named.join(",")));
    }
}
