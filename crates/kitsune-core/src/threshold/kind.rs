//! The kinds of threshold.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Rows from which a mean and a deviation of logarithms are known well enough.
const LOG_NORMAL_ROWS: f64 = 20.0;

/// Rows of which the peaks, of which there have to be 20, are at most a fifth.
const PEAKS_ROWS: f64 = 100.0;

/// Alarms to be expected among the rows, at least, of a distribution that is fitted to them: it tells a rate that is up to a hundred times
/// lower than one that the rows themselves show.
const EXPECTED_ALARMS: f64 = 0.01;

/// How a threshold is found from the scores of normal rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ThresholdKind {
    /// The score that the share of rows stated as alert rate exceeds. Nothing is assumed of the scores; needs a row for each alarm.
    Quantile,
    /// Where a normal distribution of the scores' logarithms has that tail probability, as Kitsune's authors advise. The scores of many
    /// models are not distributed so, and then the rate is not met.
    LogNormal,
    /// Where the highest scores, fitted by a generalised Pareto distribution, have that tail probability (Siffer et al., 2017): extreme
    /// value theory says that most tails look like one. For rates lower than the rows can show.
    PeaksOverThreshold,
}

impl ThresholdKind {
    /// Normal rows that a threshold of this kind and alert rate has to be fitted on.
    pub fn rows_needed(self, alert_rate: f64) -> u64 {
        // What a rate like 1/49 was rounded by must not ask for one row more.
        let whole = |rows: f64| (rows * (1.0 - 1e-12)).ceil() as u64;
        match self {
            Self::Quantile => whole(1.0 / alert_rate) - 1,
            Self::LogNormal => whole((EXPECTED_ALARMS / alert_rate).max(LOG_NORMAL_ROWS)),
            Self::PeaksOverThreshold => whole((EXPECTED_ALARMS / alert_rate).max(PEAKS_ROWS)),
        }
    }
}

impl fmt::Display for ThresholdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quantile => "quantile",
            Self::LogNormal => "log-normal",
            Self::PeaksOverThreshold => "peaks over threshold",
        })
    }
}
