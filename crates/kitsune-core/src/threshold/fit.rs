//! A threshold: fitted to scores, or a fixed number.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::ThresholdKind;
use crate::threshold::log_normal::LogNormal;
use crate::threshold::normal_scores::NormalScores;
use crate::threshold::peaks_over_threshold::PeaksOverThreshold;

/// The lowest score of an anomaly: fitted so that a stated share of normal rows is flagged, or a fixed number.
///
/// The share is an expectation over normal rows like those of the fit. Anomalies do not enter it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Threshold {
    /// `None` for a fixed number.
    pub(super) alert_rate: Option<f64>,
    pub(super) value: f32,
    pub(super) tail: Tail,
}

/// The fitted tail, without the scores themselves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Tail {
    Quantile,
    LogNormal(LogNormal),
    PeaksOverThreshold(PeaksOverThreshold),
    /// No fit: the value is a fixed number.
    Fixed,
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
        let (tail, value) = match kind {
            ThresholdKind::Quantile => (Tail::Quantile, scores.quantile(alert_rate)),
            ThresholdKind::LogNormal => {
                let tail = LogNormal::fit(scores)?;
                (Tail::LogNormal(tail), tail.quantile(alert_rate))
            }
            ThresholdKind::PeaksOverThreshold => {
                let tail = PeaksOverThreshold::fit(scores, alert_rate)?;
                (Tail::PeaksOverThreshold(tail), tail.quantile(alert_rate))
            }
        };
        Ok(Self { alert_rate: Some(alert_rate), value: lowest_above(value), tail })
    }

    /// Makes a threshold of a fixed number.
    ///
    /// # Errors
    /// [`Error::ScoreNotFinite`] unless the number is finite.
    pub fn fixed(value: f32) -> Result<Self, Error> {
        if value.is_finite() {
            Ok(Self { alert_rate: None, value, tail: Tail::Fixed })
        } else {
            Err(Error::ScoreNotFinite { row: 0, score: value })
        }
    }

    /// How the threshold was fitted; `None` for a fixed number.
    pub fn kind(&self) -> Option<ThresholdKind> {
        match self.tail {
            Tail::Quantile => Some(ThresholdKind::Quantile),
            Tail::LogNormal(_) => Some(ThresholdKind::LogNormal),
            Tail::PeaksOverThreshold(_) => Some(ThresholdKind::PeaksOverThreshold),
            Tail::Fixed => None,
        }
    }

    /// The expected share of normal rows that are flagged: above 0, at most 0.5. `None` for a fixed number.
    pub fn alert_rate(&self) -> Option<f64> {
        self.alert_rate
    }

    /// The lowest score of an anomaly, finite. A fitted one is the first score above the one whose tail probability is the alert rate,
    /// since many rows may have that one.
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
    /// For [`ThresholdKind::Quantile`] and a fixed number it follows from the scores only and is at least 1 / (rows + 1).
    pub fn tail_probability(&self, score: f32, scores: &NormalScores) -> f64 {
        let probability = match self.tail {
            Tail::Quantile | Tail::Fixed => scores.tail_probability(score),
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
pub(super) fn lowest_above(number: f64) -> f32 {
    let near = number as f32;
    let above = if f64::from(near) > number { near } else { near.next_up() };
    above.min(f32::MAX)
}

/// A threshold as read from a file, which may be damaged.
#[derive(Deserialize)]
struct Unchecked {
    alert_rate: Option<f64>,
    value: f32,
    tail: Tail,
}

impl TryFrom<Unchecked> for Threshold {
    type Error = &'static str;

    fn try_from(Unchecked { alert_rate, value, tail }: Unchecked) -> Result<Self, Self::Error> {
        let is_stated = if tail == Tail::Fixed { alert_rate.is_none() } else { alert_rate.is_some_and(is_alert_rate) };
        if !is_stated || !value.is_finite() {
            return Err("a threshold must have an alert rate above 0 and at most 0.5, and a finite value");
        }
        let sound = match tail {
            Tail::Quantile | Tail::Fixed => true,
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
