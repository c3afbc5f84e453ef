//! What can be typed, and what it means in the terms of the libraries.

mod choices;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand};
use kitsune_core::{HiddenSize, InputScaling, KitsuneConfig};
use kitsune_data::{Header, SourceOptions};

use self::choices::{ActivationArg, BackendArg, ErrorArg, FormatArg, HeadInputArg, OptimizerArg, ScheduleArg, ScoreArg, TrainOn};
use crate::commands::{anomaly_scores::AnomalyScores, inspect::Inspect, train::Train};
use crate::console;

/// A command line that was understood, or dealt with already.
pub(crate) enum Invocation {
    Run(Command),
    Done(ExitCode),
}

/// Reads the command line; help and mistakes are told at once.
pub(crate) fn parse() -> Invocation {
    let error = match Cli::try_parse() {
        Ok(cli) => return Invocation::Run(cli.command),
        Err(error) => error,
    };
    error.print().ok();
    if lacks_path(&error) {
        console::note(&format!("\nOn the demo data of the repository:\n{DEMO}"));
    }
    Invocation::Done(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)))
}

/// Whether what is missing is a path, not an option that goes with another.
fn lacks_path(error: &clap::Error) -> bool {
    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) if error.kind() == ErrorKind::MissingRequiredArgument => missing.as_slice(),
        _ => &[],
    };
    missing.iter().any(|argument| argument.starts_with('<'))
}

const DEMO: &str = "  kitsune train demo/train
  kitsune anomaly-scores demo/test scores";

/// Finds anomalies in numeric rows without labels: an ensemble of small autoencoders learns what ordinary rows look like (Kitsune, NDSS 2018).
#[derive(Debug, Parser)]
#[command(name = "kitsune", version, after_help = format!("Examples:\n{DEMO}\n\nExit codes: 0 success, 1 failure, 2 bad usage, 130 Ctrl-C."))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model on a folder of CSV or Parquet files.
    #[command(after_help = "Examples:
  kitsune train flows/
  kitsune train flows/ --label-column label --checkpoint-dir models/flows
  kitsune train scaled/ --is-scaled --batch-size 256 --backend flex

The original's own hyper-parameters, which detect far less:
  kitsune train scaled/ --is-scaled --optimizer sgd --schedule constant --epochs 1 --head-input raw --score head")]
    Train(Box<TrainArgs>),
    /// Score the rows of a folder: higher is stranger.
    #[command(
        visible_alias = "score",
        after_help = "Writes SCORES_DIR/scores_0.json ... with one line {\"score\": 0.2248} for each row, in order.

Examples:
  kitsune anomaly-scores demo/test scores
  kitsune anomaly-scores today.csv scores --model-checkpoint models/flows/kitsune.safetensors --n-scores-partition 1"
    )]
    AnomalyScores(AnomalyScoresArgs),
    /// Show what is in a model file.
    Inspect(InspectArgs),
    /// List the backends and devices that this machine and this build really have.
    Devices,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// A folder, read recursively, or a file.
    input_path: PathBuf,
    /// Folder for the model, kitsune.safetensors; created if missing.
    #[arg(long, value_name = "DIR", default_value = "models")]
    checkpoint_dir: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
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
    /// Passes over the rows [default: as many as make 2,000 steps, at least 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u32>,
    /// Seed of weights, dropout, shuffling and sampling: the same seed gives the same model.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    optimization: OptimizationArgs,
    #[command(flatten)]
    backend: BackendArgs,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
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

#[derive(Debug, Args)]
struct SourceArgs {
    /// Format of the files [default: by their extensions].
    #[arg(long, value_enum)]
    file_format: Option<FormatArg>,
    /// The first row of each CSV file holds the column names [default: found out].
    #[arg(long, conflicts_with = "no_header")]
    has_header: bool,
    /// The first row of each CSV file is data.
    #[arg(long)]
    no_header: bool,
    /// A column that is no feature: 0 for normal rows. In CSV files without names its number, from 0.
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Backend")]
struct BackendArgs {
    /// What computes.
    #[arg(long, value_enum, default_value = "ndarray")]
    backend: BackendArg,
    /// Number of the device: see kitsune devices.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    device: usize,
}

#[derive(Debug, Args)]
pub(crate) struct AnomalyScoresArgs {
    /// A folder, read recursively, or a file.
    path: PathBuf,
    /// Folder for the scores; created if missing. Older score files in it are replaced.
    scores_dir: PathBuf,
    /// The model.
    #[arg(long, value_name = "FILE", default_value = "models/kitsune.safetensors")]
    model_checkpoint: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
    /// Rows that are scored at once.
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// Files that the scores are cut into.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value = "4", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    n_scores_partition: u32,
    /// Which score [default: the model's].
    #[arg(long, value_enum)]
    score: Option<ScoreArg>,
    #[command(flatten)]
    backend: BackendArgs,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The model file.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl TrainArgs {
    pub(crate) fn resolve(self) -> Train {
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
            .with_seed(self.seed);
        Train {
            input_path: self.input_path,
            checkpoint_dir: self.checkpoint_dir,
            options: self.source.options(),
            label_column: self.source.label_column,
            normal_only: matches!(self.train_on, TrainOn::Normal),
            config,
            backend: self.backend.backend.into(),
            device: self.backend.device,
            quiet: self.quiet,
        }
    }
}

impl AnomalyScoresArgs {
    pub(crate) fn resolve(self) -> AnomalyScores {
        AnomalyScores {
            path: self.path,
            scores_dir: self.scores_dir,
            model_checkpoint: self.model_checkpoint,
            options: self.source.options(),
            label_column: self.source.label_column,
            batch_size: self.batch_size as usize,
            parts: self.n_scores_partition as usize,
            score: self.score.map(Into::into),
            backend: self.backend.backend.into(),
            device: self.backend.device,
            quiet: self.quiet,
        }
    }
}

impl InspectArgs {
    pub(crate) fn resolve(self) -> Inspect {
        Inspect { model: self.model, json: self.json }
    }
}

impl SourceArgs {
    fn options(&self) -> SourceOptions {
        let mut options = SourceOptions::new();
        if let Some(format) = self.file_format {
            options = options.format(format.into());
        }
        match (self.has_header, self.no_header) {
            (true, _) => options.header(Header::Present),
            (_, true) => options.header(Header::Absent),
            _ => options,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
