//! Evaluation of scores against labels, and of rows against the training rows of a model.

mod bootstrap;
mod confusion_matrix;
mod curves;
pub(crate) mod drift;
mod metrics;
mod misfit;
mod ranking;
mod recall_by_kind;
mod tally;

use std::convert::Infallible;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use bootstrap::Bootstrap;
pub use confusion_matrix::ConfusionMatrix;
pub use curves::{PlottedCurves, PrecisionRecallPoint, RocPoint};
pub use drift::{ColumnDrift, Drift, DriftWatch};
pub use metrics::Metrics;
pub use misfit::Misfit;
pub use ranking::Ranking;
pub use recall_by_kind::{KindRecall, recall_by_kind};

use bootstrap::CONFIDENCE;

/// A metric with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The metric of the given rows.
    pub value: f64,
    /// Lower end of the interval; `None` without an interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

/// All metrics of scores against labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of rows with a score and a label.
    pub rows: usize,
    /// Number of anomalies among them.
    pub anomalies: usize,
    /// The score from which a row is flagged; `None` without a threshold.
    pub threshold: Option<f32>,
    /// Verdicts at the threshold; `None` without one.
    pub verdicts: Option<ConfusionMatrix>,
    /// Number of replicates for the intervals.
    pub replicates: u32,
    /// Share of the replicates inside an interval; the rest is cut off equally below and above.
    pub confidence: f64,
    /// The metrics. A metric is `None` if the rows cannot determine it: a rate that covers fewer than 10 normal rows, the precision if no
    /// row is flagged, and a metric of the threshold if there is none.
    #[serde(flatten)]
    pub metrics: Metrics<Option<Estimate>>,
}

impl Evaluation {
    /// Evaluates ranked rows. Rows that score at least `threshold` are flagged.
    pub fn new(ranking: &Ranking, threshold: Option<f32>, bootstrap: Bootstrap) -> Self {
        let ControlFlow::Continue(evaluation) = Self::checked(ranking, threshold, bootstrap, || ControlFlow::<Infallible>::Continue(()));
        evaluation
    }

    /// The same, which calls `check` before each replicate of the bootstrap. If that breaks, so does the evaluation.
    pub fn checked<S>(
        ranking: &Ranking,
        threshold: Option<f32>,
        bootstrap: Bootstrap,
        check: impl FnMut() -> ControlFlow<S>,
    ) -> ControlFlow<S, Self> {
        let flagged = threshold.map(|threshold| ranking.scores_from(threshold));
        let estimate = |value: Option<f64>, interval: Option<(f64, f64)>| {
            value.map(|value| Estimate { value, low: interval.map(|(low, _)| low), high: interval.map(|(_, high)| high) })
        };
        let intervals = bootstrap.intervals(ranking, flagged, check)?;
        ControlFlow::Continue(Self {
            rows: ranking.normal_rows() + ranking.anomalies(),
            anomalies: ranking.anomalies(),
            threshold,
            verdicts: threshold.map(|threshold| ranking.verdicts(threshold)),
            replicates: bootstrap.replicates,
            confidence: CONFIDENCE,
            metrics: ranking.tallies().metrics(flagged).zip(intervals, estimate),
        })
    }
}
