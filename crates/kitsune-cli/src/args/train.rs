//! The arguments of `kitsune train`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use kitsune_core::{InputScaling, KitsuneConfig, ThresholdKind};

use super::backend::BackendArgs;
use super::choices::{TrainOn, choice};
use super::model::ModelArgs;
use super::optimization::OptimizationArgs;
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
    #[arg(long, overrides_with = "no_is_scaled", conflicts_with = "inputs")]
    is_scaled: bool,
    /// Scale each column by the training rows, and keep the scale in the model: the default.
    #[arg(long)]
    no_is_scaled: bool,
    /// Which rows to train on where --label-column is given.
    #[arg(long, value_enum, default_value = "normal", requires = "label_column")]
    train_on: TrainOn,
    /// Rows per optimizer step.
    #[arg(
        long,
        value_name = "ROWS",
        allow_negative_numbers = true,
        default_value_t = KitsuneConfig::new().batch_size as u32,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    batch_size: u32,
    /// Compare columns in the first N rows only, which is what takes time where there are many columns [default: in all].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    mapper_rows: Option<u64>,
    /// Megabytes of rows that are mixed at a time.
    #[arg(long, value_name = "MB", default_value = "32", value_parser = clap::value_parser!(u32).range(1..))]
    shuffle_buffer: u32,
    /// Megabytes of rows, at most, that are kept as a sample for the calibration.
    #[arg(long, value_name = "MB", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    sample_buffer: u32,
    /// Passes over the rows [default: as many as make 2,000 steps, at least 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Seed of weights, dropout, shuffling and sampling: the same seed gives the same model.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    seed: u64,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
    // These come last, since options after them would be listed below their headings.
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    optimization: OptimizationArgs,
    #[command(flatten)]
    threshold: ThresholdArgs,
    #[command(flatten)]
    start: StartArgs,
    #[command(flatten)]
    backend: BackendArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Going on")]
struct StartArgs {
    /// Go on from this model instead of beginning a new one.
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath, conflicts_with_all = ["is_scaled", "mapper_rows"])]
    from: Option<PathBuf>,
    /// Go on with a training that was broken off, by its checkpoint in the folder for the model; without one, begin.
    #[arg(long)]
    resume: bool,
    /// Keep a checkpoint after each epoch, but not before so many seconds went by since the last one.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, default_value_t = 10)]
    checkpoint_interval: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Threshold")]
struct ThresholdArgs {
    /// How the score from which on a row is an anomaly is found from the scores of normal rows.
    #[arg(long, value_parser = choice::<ThresholdKind>(), default_value = "quantile")]
    threshold: ThresholdKind,
    /// Share of normal rows that may be called anomalies.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().alert_rate)]
    alert_rate: f64,
    /// Share of the rows that train nothing and tell the threshold; of fewer than 2,000 rows none are held out, and all tell it.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().hold_out)]
    hold_out: f64,
}

impl ThresholdArgs {
    fn apply(self, config: KitsuneConfig) -> KitsuneConfig {
        config.with_threshold(self.threshold).with_alert_rate(self.alert_rate).with_hold_out(self.hold_out)
    }
}

impl TrainArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    pub(crate) fn resolve(self) -> Result<Train, Failure> {
        let config = self.threshold.apply(self.optimization.apply(self.model.apply(KitsuneConfig::new())));
        let config = config
            .with_batch_size(self.batch_size as usize)
            .with_epochs(self.epochs.map(|epochs| epochs as usize))
            .with_mapper_rows(self.mapper_rows)
            .with_sample_bytes(megabytes(self.sample_buffer))
            .with_seed(self.seed);
        let config = if self.is_scaled { config.with_inputs(InputScaling::Identity) } else { config };
        Ok(Train {
            input: self.source.resolve(self.input_paths, true)?,
            checkpoint_dir: self.checkpoint_dir,
            from: self.start.from,
            resume: self.start.resume,
            checkpoint_interval: Duration::from_secs(self.start.checkpoint_interval.into()),
            shuffle_bytes: megabytes(self.shuffle_buffer),
            normal_only: matches!(self.train_on, TrainOn::Normal),
            config,
            backend: self.backend.backend,
            device: self.backend.device,
            quiet: self.quiet,
        })
    }
}

fn megabytes(number: u32) -> usize {
    (number as usize).saturating_mul(1 << 20)
}
