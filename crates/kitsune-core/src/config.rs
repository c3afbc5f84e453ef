//! The hyper-parameters and their ranges.

use burn::config::Config;

use crate::error::Error;
use crate::kinds::hidden_size::HiddenSize;
use crate::kinds::{
    Activation, CorrelationDistance, ErrorMetric, HeadInput, InputScaling, OptimizerKind, Schedule, ScoreKind, ThresholdKind,
};

/// The hyper-parameters of Kitsune, with defaults that detect anomalies well.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `max_features_per_cluster` | 10 | size above which a cluster is split | at least 1 |
/// | `min_features_per_cluster` | 4 | size below which clusters are joined | at least 1 |
/// | `map_distance` | absolute | distance of features by their correlation, which makes the clusters | |
/// | `hidden_size` | compression rate 0.6 | hidden units per cluster | rate in [0, 1), ratio in (0, 1] |
/// | `activation` | tanh | activation of the hidden units | |
/// | `error` | absolute | reconstruction error of a row | |
/// | `dropout` | 0.1 | share of inputs set to 0 in training | [0, 1) |
/// | `head_input` | min-max | scaling of the tails' errors for the head | |
/// | `body_ratio` | 0.5 | hidden units of the body per feature; `None` for no body | above 0, at most 1 |
/// | `body_units` | by features: 128 up to 400 features, then fewer in proportion, 32 at least | maximum of the body's hidden units | at least 1 |
/// | `prototypes` | 128 | number of prototypes; 0 for none | any |
/// | `neighbours` | 1,024 | number of training rows that the model stores, as at most 16 numbers each; 0 for none | at most 4,096 |
/// | `trim` | 0.05 | share of the rows that train nothing: the strangest ones by a rough fit | [0, 0.5] |
/// | `inputs` | half-ranked | scaling of raw rows | |
/// | `clamp` | true | keep scaled values inside 0-1 | |
/// | `excess` | true | let values beyond the range of the training rows raise the score with their distance | |
/// | `score` | combined | default score | |
/// | `threshold` | quantile | method that finds the threshold | |
/// | `hold_out` | 0.1 | share of the rows that train nothing and set the threshold; 0 for fewer than 2,000 rows | [0, 0.5] |
/// | `alert_rate` | 0.01 | share of normal rows that are flagged as anomalies | above 0, at most 0.5 |
/// | `optimizer` | Adam | optimizer of the recipe | |
/// | `learning_rate` | by optimizer: 0.01 for Adam, 0.001 for SGD | learning rate of the first step | above 0 |
/// | `schedule` | cosine | course of the learning rate | |
/// | `momentum` | 0.9 | momentum of SGD | [0, 1) |
/// | `clip_norm` | 2.0 | bound on the gradient's L2 norm over all parameters | above 0 |
/// | `batch_size` | by rows: 32 up to 64,000 rows, then a 2,000th of them, 1,024 at most; with more than 400 features it grows earlier | rows per step | at least 1 |
/// | `epochs` | by rows: 2,000 steps or more, with more than 400 features fewer in proportion, 200 at least; at least 1 epoch | passes over the rows | at least 1 |
/// | `seed` | 0 | seed of weights, dropout and sample | any |
/// | `sample_rows` | 16,384 | rows of the sample for the calibration | at least 2 |
/// | `sample_bytes` | 64 MiB | bytes that this sample may take | any; the sample has at least 2 rows |
/// | `mapper_rows` | all | rows whose correlations make the feature map | at least 2 |
///
/// [`original`](Self::original) returns the values of batch Kitsune.
#[derive(Config, Debug, PartialEq)]
pub struct KitsuneConfig {
    /// Clusters of more features than this are split.
    #[config(default = 10)]
    pub max_features_per_cluster: usize,
    /// Clusters of fewer features than this are joined. A joined cluster may exceed the maximum by this number minus one.
    #[config(default = 4)]
    pub min_features_per_cluster: usize,
    /// Distance of features by their correlation. Features near each other share a cluster.
    #[config(default = "CorrelationDistance::Absolute")]
    pub map_distance: CorrelationDistance,
    /// Hidden units per cluster.
    #[config(default = "HiddenSize::CompressionRate(0.6)")]
    pub hidden_size: HiddenSize,
    /// Activation of the hidden units.
    #[config(default = "Activation::Tanh")]
    pub activation: Activation,
    /// Reconstruction error of a row.
    #[config(default = "ErrorMetric::Absolute")]
    pub error: ErrorMetric,
    /// Share of the inputs that training sets to 0; the others are multiplied by `1 / (1 - dropout)`.
    #[config(default = 0.1)]
    pub dropout: f64,
    /// Scaling of the tails' errors for the head.
    #[config(default = "HeadInput::MinMax")]
    pub head_input: HeadInput,
    /// Hidden units per feature of the body, the autoencoder over all features; at most [`body_units`](Self::body_units). `None` for no body.
    #[config(default = "Some(0.5)")]
    pub body_ratio: Option<f64>,
    /// Maximum of the body's hidden units; `None` for as many as [`body_units_for`](Self::body_units_for) says.
    pub body_units: Option<usize>,
    /// Number of prototypes of the training rows; 0 for none. Data with fewer distinct rows have fewer prototypes.
    #[config(default = 128)]
    pub prototypes: usize,
    /// Number of training rows that the model stores and compares rows with, as at most 16 numbers each; 0 if no training row may be stored in a
    /// model.
    #[config(default = 1_024)]
    pub neighbours: usize,
    /// Share of the training rows that are left out of epochs and calibration because a rough fit finds them strangest. Training rows are
    /// seldom clean.
    #[config(default = 0.05)]
    pub trim: f64,
    /// Scaling of raw rows to 0-1.
    #[config(default = "InputScaling::HalfRanked")]
    pub inputs: InputScaling,
    /// Whether values outside the training range are clamped to 0-1; otherwise they extend beyond it.
    #[config(default = true)]
    pub clamp: bool,
    /// Whether values beyond the range of the training rows raise the score with their distance, on top of what the parts of the score make of
    /// them: [`Kitsune::range`](crate::Kitsune::range) has the formula. It has no effect on inputs that are in 0-1 already, since values
    /// outside are refused there.
    #[config(default = true)]
    pub excess: bool,
    /// Default score of the finished model.
    #[config(default = "ScoreKind::Combined")]
    pub score: ScoreKind,
    /// Method that finds the threshold, the lowest score of an anomaly.
    #[config(default = "ThresholdKind::Quantile")]
    pub threshold: ThresholdKind,
    /// Share of the rows that are held out from training for the threshold: the rows with the lowest hash of (seed, row number). With fewer
    /// than 2,000 rows, or rows without numbers, nothing is held out. Then training rows set the threshold, and their scores are somewhat
    /// lower.
    #[config(default = 0.1)]
    pub hold_out: f64,
    /// Expected share of normal rows that are flagged as anomalies.
    #[config(default = 0.01)]
    pub alert_rate: f64,
    /// Optimizer of the training recipe.
    #[config(default = "OptimizerKind::Adam")]
    pub optimizer: OptimizerKind,
    /// Learning rate of the first step; `None` for the optimizer's default, 0.01 for Adam and 0.001 for SGD.
    pub learning_rate: Option<f64>,
    /// Course of the learning rate over the steps.
    #[config(default = "Schedule::Cosine")]
    pub schedule: Schedule,
    /// Momentum of SGD.
    #[config(default = 0.9)]
    pub momentum: f64,
    /// Bound on the L2 norm of all gradients together.
    #[config(default = 2.0)]
    pub clip_norm: f64,
    /// Rows per optimizer step; `None` for as many as [`batch_rows_for`](Self::batch_rows_for) says.
    pub batch_size: Option<usize>,
    /// Passes over the rows; `None` for as many as [`epochs_for`](Self::epochs_for) says.
    pub epochs: Option<usize>,
    /// Seed of the initial weights, the dropout and the sample.
    #[config(default = 0)]
    pub seed: u64,
    /// Rows of the sample that the statistics pass takes for the calibration; fewer if they would exceed
    /// [`sample_bytes`](Self::sample_bytes).
    #[config(default = 16_384)]
    pub sample_rows: usize,
    /// Bytes that the sample for the calibration may take, 8 per value. The sample has at least 2 rows whatever they take.
    #[config(default = "64 << 20")]
    pub sample_bytes: usize,
    /// Number of rows, from the first on, whose correlations make the feature map; `None` for all. Each row costs features² operations,
    /// which dominate the statistics pass for many features. Ranges, means and sample use all rows in any case.
    pub mapper_rows: Option<u64>,
}

impl Default for KitsuneConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl KitsuneConfig {
    /// Default number of optimizer steps, up to [`WIDE_FEATURES`](Self::WIDE_FEATURES). With fewer, the tails are not trained well enough to detect, as
    /// measured on labelled data sets.
    pub const DEFAULT_STEPS: u64 = 2_000;

    /// Number of features beyond which the default number of steps falls as the cost of a step rises, so that a training of 4,000 features takes no
    /// longer than one of 400.
    pub const WIDE_FEATURES: usize = 400;

    /// Minimum of the default number of optimizer steps.
    pub const LEAST_STEPS: u64 = 200;

    /// Default number of rows per step, unless more of them still make [the default number of steps](Self::steps_for).
    pub const LEAST_BATCH_ROWS: usize = 32;

    /// Maximum of the default number of rows per step.
    pub const MOST_BATCH_ROWS: usize = 1_024;

    /// Maximum of the training rows that a model stores.
    pub const MOST_NEIGHBOURS: usize = 4_096;

    /// Default maximum of the body's hidden units, up to [`WIDE_FEATURES`](Self::WIDE_FEATURES). It makes the cost of the body grow with the features
    /// and not with their square.
    pub const MOST_BODY_UNITS: usize = 128;

    /// Minimum of the default maximum of the body's hidden units.
    pub const LEAST_BODY_UNITS: usize = 32;

    /// The hyper-parameters of batch Kitsune, for comparisons. They train too little to rank anomalies high.
    pub fn original() -> Self {
        Self::new()
            .with_map_distance(CorrelationDistance::Signed)
            .with_head_input(HeadInput::Raw)
            .with_body_ratio(None)
            .with_prototypes(0)
            .with_neighbours(0)
            .with_trim(0.0)
            .with_hold_out(0.0)
            .with_inputs(InputScaling::Identity)
            .with_score(ScoreKind::Head)
            .with_optimizer(OptimizerKind::Sgd)
            .with_schedule(Schedule::Constant)
            .with_batch_size(Some(Self::LEAST_BATCH_ROWS))
            .with_epochs(Some(1))
    }

    /// The learning rate of the first step: the given one, or else the optimizer's default.
    pub fn initial_learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or(match self.optimizer {
            OptimizerKind::Adam => 0.01,
            OptimizerKind::Sgd => 0.001,
        })
    }

    /// The default maximum of hidden units of a body over `features` features: [`MOST_BODY_UNITS`](Self::MOST_BODY_UNITS), or for more than
    /// [`WIDE_FEATURES`](Self::WIDE_FEATURES) fewer in proportion, at least [`LEAST_BODY_UNITS`](Self::LEAST_BODY_UNITS). With more units a body of so
    /// many features learns to repeat its input instead of what goes together, as measured on wide tables.
    pub fn body_units_for(features: usize) -> usize {
        (Self::MOST_BODY_UNITS * Self::WIDE_FEATURES / features.max(Self::WIDE_FEATURES)).max(Self::LEAST_BODY_UNITS)
    }

    /// Hidden units of a body over `features` features; `None` without a body.
    pub(crate) fn body_size(&self, features: usize) -> Option<HiddenSize> {
        let most = self.body_units.unwrap_or_else(|| Self::body_units_for(features));
        let largest = most as f64 / features.max(1) as f64;
        self.body_ratio.map(|ratio| HiddenSize::HiddenRatio(ratio.min(largest)))
    }

    /// The default number of steps in a training of rows with `features` features: [`DEFAULT_STEPS`](Self::DEFAULT_STEPS), or for more than
    /// [`WIDE_FEATURES`](Self::WIDE_FEATURES) fewer in proportion, at least [`LEAST_STEPS`](Self::LEAST_STEPS).
    pub fn steps_for(features: usize) -> u64 {
        let wide = features.max(Self::WIDE_FEATURES) as u64;
        (Self::DEFAULT_STEPS * Self::WIDE_FEATURES as u64 / wide).max(Self::LEAST_STEPS)
    }

    /// The number of rows per step in a training of `rows` rows of `features` features: the given one, or else as many as make
    /// [the default number of steps](Self::steps_for) in one pass, from [`LEAST_BATCH_ROWS`](Self::LEAST_BATCH_ROWS) to
    /// [`MOST_BATCH_ROWS`](Self::MOST_BATCH_ROWS). More steps teach no more, as measured on labelled data sets, and small steps cost more for each row.
    pub fn batch_rows_for(&self, rows: u64, features: usize) -> usize {
        let share = usize::try_from(rows / Self::steps_for(features)).unwrap_or(usize::MAX);
        self.batch_size.unwrap_or_else(|| share.clamp(Self::LEAST_BATCH_ROWS, Self::MOST_BATCH_ROWS))
    }

    /// The number of passes over `rows` rows of `features` features: the given one, or else as many as make
    /// [the default number of steps](Self::steps_for), at least one.
    pub fn epochs_for(&self, rows: u64, features: usize) -> usize {
        let steps_per_epoch = rows.div_ceil(self.batch_rows_for(rows, features) as u64).max(1);
        self.epochs.unwrap_or(Self::steps_for(features).div_ceil(steps_per_epoch) as usize)
    }

    /// The learning rate of step `step`, counted from 0, in a training of `steps` steps.
    pub fn learning_rate_at(&self, step: u64, steps: u64) -> f64 {
        let progress = (step as f64 / steps.max(1) as f64).min(1.0);
        match self.schedule {
            Schedule::Constant => self.initial_learning_rate(),
            Schedule::Cosine => self.initial_learning_rate() * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
        }
    }

    /// Checks that every hyper-parameter is in its range.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for the first field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        let check = |inside: bool, name: &'static str, range: &'static str, found: String| {
            if inside { Ok(()) } else { Err(Error::Hyperparameter { name, range, found }) }
        };
        let at_least_1 = |value: usize, name| check(value >= 1, name, "at least 1", value.to_string());
        let share = |value: f64, name| check((0.0..1.0).contains(&value), name, "at least 0 and below 1", value.to_string());
        let positive = |value: f64, name| check(value > 0.0 && value.is_finite(), name, "above 0 and finite", value.to_string());

        at_least_1(self.max_features_per_cluster, "max_features_per_cluster")?;
        at_least_1(self.min_features_per_cluster, "min_features_per_cluster")?;
        match self.hidden_size {
            HiddenSize::CompressionRate(rate) => share(rate, "compression_rate")?,
            HiddenSize::HiddenRatio(ratio) => {
                check(ratio > 0.0 && ratio <= 1.0, "hidden_ratio", "above 0 and at most 1", ratio.to_string())?;
            }
        }
        if let Some(ratio) = self.body_ratio {
            check(ratio > 0.0 && ratio <= 1.0, "body_ratio", "above 0 and at most 1", ratio.to_string())?;
        }
        if let Some(units) = self.body_units {
            at_least_1(units, "body_units")?;
        }
        check((0.0..=0.5).contains(&self.hold_out), "hold_out", "at least 0 and at most 0.5", self.hold_out.to_string())?;
        check((0.0..=0.5).contains(&self.trim), "trim", "at least 0 and at most 0.5", self.trim.to_string())?;
        check(self.alert_rate > 0.0 && self.alert_rate <= 0.5, "alert_rate", "above 0 and at most 0.5", self.alert_rate.to_string())?;
        check(
            self.score != ScoreKind::Prototypes || self.prototypes > 0,
            "prototypes",
            "above 0 for a score by prototypes",
            "0".to_owned(),
        )?;
        check(
            self.score != ScoreKind::Neighbours || self.neighbours > 0,
            "neighbours",
            "above 0 for a score by neighbours",
            "0".to_owned(),
        )?;
        check(self.neighbours <= Self::MOST_NEIGHBOURS, "neighbours", "at most 4096", self.neighbours.to_string())?;
        check(
            self.score != ScoreKind::Body || self.body_ratio.is_some(),
            "body_ratio",
            "given for a score by the body",
            "none".to_owned(),
        )?;
        share(self.dropout, "dropout")?;
        positive(self.initial_learning_rate(), "learning_rate")?;
        share(self.momentum, "momentum")?;
        positive(self.clip_norm, "clip_norm")?;
        if let Some(rows) = self.batch_size {
            at_least_1(rows, "batch_size")?;
        }
        if let Some(epochs) = self.epochs {
            at_least_1(epochs, "epochs")?;
        }
        check(self.sample_rows >= 2, "sample_rows", "at least 2", self.sample_rows.to_string())?;
        match self.mapper_rows {
            Some(rows) => check(rows >= 2, "mapper_rows", "at least 2", rows.to_string()),
            None => Ok(()),
        }
    }
}
