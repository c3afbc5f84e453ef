//! What can be said to `kitsune train`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use kitsune_core::{HiddenSize, InputScaling, KitsuneConfig};

use super::backend::BackendArgs;
use super::choices::{ActivationArg, ErrorArg, HeadInputArg, OptimizerArg, ScheduleArg, ScoreArg, TrainOn};
use super::source::SourceArgs;
use crate::commands::train::Train;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[arg(
        help = "Files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input",
        value_name = "INPUT_PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    input_paths: Vec<OsString>,
    /// Folder for the model, kitsune.safetensors; created if missing.
    #[arg(long, value_name = "DIR", default_value = "models")]
    checkpoint_dir: PathBuf,
    /// The rows are in 0-1 already; a value outside is an error.
    #[arg(long, overrides_with = "no_is_scaled")]
    is_scaled: bool,
    /// Scale each column by its minimum and maximum in the training rows, and keep them in the model: the default.
    #[arg(long)]
    no_is_scaled: bool,
    /// Which rows to train on where --label-column is given.
    #[arg(long, value_enum, default_value = "normal", requires = "label_column")]
    train_on: TrainOn,
    /// Rows per optimizer step.
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().batch_size as u32)]
    batch_size: u32,
    /// Compare columns in the first N rows only, which is what takes time where there are many columns [default: in all].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    mapper_rows: Option<u64>,
    /// Megabytes of rows that are mixed at a time.
    #[arg(long, value_name = "MB", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    shuffle_buffer: u32,
    /// Megabytes of rows, at most, that are kept as a sample for the calibration.
    #[arg(long, value_name = "MB", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    sample_buffer: u32,
    /// Passes over the rows [default: as many as make 2,000 steps, at least 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u32>,
    /// Seed of weights, dropout, shuffling and sampling: the same seed gives the same model.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    seed: u64,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
    // These come last: what follows them would stand below their headings.
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    optimization: OptimizationArgs,
    #[command(flatten)]
    backend: BackendArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
struct ModelArgs {
    /// Hidden units of a cluster: features · (1 - RATE), rounded down [default: 0.6].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, conflicts_with = "hidden_ratio")]
    compression_rate: Option<f64>,
    /// Hidden units of a cluster: features · RATIO, rounded up.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    hidden_ratio: Option<f64>,
    /// Larger clusters are split.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().max_features_per_cluster)]
    max_features_per_cluster: usize,
    /// Smaller clusters are joined.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().min_features_per_cluster)]
    min_features_per_cluster: usize,
    /// Activation of the hidden units.
    #[arg(long, value_enum, default_value = "tanh")]
    activation: ActivationArg,
    /// Reconstruction error of a row.
    #[arg(long, value_enum, default_value = "absolute")]
    error: ErrorArg,
    /// What the head sees of the tails' errors: as they are, or scaled by their range in training.
    #[arg(long, value_enum, default_value = "min-max")]
    head_input: HeadInputArg,
    /// Let scaled values leave 0-1 where rows leave the range of the training rows.
    #[arg(long)]
    no_clamp: bool,
    /// Default score of the model: the tails' standardised errors, or the head's error as in the original.
    #[arg(long, value_enum, default_value = "tails")]
    score: ScoreArg,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Optimization")]
struct OptimizationArgs {
    /// The optimizer.
    #[arg(long, value_enum, default_value = "adam")]
    optimizer: OptimizerArg,
    /// First learning rate [default: 0.003 for adam, 0.001 for sgd].
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// How the learning rate goes on.
    #[arg(long, value_enum, default_value = "cosine")]
    schedule: ScheduleArg,
    /// Momentum of sgd.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().momentum)]
    momentum: f64,
    /// Share of the inputs that training sets to 0.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().dropout)]
    dropout: f64,
    /// Bound on the L2 norm of all gradients together.
    #[arg(long, value_name = "R", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().clip_norm)]
    clip_norm: f64,
}

impl TrainArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    pub(crate) fn resolve(self) -> Result<Train, Failure> {
        let (model, optimization) = (self.model, self.optimization);
        let hidden_size = match (model.compression_rate, model.hidden_ratio) {
            (_, Some(ratio)) => HiddenSize::HiddenRatio(ratio),
            (Some(rate), None) => HiddenSize::CompressionRate(rate),
            (None, None) => KitsuneConfig::new().hidden_size,
        };
        let config = KitsuneConfig::new()
            .with_max_features_per_cluster(model.max_features_per_cluster)
            .with_min_features_per_cluster(model.min_features_per_cluster)
            .with_hidden_size(hidden_size)
            .with_activation(model.activation.into())
            .with_error(model.error.into())
            .with_dropout(optimization.dropout)
            .with_head_input(model.head_input.into())
            .with_inputs(if self.is_scaled { InputScaling::Identity } else { InputScaling::MinMax })
            .with_clamp(!model.no_clamp)
            .with_score(model.score.into())
            .with_optimizer(optimization.optimizer.into())
            .with_learning_rate(optimization.learning_rate)
            .with_schedule(optimization.schedule.into())
            .with_momentum(optimization.momentum)
            .with_clip_norm(optimization.clip_norm)
            .with_batch_size(self.batch_size as usize)
            .with_epochs(self.epochs.map(|epochs| epochs as usize))
            .with_mapper_rows(self.mapper_rows)
            .with_sample_bytes(megabytes(self.sample_buffer))
            .with_seed(self.seed);
        Ok(Train {
            input: self.source.resolve(self.input_paths, true)?,
            checkpoint_dir: self.checkpoint_dir,
            shuffle_bytes: megabytes(self.shuffle_buffer),
            normal_only: matches!(self.train_on, TrainOn::Normal),
            config,
            backend: self.backend.backend.into(),
            device: self.backend.device,
            quiet: self.quiet,
        })
    }
}

fn megabytes(number: u32) -> usize {
    (number as usize).saturating_mul(1 << 20)
}
