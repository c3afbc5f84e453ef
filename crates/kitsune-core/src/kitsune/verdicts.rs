//! Verdicts: the threshold that goes with a score, and which rows it flags.

use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::{ScoreKind, ThresholdKind};
use crate::kitsune::Kitsune;
use crate::model::scored::Scored;
use crate::threshold::fit::Threshold;
use crate::threshold::normal_scores::NormalScores;

/// How a threshold is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ThresholdChoice {
    /// The model's own threshold.
    Model,
    /// No threshold.
    None,
    /// A fixed number: the lowest score that is flagged.
    Score(f32),
    /// A threshold fitted to the model's scores of normal rows.
    Fit {
        /// How it is fitted; `None` for the way of the model's own threshold.
        kind: Option<ThresholdKind>,
        /// Share of normal rows to flag, above 0 and at most 0.5; `None` for the share of the model's own threshold.
        alert_rate: Option<f64>,
    },
}

/// A threshold for the scores of a model, and the distribution of normal scores where the model knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedThreshold {
    threshold: Threshold,
    /// The fit that tells tail probabilities, and its scores.
    tail: Option<(Threshold, NormalScores)>,
}

/// Verdicts on rows, in the order of the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdicts {
    /// Whether each row is flagged as an anomaly: `[rows]`.
    pub is_anomaly: Vec<bool>,
    /// The probability that a normal row scores at least as high as each row: `[rows]`, above 0 and at most 1. `None` if the model does not
    /// know how normal rows score.
    pub tail_probabilities: Option<Vec<f64>>,
}

impl Verdicts {
    fn new(scores: &[f32], threshold: &Threshold, tail: Option<(&Threshold, &NormalScores)>) -> Self {
        Self {
            is_anomaly: scores.iter().map(|&score| threshold.is_anomaly(score)).collect(),
            tail_probabilities: tail.map(|(fit, normal)| scores.iter().map(|&score| fit.tail_probability(score, normal)).collect()),
        }
    }

    /// The positions of the flagged rows, ascending.
    pub fn flagged(&self) -> impl Iterator<Item = usize> {
        self.is_anomaly.iter().enumerate().filter(|&(_, &is_anomaly)| is_anomaly).map(|(row, _)| row)
    }
}

impl AppliedThreshold {
    /// The lowest score that is flagged.
    pub fn value(&self) -> f32 {
        self.threshold.value()
    }

    /// How the threshold was fitted; `None` for a fixed number.
    pub fn kind(&self) -> Option<ThresholdKind> {
        self.threshold.kind()
    }

    /// The share of normal rows that are expected to be flagged; `None` for a fixed number.
    pub fn alert_rate(&self) -> Option<f64> {
        self.threshold.alert_rate()
    }

    /// The probability that a normal row scores at least this high: above 0, at most 1. `None` if the model does not know how normal rows
    /// score.
    pub fn tail_probability(&self, score: f32) -> Option<f64> {
        self.tail.as_ref().map(|(fit, scores)| fit.tail_probability(score, scores))
    }

    /// The verdicts on rows with these scores, `[rows]`.
    pub fn verdicts(&self, scores: &[f32]) -> Verdicts {
        Verdicts::new(scores, &self.threshold, self.tail.as_ref().map(|(fit, scores)| (fit, scores)))
    }
}

impl<B: Backend> Kitsune<B> {
    /// The verdicts of the model's own threshold on scored rows. `None` if the scores are not of the model's default kind, the threshold is one for
    /// [pooled](Self::pool) scores, or the model has no threshold; [`applied_threshold`](Self::applied_threshold) says why.
    pub fn verdicts(&self, scored: &Scored) -> Option<Verdicts> {
        let threshold = self.threshold().filter(|_| scored.score == self.config().score && self.pool().is_none())?;
        Some(Verdicts::new(&scored.scores, threshold, self.normal_scores().map(|scores| (threshold, scores))))
    }

    /// The threshold of a choice for scores of a kind, [pooled](Self::pool) if the model's are; `None` for [`ThresholdChoice::None`].
    ///
    /// # Errors
    /// [`Error::OtherScore`] if the threshold depends on how normal rows score, and the model knows this for another kind only;
    /// [`Error::NoScores`] if it does not know it at all; [`Error::ScoreNotFinite`] for a fixed number that is not finite; and those of
    /// [`Threshold::fit`].
    pub fn applied_threshold(&self, score: ScoreKind, choice: ThresholdChoice) -> Result<Option<AppliedThreshold>, Error> {
        let usual = self.config().score;
        if score == usual {
            let threshold = self.chosen_threshold(choice)?;
            let scores = self.normal_scores();
            return Ok(threshold.map(|threshold| {
                // A fixed number has no tail of its own, so the model's threshold tells the probabilities.
                let fit = if threshold.kind().is_some() { Some(threshold) } else { self.threshold().copied() };
                AppliedThreshold { threshold, tail: fit.zip(scores.cloned()) }
            }));
        }
        match choice {
            ThresholdChoice::None => Ok(None),
            ThresholdChoice::Score(value) => Ok(Some(AppliedThreshold { threshold: Threshold::fixed(value)?, tail: None })),
            ThresholdChoice::Model | ThresholdChoice::Fit { .. } => Err(Error::OtherScore { usual, found: score }),
        }
    }

    /// Returns the model with another threshold for its default score. A fitted one above all normal scores raises what a value far beyond
    /// the [`range`](Self::range) adds to a score.
    ///
    /// # Errors
    /// [`Error::NoScores`] if a threshold is to be fitted and the model has no [`normal_scores`](Self::normal_scores),
    /// [`Error::ScoreNotFinite`] for a fixed number that is not finite, and those of [`Threshold::fit`].
    pub fn with_threshold(self, choice: ThresholdChoice) -> Result<Self, Error> {
        let threshold = self.chosen_threshold(choice)?;
        let least = threshold.filter(|threshold| threshold.kind().is_some()).map_or(0.0, |threshold| threshold.value());
        Ok(self.with_card(|card| card.threshold = threshold).with_least_scale(least))
    }

    /// The threshold of a choice for scores of the default kind.
    fn chosen_threshold(&self, choice: ThresholdChoice) -> Result<Option<Threshold>, Error> {
        let (own, config) = (self.threshold(), self.config());
        let fit = |kind, alert_rate| Threshold::fit(self.normal_scores().ok_or(Error::NoScores)?, kind, alert_rate).map(Some);
        match choice {
            ThresholdChoice::None => Ok(None),
            ThresholdChoice::Score(value) => Threshold::fixed(value).map(Some),
            // Without a threshold the fit of the configuration fails, and its error says why.
            ThresholdChoice::Model => own.map_or_else(|| fit(config.threshold, config.alert_rate), |own| Ok(Some(*own))),
            ThresholdChoice::Fit { kind, alert_rate } => {
                let kind = kind.or_else(|| own?.kind()).unwrap_or(config.threshold);
                fit(kind, alert_rate.or_else(|| own?.alert_rate()).unwrap_or(config.alert_rate))
            }
        }
    }
}
