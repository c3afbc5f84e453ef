//! The settings of a detector that learns row by row.

use burn::config::Config;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::named::named;
use crate::kinds::{HiddenSize, ScoreKind};

/// The largest share of rows that are learned after the grace period. Beyond it, a detector learns the anomalies of a flood.
const MOST_LEARNED: f64 = 0.3;

/// How values are scaled, and what a constant feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OnlineScaling {
    /// Values beyond the range of the training rows become its ends, and raise the score by the logarithm of their distance, as
    /// [`Kitsune::range`](crate::Kitsune::range) has it. A feature whose range is at most 1e-9 of its size is constant: it belongs with no
    /// other feature and is scaled to 0. A change by more than that raises the score by the logarithm of its distance in units of that, up to a million of them; a change
    /// of a constant 0 counts as three widths of a range.
    Bounded,
    /// As the authors' program: `(x - min) / (max - min + 1e-16)`, whatever comes out. A constant feature that changes in its last place scores like an attack,
    /// and constants are clustered by their rounding errors.
    Original,
}

/// What a row changes in the biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BiasRule {
    /// Each by its own gradient, as in the authors' later release.
    Vector,
    /// All biases of a layer by the mean of their gradients, as in the authors' first release.
    Mean,
}

named! {
    OnlineScaling: "scaling" {
        Bounded => "bounded" "Within the range of the training rows; beyond it the score rises with the logarithm of the distance",
        Original => "original" "As the authors' program, whose score is without bound where a constant column changes",
    }
    BiasRule: "bias rule" {
        Vector => "vector" "Each bias by its own gradient, as in the authors' later release",
        Mean => "mean" "All biases of a layer by the mean of their gradients, as in their first release",
    }
}

/// The settings of an [`OnlineKitsune`](super::OnlineKitsune), with defaults that detect anomalies well.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `mapper_grace` | 5,000 | rows that make the feature map; none are needed with a given map | at least 2 |
/// | `train_grace` | 50,000 | rows that train before the first score | at least 1 |
/// | `feature_map` | none | a map that is known already | |
/// | `max_features_per_cluster` | 10 | size above which a cluster is split | at least 1 |
/// | `hidden_size` | hidden ratio 0.75 | hidden units per cluster | rate in [0, 1), ratio in (0, 1] |
/// | `learning_rate` | 0.1 | step of each row | above 0 |
/// | `scaling` | bounded | scaling of the rows | |
/// | `bias` | vector | what a row changes in the biases | |
/// | `score` | combined | combined, tails or head | |
/// | `alert_rate` | 0.01 | share of rows that are flagged as anomalies | above 0, at most 0.5 |
/// | `threshold` | by the alert rate | a fixed lowest score of an anomaly | any number |
/// | `adapt` | none | share of the rows after the grace period that are learned, at most | above 0, at most 0.3 |
/// | `pool` | none | half-life, in seconds, of a sender's scores | above 0 |
/// | `seed` | 0 | seed of the initial weights | any |
///
/// `OnlineConfig::new().with_scaling(OnlineScaling::Original).with_score(ScoreKind::Head)` is the authors' program.
#[derive(Config, Debug, PartialEq)]
pub struct OnlineConfig {
    /// Rows that make the feature map, exactly; the authors' program takes one more.
    #[config(default = 5_000)]
    pub mapper_grace: u64,
    /// Rows that train after the map is made, exactly; with a given map the authors' program takes one more.
    #[config(default = 50_000)]
    pub train_grace: u64,
    /// A given map, with which the first row trains already. `None` to make one from the rows.
    pub feature_map: Option<FeatureMap>,
    /// Clusters of more features than this are split.
    #[config(default = 10)]
    pub max_features_per_cluster: usize,
    /// Hidden units per cluster.
    #[config(default = "HiddenSize::HiddenRatio(0.75)")]
    pub hidden_size: HiddenSize,
    /// Learning rate, the same for every row.
    #[config(default = 0.1)]
    pub learning_rate: f64,
    /// Scaling of raw rows.
    #[config(default = "OnlineScaling::Bounded")]
    pub scaling: OnlineScaling,
    /// What a row changes in the biases.
    #[config(default = "BiasRule::Vector")]
    pub bias: BiasRule,
    /// The score: [`ScoreKind::Combined`] is the mean of [`ScoreKind::Tails`] and [`ScoreKind::Head`], each standardised.
    #[config(default = "ScoreKind::Combined")]
    pub score: ScoreKind,
    /// Share of rows that are flagged as anomalies: of normal ones like those of the grace period, and of the last rows if these score higher
    /// ([`RecentThreshold`](crate::threshold::RecentThreshold)).
    #[config(default = 0.01)]
    pub alert_rate: f64,
    /// A fixed number instead: the lowest score of an anomaly.
    pub threshold: Option<f64>,
    /// Share of the observed rows that are learned from, at most, so that the detector follows slow changes. Rows that are flagged are never learned. Every
    /// row of a flood that is not flagged may be learned as well: with a tenth of the rows that costs nothing, with a half everything. `None` to learn from none.
    pub adapt: Option<f64>,
    /// Half-life in seconds with which the scores of a sender are pooled ([`Pool`](crate::scoring::Pool)): a row then has the damped mean of its sender's scores, and thresholds,
    /// tail probabilities and changes are those of such means. `None` for the score of each row by itself.
    pub pool: Option<f64>,
    /// Seed of the initial weights.
    #[config(default = 0)]
    pub seed: u64,
}

impl OnlineConfig {
    /// Checks the ranges of all fields.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for the first field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        let check = |name, range, fits: bool, found: String| if fits { Ok(()) } else { Err(Error::Hyperparameter { name, range, found }) };
        let Self { mapper_grace, train_grace, learning_rate, alert_rate, max_features_per_cluster, .. } = self;
        check("mapper_grace", "at least 2", *mapper_grace >= 2 || self.feature_map.is_some(), mapper_grace.to_string())?;
        check("train_grace", "at least 1", *train_grace >= 1, train_grace.to_string())?;
        check("max_features_per_cluster", "at least 1", *max_features_per_cluster >= 1, max_features_per_cluster.to_string())?;
        let is_rate = *learning_rate > 0.0 && (*learning_rate as f32).is_finite();
        check("learning_rate", "above 0 and finite", is_rate, learning_rate.to_string())?;
        check("alert_rate", "above 0 and at most 0.5", *alert_rate > 0.0 && *alert_rate <= 0.5, alert_rate.to_string())?;
        if let Some(threshold) = self.threshold {
            check("threshold", "a finite number of 32 bits", (threshold as f32).is_finite(), threshold.to_string())?;
        }
        if let Some(share) = self.adapt {
            check("adapt", "above 0 and at most 0.3", share > 0.0 && share <= MOST_LEARNED, share.to_string())?;
        }
        if let Some(half_life) = self.pool {
            check("pool", "above 0 and finite", half_life > 0.0 && half_life.is_finite(), half_life.to_string())?;
        }
        match self.hidden_size {
            HiddenSize::CompressionRate(rate) => check("compression_rate", "in [0, 1)", (0.0..1.0).contains(&rate), rate.to_string())?,
            HiddenSize::HiddenRatio(ratio) => check("hidden_ratio", "in (0, 1]", ratio > 0.0 && ratio <= 1.0, ratio.to_string())?,
        }
        match self.score {
            ScoreKind::Combined | ScoreKind::Tails | ScoreKind::Head => Ok(()),
            other => Err(Error::Hyperparameter { name: "score", range: "combined, tails or head", found: other.to_string() }),
        }
    }
}
