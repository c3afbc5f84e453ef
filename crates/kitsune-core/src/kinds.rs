//! The choices that a configuration names: activations, errors, scores, optimizers, schedules and thresholds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Rows from which a mean and a deviation of logarithms are known well enough.
const LOG_NORMAL_ROWS: f64 = 20.0;

/// Rows of which the peaks, of which there have to be 20, are at most a fifth.
const PEAKS_ROWS: f64 = 100.0;

/// Alarms to be expected among the rows, at least, of a distribution that is fitted to them: it tells a rate that is up to a hundred times
/// lower than one that the rows themselves show.
const EXPECTED_ALARMS: f64 = 0.01;

/// How many hidden units a cluster of `visible` features gets; always at least one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum HiddenSize {
    /// `floor(visible · (1 - rate))`, rate in [0, 1): batch Kitsune's.
    CompressionRate(f64),
    /// `ceil(visible · ratio)`, ratio in (0, 1]: `KitNET`'s.
    HiddenRatio(f64),
}

impl HiddenSize {
    /// Hidden units for that many visible ones.
    pub fn units(self, visible: usize) -> usize {
        let units = match self {
            Self::CompressionRate(rate) => (visible as f64 * (1.0 - rate)).floor(),
            Self::HiddenRatio(ratio) => (visible as f64 * ratio).ceil(),
        };
        (units as usize).max(1)
    }
}

/// Activation of the hidden units; the visible ones always have a sigmoid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// `tanh`: batch Kitsune's.
    Tanh,
    /// `1 / (1 + exp(-x))`: `KitNET`'s.
    Sigmoid,
}

/// Error of a reconstruction, one number per row and cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorMetric {
    /// Mean over the cluster's features of `sqrt((y - x)² + 1e-7)`: batch Kitsune's.
    Absolute,
    /// `sqrt(mean((y - x)²))`: `KitNET`'s.
    RootMeanSquare,
}

/// What the head sees of the tails' errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeadInput {
    /// The errors as they are: batch Kitsune's.
    Raw,
    /// The errors scaled by the range that they had in training, tail by tail.
    MinMax,
}

/// How raw rows become inputs in 0-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputScaling {
    /// By each feature's minimum and maximum over the training rows; a skewed one, whose values crowd at one end, by the mean of that and
    /// of its rank among them: [`FeatureMapper::half_ranked_scaler`](crate::FeatureMapper::half_ranked_scaler).
    HalfRanked,
    /// By each feature's minimum and maximum over the training rows.
    MinMax,
    /// The rows are in 0-1 already; a value outside is an error.
    Identity,
}

/// What becomes of values beyond the outer knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    /// They get the value of the outer knot.
    Clamp,
    /// The outer ramps go on, up to a million on either side.
    Extend,
    /// They are an error.
    Refuse,
}

/// A score, as a function of the [`RowErrors`](crate::RowErrors) of a row. All but [`Head`](Self::Head) are standardised by their mean and
/// deviation over the training rows and made positive by a softplus: ordinary rows lie around 0.7, and one that is `z` deviations away near
/// `z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScoreKind {
    /// The mean of the standardised tails, body and prototypes, of those that the model has.
    Combined,
    /// The tails' errors, each standardised by its mean and deviation over the training rows, averaged.
    Tails,
    /// The body's error.
    Body,
    /// The mean distance to the nearest prototypes.
    Prototypes,
    /// The head's reconstruction error, as it is: the original's score.
    Head,
}

/// The optimizer of the training recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OptimizerKind {
    /// Adam (Kingma and Ba, 2015), epsilon 1e-8.
    Adam,
    /// Stochastic gradient descent with momentum and no dampening, as in `PyTorch`.
    Sgd,
}

/// How the learning rate goes over the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schedule {
    /// Half a cosine, from the learning rate down to 0 in the last step.
    Cosine,
    /// The same in every step.
    Constant,
}

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
