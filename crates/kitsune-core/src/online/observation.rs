//! What a detector says of the rows after its grace period.

use serde::{Deserialize, Serialize};

/// What a detector says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Observation {
    /// The score: not negative, higher is stranger. That of the row's sender, where scores are [pooled](super::OnlineConfig::pool).
    pub score: f64,
    /// Whether the row is an anomaly; `None` if the grace period had too few rows for a threshold.
    pub is_anomaly: Option<bool>,
    /// The probability that a row of the end of the grace period scores at least as high: above 0, at most 1.
    pub tail_probability: f64,
    /// Whether this row shows that the scores have changed: what is ordinary is no longer what it was. By adaptive windowing (ADWIN; Bifet and Gavaldà,
    /// 2007) of the tail probabilities, which a detector that learns from observed rows has from its state at the end of the grace period.
    pub drift: bool,
}

/// Counts of the rows after the grace period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OnlineCounts {
    /// Rows that were observed.
    pub observed: u64,
    /// Those of them that were anomalies.
    pub flagged: u64,
    /// Those of them that the detector learned from.
    pub learned: u64,
    /// Changes of the scores.
    pub drifts: u64,
}
