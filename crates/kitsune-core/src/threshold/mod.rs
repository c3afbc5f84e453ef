//! Thresholds: from scores to decisions, at a stated alert rate.
//!
//! They depend on scores only, whatever model these come from.

mod generalised_pareto;
mod log_normal;
pub(crate) mod normal_scores;
mod peaks_over_threshold;
pub(crate) mod streaming;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::ThresholdKind;
use crate::threshold::log_normal::LogNormal;
use crate::threshold::normal_scores::NormalScores;
use crate::threshold::peaks_over_threshold::PeaksOverThreshold;

/// The lowest score of an anomaly, fitted so that a stated share of normal rows is flagged.
///
/// The share is an expectation over normal rows like those of the fit. Anomalies do not enter it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Threshold {
    alert_rate: f64,
    value: f32,
    tail: Tail,
}

/// The fitted tail, without the scores themselves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Tail {
    Quantile,
    LogNormal(LogNormal),
    PeaksOverThreshold(PeaksOverThreshold),
}

impl Threshold {
    /// Fits a threshold of the given kind. `alert_rate` is the share of normal rows to flag, above 0 and at most 0.5.
    ///
    /// # Errors
    ///
    /// If the rate is out of range, there are fewer scores than [`ThresholdKind::rows_needed`], or the scores do not suit the kind: a
    /// negative score for [`ThresholdKind::LogNormal`], too many equal scores for [`ThresholdKind::PeaksOverThreshold`].
    pub fn fit(scores: &NormalScores, kind: ThresholdKind, alert_rate: f64) -> Result<Self, Error> {
        if !is_alert_rate(alert_rate) {
            return Err(Error::Hyperparameter { name: "alert_rate", range: "above 0 and at most 0.5", found: alert_rate.to_string() });
        }
        let (needed, found) = (kind.rows_needed(alert_rate), scores.rows() as u64);
        if found < needed {
            return Err(Error::TooFewScores { kind, alert_rate, needed, found });
        }
        let tail = match kind {
            ThresholdKind::Quantile => Tail::Quantile,
            ThresholdKind::LogNormal => Tail::LogNormal(LogNormal::fit(scores)?),
            ThresholdKind::PeaksOverThreshold => Tail::PeaksOverThreshold(PeaksOverThreshold::fit(scores, alert_rate)?),
        };
        let value = match tail {
            Tail::Quantile => scores.quantile(alert_rate),
            Tail::LogNormal(tail) => tail.quantile(alert_rate),
            Tail::PeaksOverThreshold(tail) => tail.quantile(alert_rate),
        };
        Ok(Self { alert_rate, value: lowest_above(value), tail })
    }

    /// The kind of the threshold.
    pub fn kind(&self) -> ThresholdKind {
        match self.tail {
            Tail::Quantile => ThresholdKind::Quantile,
            Tail::LogNormal(_) => ThresholdKind::LogNormal,
            Tail::PeaksOverThreshold(_) => ThresholdKind::PeaksOverThreshold,
        }
    }

    /// The expected share of normal rows that are flagged: above 0, at most 0.5.
    pub fn alert_rate(&self) -> f64 {
        self.alert_rate
    }

    /// The lowest score of an anomaly, finite. It is the first score above the one whose tail probability is the alert rate, since many
    /// rows may have that one.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// Whether a row with this score is an anomaly.
    pub fn is_anomaly(&self, score: f32) -> bool {
        score >= self.value
    }

    /// The probability that a normal row scores at least this high: above 0, at most 1, and never rising with the score. At the threshold
    /// it is the alert rate, unless many rows have that score. `scores` must be those of the fit.
    ///
    /// For [`ThresholdKind::Quantile`] it follows from the scores only and is at least 1 / (rows + 1).
    pub fn tail_probability(&self, score: f32, scores: &NormalScores) -> f64 {
        let probability = match self.tail {
            Tail::Quantile => scores.tail_probability(score),
            Tail::LogNormal(tail) => tail.tail_probability(score),
            Tail::PeaksOverThreshold(tail) => tail.tail_probability(score, scores),
        };
        probability.clamp(f64::MIN_POSITIVE, 1.0)
    }
}

fn is_alert_rate(rate: f64) -> bool {
    rate > 0.0 && rate <= 0.5
}

/// The lowest finite f32 above a number.
fn lowest_above(number: f64) -> f32 {
    let near = number as f32;
    let above = if f64::from(near) > number { near } else { near.next_up() };
    above.min(f32::MAX)
}

/// A threshold as read from a file, which may be damaged.
#[derive(Deserialize)]
struct Unchecked {
    alert_rate: f64,
    value: f32,
    tail: Tail,
}

impl TryFrom<Unchecked> for Threshold {
    type Error = &'static str;

    fn try_from(Unchecked { alert_rate, value, tail }: Unchecked) -> Result<Self, Self::Error> {
        if !is_alert_rate(alert_rate) || !value.is_finite() {
            return Err("a threshold must have an alert rate above 0 and at most 0.5, and a finite value");
        }
        let sound = match tail {
            Tail::Quantile => true,
            Tail::LogNormal(LogNormal { floor, mean, deviation }) => {
                floor.is_finite() && floor > 0.0 && mean.is_finite() && deviation.is_finite() && deviation > 0.0
            }
            Tail::PeaksOverThreshold(PeaksOverThreshold { start, share, excess }) => {
                let whole = start.is_finite() && start < value && share > 0.0 && share <= 1.0;
                whole && excess.shape.is_finite() && excess.shape >= -1.0 && excess.scale.is_finite() && excess.scale > 0.0
            }
        };
        if sound { Ok(Self { alert_rate, value, tail }) } else { Err("the distribution of a threshold is out of range") }
    }
}
