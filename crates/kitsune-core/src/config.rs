//! The hyper-parameters.

use burn::config::Config;

use crate::error::Error;
use crate::kinds::{Activation, ErrorMetric, HeadInput, HiddenSize, InputScaling, OptimizerKind, Schedule, ScoreKind, ThresholdKind};

/// Every hyper-parameter of Kitsune, with the defaults that detect.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `max_features_per_cluster` | 10 | size at which a cluster is cut | at least 1 |
/// | `min_features_per_cluster` | 4 | size below which clusters are joined | at least 1 |
/// | `hidden_size` | compression rate 0.6 | hidden units per cluster | rate in [0, 1), ratio in (0, 1] |
/// | `activation` | tanh | of the hidden units | |
/// | `error` | absolute | reconstruction error of a row | |
/// | `dropout` | 0.1 | share of inputs set to 0 in training | [0, 1) |
/// | `head_input` | min-max | what the head sees | |
/// | `body_ratio` | 0.75 | hidden units of the body per feature, 256 at most; `None`: no body | above 0, at most 1 |
/// | `prototypes` | 128 | prototypes; 0: none | any |
/// | `trim` | 0.05 | share of the rows, the strangest by a rough fit, that train nothing | [0, 0.5] |
/// | `inputs` | half-ranked | how rows are scaled | |
/// | `clamp` | true | keep scaled values inside 0-1 | |
/// | `score` | combined | default score | |
/// | `threshold` | quantile | how the score of an anomaly is found | |
/// | `hold_out` | 0.1 | share of the rows that train nothing and tell the threshold; none of fewer than 2,000 rows | [0, 0.5] |
/// | `alert_rate` | 0.01 | share of normal rows that are called anomalies | above 0, at most 0.5 |
/// | `optimizer` | Adam | | |
/// | `learning_rate` | by optimizer: 0.01 for Adam, 0.001 for SGD | first step's rate | above 0 |
/// | `schedule` | cosine | of the learning rate | |
/// | `momentum` | 0.9 | of SGD | [0, 1) |
/// | `clip_norm` | 2.0 | bound on the gradient's L2 norm over all parameters | above 0 |
/// | `batch_size` | 32 | rows per step | at least 1 |
/// | `epochs` | by rows: 2,000 steps or more, at least 1 epoch | passes over the rows | at least 1 |
/// | `seed` | 0 | weights, dropout, sample | any |
/// | `sample_rows` | 16,384 | rows kept for the calibration | at least 2 |
/// | `sample_bytes` | 64 MiB | bytes that these rows may take | any; 2 rows are kept whatever they take |
/// | `mapper_rows` | all | rows whose correlations make the feature map | at least 2 |
///
/// [`original`](Self::original) gives batch Kitsune's own values.
#[derive(Config, Debug, PartialEq)]
pub struct KitsuneConfig {
    /// A cluster of more features than this is split.
    #[config(default = 10)]
    pub max_features_per_cluster: usize,
    /// Clusters of fewer features than this are joined, which may exceed the maximum by this number less one.
    #[config(default = 4)]
    pub min_features_per_cluster: usize,
    /// Hidden units per cluster.
    #[config(default = "HiddenSize::CompressionRate(0.6)")]
    pub hidden_size: HiddenSize,
    /// Activation of the hidden units.
    #[config(default = "Activation::Tanh")]
    pub activation: Activation,
    /// Reconstruction error of a row.
    #[config(default = "ErrorMetric::Absolute")]
    pub error: ErrorMetric,
    /// Share of the inputs that training sets to 0; the others grow by `1 / (1 - dropout)`.
    #[config(default = 0.1)]
    pub dropout: f64,
    /// What the head sees of the tails' errors.
    #[config(default = "HeadInput::MinMax")]
    pub head_input: HeadInput,
    /// Hidden units of the body, the autoencoder over all features, per feature; never more than
    /// [`MAX_BODY_HIDDEN`](Self::MAX_BODY_HIDDEN). `None`: no body.
    #[config(default = "Some(0.75)")]
    pub body_ratio: Option<f64>,
    /// Prototypes of the training rows; fewer where there are not as many different rows, none with 0.
    #[config(default = 128)]
    pub prototypes: usize,
    /// Share of the training rows that are left out of epochs and calibration: those that look strangest to a rough fit, since training
    /// rows are seldom clean.
    #[config(default = 0.05)]
    pub trim: f64,
    /// How raw rows become inputs in 0-1.
    #[config(default = "InputScaling::HalfRanked")]
    pub inputs: InputScaling,
    /// Whether values outside the training range are brought to its border; otherwise they go on beyond 0 and 1.
    #[config(default = true)]
    pub clamp: bool,
    /// Default score of the finished model.
    #[config(default = "ScoreKind::Combined")]
    pub score: ScoreKind,
    /// How the score from which on a row is an anomaly is found.
    #[config(default = "ThresholdKind::Quantile")]
    pub threshold: ThresholdKind,
    /// Share of the rows that are held out from training for the threshold, those of the lowest hash of (seed, row number). Nothing is held
    /// out of fewer than 2,000 rows, or of rows without numbers; then training rows tell it, whose scores are somewhat lower.
    #[config(default = 0.1)]
    pub hold_out: f64,
    /// Share of normal rows that are expected to be called anomalies.
    #[config(default = 0.01)]
    pub alert_rate: f64,
    /// Optimizer of the training recipe.
    #[config(default = "OptimizerKind::Adam")]
    pub optimizer: OptimizerKind,
    /// First learning rate; `None` takes the optimizer's default, 0.01 for Adam and 0.001 for SGD.
    pub learning_rate: Option<f64>,
    /// How the learning rate goes on.
    #[config(default = "Schedule::Cosine")]
    pub schedule: Schedule,
    /// Momentum of SGD.
    #[config(default = 0.9)]
    pub momentum: f64,
    /// Bound on the L2 norm of all gradients together.
    #[config(default = 2.0)]
    pub clip_norm: f64,
    /// Rows per optimizer step.
    #[config(default = 32)]
    pub batch_size: usize,
    /// Passes over the rows; `None` takes as many as make [`DEFAULT_STEPS`](Self::DEFAULT_STEPS) steps, at least one.
    pub epochs: Option<usize>,
    /// Seed of the initial weights, the dropout and the sample.
    #[config(default = 0)]
    pub seed: u64,
    /// Rows kept from the statistics pass for the calibration; fewer where they would take more than [`sample_bytes`](Self::sample_bytes).
    #[config(default = 16_384)]
    pub sample_rows: usize,
    /// Bytes that the rows kept for the calibration may take, 8 for each value; 2 rows are kept whatever they take.
    #[config(default = "64 << 20")]
    pub sample_bytes: usize,
    /// Rows, the first ones of the data, whose correlations make the feature map; `None` takes all. Each costs features² operations, which
    /// for many features is most of the statistics pass. Ranges, means and sample are those of all rows in any case.
    pub mapper_rows: Option<u64>,
}

impl Default for KitsuneConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl KitsuneConfig {
    /// Optimizer steps below which the tails are not trained well enough to detect, measured on labelled data sets.
    pub const DEFAULT_STEPS: u64 = 2_000;

    /// Most hidden units of the body, so that its cost grows with the features and not with their square.
    pub const MAX_BODY_HIDDEN: usize = 256;

    /// Batch Kitsune's own hyper-parameters, which train too little to rank anomalies high: for comparisons.
    pub fn original() -> Self {
        Self::new()
            .with_head_input(HeadInput::Raw)
            .with_body_ratio(None)
            .with_prototypes(0)
            .with_trim(0.0)
            .with_hold_out(0.0)
            .with_inputs(InputScaling::Identity)
            .with_score(ScoreKind::Head)
            .with_optimizer(OptimizerKind::Sgd)
            .with_schedule(Schedule::Constant)
            .with_epochs(Some(1))
    }

    /// The first learning rate, the optimizer's default where none was given.
    pub fn initial_learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or(match self.optimizer {
            OptimizerKind::Adam => 0.01,
            OptimizerKind::Sgd => 0.001,
        })
    }

    /// Hidden units of the body of that many features, if there is to be one.
    pub(crate) fn body_size(&self, features: usize) -> Option<HiddenSize> {
        let largest = Self::MAX_BODY_HIDDEN as f64 / features.max(1) as f64;
        self.body_ratio.map(|ratio| HiddenSize::HiddenRatio(ratio.min(largest)))
    }

    /// Passes over that many rows, the default number where none was given.
    pub fn epochs_for(&self, rows: u64) -> usize {
        let steps_per_epoch = rows.div_ceil(self.batch_size as u64).max(1);
        self.epochs.unwrap_or(Self::DEFAULT_STEPS.div_ceil(steps_per_epoch) as usize)
    }

    /// The learning rate of a step of a training of `steps` steps.
    pub fn learning_rate_at(&self, step: u64, steps: u64) -> f64 {
        let progress = (step as f64 / steps.max(1) as f64).min(1.0);
        match self.schedule {
            Schedule::Constant => self.initial_learning_rate(),
            Schedule::Cosine => self.initial_learning_rate() * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
        }
    }

    /// Checks every range.
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
            self.score != ScoreKind::Body || self.body_ratio.is_some(),
            "body_ratio",
            "given for a score by the body",
            "none".to_owned(),
        )?;
        share(self.dropout, "dropout")?;
        positive(self.initial_learning_rate(), "learning_rate")?;
        share(self.momentum, "momentum")?;
        positive(self.clip_norm, "clip_norm")?;
        at_least_1(self.batch_size, "batch_size")?;
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
