//! How good scores are, against labels.

mod bootstrap;
mod confusion_matrix;
mod curves;
mod metrics;
mod ranking;
mod tally;

use serde::Serialize;

pub use bootstrap::Bootstrap;
pub use confusion_matrix::ConfusionMatrix;
pub use curves::{PlottedCurves, PrecisionRecallPoint, RocPoint};
pub use metrics::Metrics;
pub use ranking::Ranking;

use bootstrap::CONFIDENCE;

/// A metric with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The metric of the rows at hand.
    pub value: f64,
    /// Where the interval begins; `None` where no interval was asked for.
    pub low: Option<f64>,
    /// Where it ends.
    pub high: Option<f64>,
}

/// All metrics of scores against labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Rows with a score and a label.
    pub rows: usize,
    /// Anomalies among them.
    pub anomalies: usize,
    /// The score from which on a row is flagged; `None` where there is no threshold.
    pub threshold: Option<f32>,
    /// Verdicts at the threshold.
    pub verdicts: Option<ConfusionMatrix>,
    /// Times the rows were drawn anew for the intervals.
    pub replicates: u32,
    /// The share of the replicates that an interval spans, as much left out below as above.
    pub confidence: f64,
    /// The metrics. `None` where the rows cannot tell: a rate that fewer than 10 normal rows make up, the precision where nothing is
    /// flagged, and what needs a threshold where there is none.
    #[serde(flatten)]
    pub metrics: Metrics<Option<Estimate>>,
}

impl Evaluation {
    /// Of ranked rows, those that score at least `threshold` flagged.
    pub fn new(ranking: &Ranking, threshold: Option<f32>, bootstrap: Bootstrap) -> Self {
        let flagged = threshold.map(|threshold| ranking.scores_from(threshold));
        let estimate = |value: Option<f64>, interval: Option<(f64, f64)>| {
            value.map(|value| Estimate { value, low: interval.map(|(low, _)| low), high: interval.map(|(_, high)| high) })
        };
        Self {
            rows: ranking.normal_rows() + ranking.anomalies(),
            anomalies: ranking.anomalies(),
            threshold,
            verdicts: threshold.map(|threshold| ranking.verdicts(threshold)),
            replicates: bootstrap.replicates,
            confidence: CONFIDENCE,
            metrics: ranking.tallies().metrics(flagged).zip(bootstrap.intervals(ranking, flagged), estimate),
        }
    }
}
