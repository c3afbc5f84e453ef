//! From a score to a decision: what score a normal row has only so often.
//!
//! It sees scores only, whatever model they come from.

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

/// From which score on a row is an anomaly, fitted so that of normal rows only a stated share is called one.
///
/// The share is an expectation over normal rows like those it was fitted on. It knows nothing of how anomalies score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Threshold {
    alert_rate: f64,
    value: f32,
    tail: Tail,
}

/// What is known of the tail, besides the scores themselves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Tail {
    Quantile,
    LogNormal(LogNormal),
    PeaksOverThreshold(PeaksOverThreshold),
}

impl Threshold {
    /// Fits a threshold of that kind. `alert_rate` is the share of normal rows that are to be called anomalies, above 0 and at most 0.5.
    ///
    /// # Errors
    ///
    /// If the rate is out of range, there are fewer scores than [`ThresholdKind::rows_needed`], or the kind does not suit them: a negative
    /// score for [`ThresholdKind::LogNormal`], too many equal ones for [`ThresholdKind::PeaksOverThreshold`].
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

    /// How it was fitted.
    pub fn kind(&self) -> ThresholdKind {
        match self.tail {
            Tail::Quantile => ThresholdKind::Quantile,
            Tail::LogNormal(_) => ThresholdKind::LogNormal,
            Tail::PeaksOverThreshold(_) => ThresholdKind::PeaksOverThreshold,
        }
    }

    /// The share of normal rows that are expected to be called anomalies: above 0, at most 0.5.
    pub fn alert_rate(&self) -> f64 {
        self.alert_rate
    }

    /// The lowest score that is an anomaly: the first that is higher than the score which has the alert rate as its tail probability, for
    /// many rows may share that one. Finite.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// Whether a row with that score is an anomaly.
    pub fn is_anomaly(&self, score: f32) -> bool {
        score >= self.value
    }

    /// The probability that a normal row scores at least this high: above 0, at most 1, and never rising with the score. It is the alert
    /// rate at the threshold, unless many rows share a score there. `scores` are those that the threshold was fitted on.
    ///
    /// Where it follows from the scores alone ([`ThresholdKind::Quantile`]) it is at least 1 / (rows + 1).
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

/// The lowest f32 above a number, but a finite one.
fn lowest_above(number: f64) -> f32 {
    let near = number as f32;
    let above = if f64::from(near) > number { near } else { near.next_up() };
    above.min(f32::MAX)
}

/// A threshold as it was read, which may be damaged.
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
