//! The choices that a configuration names: activations, errors, scores, optimizers, schedules and thresholds.

pub(crate) mod hidden_size;
pub(crate) mod named;

pub use hidden_size::HiddenSize;
pub use named::{Named, UnknownName};

use serde::{Deserialize, Serialize};

use crate::kinds::named::named;

/// Rows that a mean and a deviation of logarithms need at least.
const LOG_NORMAL_ROWS: f64 = 20.0;

/// Rows that peaks over threshold needs at least: it needs 20 peaks, and at most a fifth of the rows are peaks.
const PEAKS_ROWS: f64 = 100.0;

/// Alarms to be expected among the rows, at least, when a distribution is fitted to them. A fitted distribution extrapolates to rates up to
/// a hundred times lower than the rows themselves show.
const EXPECTED_ALARMS: f64 = 0.01;

/// Activation of the hidden units. The visible units always have a sigmoid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Activation {
    /// `tanh`, as in batch Kitsune.
    Tanh,
    /// `1 / (1 + exp(-x))`, as in `KitNET`.
    Sigmoid,
}

/// Error of a reconstruction, one number per row and cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ErrorMetric {
    /// Mean over the cluster's features of `sqrt((y - x)² + 1e-7)`, as in batch Kitsune.
    Absolute,
    /// `sqrt(mean((y - x)²))`, as in `KitNET`.
    RootMeanSquare,
}

/// Scaling of the tails' errors for the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HeadInput {
    /// The errors are not scaled, as in batch Kitsune.
    Raw,
    /// Each tail's error is scaled by its range in training.
    MinMax,
}

/// Scaling of raw rows to 0-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum InputScaling {
    /// Each feature is scaled by its minimum and maximum over the training rows. A skewed feature, whose values crowd at one end, is scaled
    /// by the mean of that and of its rank among them: [`FeatureMapper::half_ranked_scaler`](crate::FeatureMapper::half_ranked_scaler).
    HalfRanked,
    /// Each feature is scaled by its minimum and maximum over the training rows.
    MinMax,
    /// The rows are in 0-1 already; a value outside is an error.
    Identity,
}

/// Treatment of values beyond the outer knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outside {
    /// They become the value of the outer knot.
    Clamp,
    /// The outer ramps extend, up to a million on either side.
    Extend,
    /// They are refused with an error.
    Refuse,
}

/// Distance of two features by their Pearson correlation `r`, by which the feature map groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CorrelationDistance {
    /// `1 - |r|`: features that go together are near each other, whether they rise or fall together.
    Absolute,
    /// `1 - r`, as in Kitsune: features of which one falls when the other rises are farthest apart.
    Signed,
}

/// A score, as a function of the [`RowErrors`](crate::model::RowErrors) of a row. Every score except [`Head`](Self::Head) is the fourth root
/// of the mean fourth power of the surprises of its parts, so that the strongest speaks loudest. The surprise of a part is `ln(1 + exp((value - origin) / unit))`: the unit is the mean excess of training rows over
/// their 90th percentile, and the origin lies so that this percentile has the surprise `ln 11`. So each part speaks about as loud as it is
/// rare among ordinary rows: one more in the surprise is e times rarer, as far as its tail is an exponential one. Ordinary rows score around 1.
///
/// Models of files up to format 3 have parts that are standardised by mean and deviation, and the softplus of their mean.
///
/// The names are `combined`, `tails`, `body`, `prototypes`, `neighbours`, `marginals` and `head`: `"head".parse()` reads one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ScoreKind {
    /// Tails, body, prototypes, neighbours and marginals, as far as the model has them, with the weights that its file states.
    Combined,
    /// The mean of the tails' errors, each standardised by its mean and deviation over the training rows, and the size of their residuals in
    /// units of what the tails leave unexplained.
    Tails,
    /// The size of the body's residuals in units of what the body leaves unexplained.
    Body,
    /// The mean distance to the nearest prototypes.
    Prototypes,
    /// The head's reconstruction error, not standardised: the score of the original.
    Head,
    /// The mean distance to the nearest stored training rows over the root of what these have themselves.
    Neighbours,
    /// How rare the values are, each in its own feature: minus the logarithm of its density, standardised, averaged over the features, of which those
    /// that repeat each other count less.
    Marginals,
}

/// The optimizer of the training recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OptimizerKind {
    /// Adam (Kingma and Ba, 2015), epsilon 1e-8.
    Adam,
    /// Stochastic gradient descent with momentum and no dampening, as in `PyTorch`.
    Sgd,
}

/// Course of the learning rate over the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Schedule {
    /// Half a cosine, from the learning rate in the first step towards 0 after the last.
    Cosine,
    /// A constant learning rate.
    Constant,
}

/// Method that finds a threshold from the scores of normal rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ThresholdKind {
    /// The score that a share of the rows, the alert rate, exceeds. It assumes nothing about the scores and needs as many rows as make one
    /// alarm.
    Quantile,
    /// The quantile of a normal distribution of the scores' logarithms, as Kitsune's authors advise. The scores of many models are
    /// distributed otherwise, and then the rate is not met.
    LogNormal,
    /// The quantile of a generalised Pareto distribution of the highest scores (Siffer et al., 2017). By extreme value theory most tails
    /// look like one. It serves rates lower than the rows can show.
    PeaksOverThreshold,
}

impl ThresholdKind {
    /// Number of normal rows that a threshold of this kind and alert rate needs.
    pub fn rows_needed(self, alert_rate: f64) -> u64 {
        // The rounding of a rate like 1/49 must not ask for one row more.
        let whole = |rows: f64| (rows * (1.0 - 1e-12)).ceil() as u64;
        match self {
            Self::Quantile => whole(1.0 / alert_rate) - 1,
            Self::LogNormal => whole((EXPECTED_ALARMS / alert_rate).max(LOG_NORMAL_ROWS)),
            Self::PeaksOverThreshold => whole((EXPECTED_ALARMS / alert_rate).max(PEAKS_ROWS)),
        }
    }
}

named! {
    Activation: "activation" { Tanh => "tanh", Sigmoid => "sigmoid" }
    ErrorMetric: "error" {
        Absolute => "absolute" "Mean of sqrt((y - x)² + 1e-7)",
        RootMeanSquare => "rms" "sqrt(mean((y - x)²))",
    }
    HeadInput: "head input" { Raw => "raw", MinMax => "min-max" }
    InputScaling: "scaling of inputs" {
        HalfRanked => "half-ranked" "Minimum and maximum; of skewed columns the mean of that and of the rank among the training rows",
        MinMax => "min-max" "Minimum and maximum",
        Identity => "identity" "No scaling, since the rows are in 0 to 1 already",
    }
    CorrelationDistance: "distance of features" {
        Absolute => "absolute" "1 - |r|, so that features that go together in either direction share a tail",
        Signed => "signed" "1 - r, as the authors have it",
    }
    Outside: "rule for values outside" {
        Clamp => "clamp" "They become the value of the outer knot",
        Extend => "extend" "They are scaled like those inside",
        Refuse => "refuse" "They are an error",
    }
    ThresholdKind: "kind of threshold" {
        Quantile => "quantile" "What that share of the scores of normal rows exceeds; it needs a row for each alarm",
        LogNormal => "log-normal" "By a log-normal distribution, as the authors advise; scores are seldom distributed so",
        PeaksOverThreshold => "peaks" "By a generalised Pareto distribution of the highest scores, for low rates",
    }
    ScoreKind: "score" {
        Combined => "combined", Tails => "tails", Body => "body", Prototypes => "prototypes", Head => "head", Neighbours => "neighbours",
        Marginals => "marginals",
    }
    OptimizerKind: "optimizer" { Adam => "adam", Sgd => "sgd" }
    Schedule: "schedule" {
        Cosine => "cosine" "Down to 0 in the last step",
        Constant => "constant" "The same in every step",
    }
}
