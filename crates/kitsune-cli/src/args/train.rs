//! The arguments of `kitsune train`.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use kitsune_core::KitsuneConfig;
use kitsune_core::kinds::{InputScaling, ThresholdKind};

use super::backend::BackendArgs;
use super::choices::{TrainOn, choice};
use super::model::ModelArgs;
use super::model_file::ModelFileArgs;
use super::optimization::OptimizationArgs;
use super::source::SourceArgs;
use crate::commands::train::Train;
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(mut_arg("model", |model| model.help("The model file to write")))]
pub(crate) struct TrainArgs {
    #[arg(
        help = "The rows: files, folders (read recursively), globs, URLs such as s3://bucket/prefix, or - for standard input",
        value_name = "INPUT_PATH",
        required = true,
        value_hint = ValueHint::AnyPath
    )]
    input_paths: Vec<OsString>,
    #[command(flatten)]
    model_file: ModelFileArgs,
    /// The folder of the model file kitsune.safetensors.
    #[arg(long, hide = true, value_name = "DIR", conflicts_with = "model")]
    checkpoint_dir: Option<PathBuf>,
    /// Take the rows as they are, in 0-1; a value outside is an error.
    #[arg(long, overrides_with = "no_is_scaled", conflicts_with = "inputs")]
    is_scaled: bool,
    /// Scale each column by the training rows. This is the default.
    #[arg(long)]
    no_is_scaled: bool,
    /// Rows to train on, if there is a --label-column.
    #[arg(long, value_enum, default_value = "normal", requires = "label_column")]
    train_on: TrainOn,
    /// Rows per training step; auto for 32, and more from 64,000 rows on: a 2,000th of the rows, 1,024 at most. With more than 400 columns it grows earlier.
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, default_value = "auto", value_parser = batch_size)]
    batch_size: BatchSize,
    /// Find clusters by the first N rows only, which saves time if there are many columns [default: all rows].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    mapper_rows: Option<u64>,
    /// Megabytes of decoded rows that memory keeps for the next pass, so that files are read once; 0 to read them again in each pass.
    ///
    /// More rows than these go to a temporary file without a name, in the folder TMPDIR if that is set, else beside the model unless its folder is
    /// in memory. A disk without space is no error: the files are read again. The model is the same in any case.
    #[arg(long, value_name = "MB", default_value = "256")]
    row_cache: u32,
    /// Megabytes of rows that are shuffled together.
    #[arg(long, value_name = "MB", default_value = "32", value_parser = clap::value_parser!(u32).range(1..))]
    shuffle_buffer: u32,
    /// Largest sample of the rows in megabytes. The scores are calibrated by the sample.
    #[arg(long, value_name = "MB", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    sample_buffer: u32,
    /// Passes over the rows [default: enough for 2,000 steps, or fewer with more than 400 columns, at least 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Seed of all random choices: the same seed gives the same model.
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
#[command(next_help_heading = "Continued training")]
struct StartArgs {
    /// Continue the training of this model instead of beginning a new one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["is_scaled", "mapper_rows"])]
    from: Option<PathBuf>,
    /// Resume an interrupted training from its checkpoint beside the model; without a checkpoint, begin.
    #[arg(long)]
    resume: bool,
    /// Least number of seconds between two checkpoints, which are saved after epochs.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, default_value_t = 10)]
    checkpoint_interval: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Threshold")]
struct ThresholdArgs {
    /// Fit of the threshold to the scores of normal rows.
    ///
    /// Rows that score at least the threshold are anomalies.
    #[arg(long, value_parser = choice::<ThresholdKind>(), default_value = "quantile")]
    threshold: ThresholdKind,
    /// Share of normal rows that the threshold flags.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().alert_rate)]
    alert_rate: f64,
    /// Share of the rows that is held out from training, to fit the threshold. Of fewer than 2,000 rows none is held out, and all set the threshold.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = KitsuneConfig::new().hold_out)]
    hold_out: f64,
    /// Do not let values beyond the range of the training rows raise the score with their distance.
    #[arg(long)]
    no_excess: bool,
}

impl ThresholdArgs {
    fn apply(self, config: KitsuneConfig) -> KitsuneConfig {
        config.with_threshold(self.threshold).with_alert_rate(self.alert_rate).with_hold_out(self.hold_out).with_excess(!self.no_excess)
    }
}

impl TrainArgs {
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        self.source.threads
    }

    pub(crate) fn resolve(self) -> Result<Train, Failure> {
        let config = self.threshold.apply(self.optimization.apply(self.model.apply(KitsuneConfig::new())));
        let config = config
            .with_batch_size(self.batch_size.0)
            .with_epochs(self.epochs.map(|epochs| epochs as usize))
            .with_mapper_rows(self.mapper_rows)
            .with_sample_bytes(megabytes(self.sample_buffer))
            .with_seed(self.seed);
        let config = if self.is_scaled { config.with_inputs(InputScaling::Identity) } else { config };
        Ok(Train {
            input: self.source.resolve(self.input_paths, true)?,
            model: self.checkpoint_dir.map_or(self.model_file.model, |folder| folder.join("kitsune.safetensors")),
            from: self.start.from,
            resume: self.start.resume,
            checkpoint_interval: Duration::from_secs(self.start.checkpoint_interval.into()),
            shuffle_bytes: megabytes(self.shuffle_buffer),
            cached_bytes: megabytes(self.row_cache),
            normal_only: matches!(self.train_on, TrainOn::Normal),
            config,
            backend: self.backend.backend,
            device: self.backend.device,
            quiet: self.quiet,
        })
    }
}

/// The rows of a step; `None` for as many as the number of rows asks for.
#[derive(Debug, Clone, Copy)]
struct BatchSize(Option<usize>);

fn batch_size(text: &str) -> Result<BatchSize, String> {
    if text == "auto" {
        return Ok(BatchSize(None));
    }
    let rows: NonZeroU32 = text.parse().map_err(|_| "give a number of rows from 1 on, or auto".to_owned())?;
    Ok(BatchSize(Some(rows.get() as usize)))
}

fn megabytes(number: u32) -> usize {
    (number as usize).saturating_mul(1 << 20)
}
