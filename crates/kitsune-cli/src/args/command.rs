//! The subcommands of `kitsune`.

use std::num::NonZeroUsize;

use clap::Subcommand;

use super::after_help;
use super::anomaly_scores::AnomalyScoresArgs;
use super::calibrate::CalibrateArgs;
use super::evaluate::EvaluateArgs;
use super::inspect::InspectArgs;
use super::shell::{CompletionsArgs, ManArgs};
use super::train::TrainArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model on rows: CSV, Parquet, NDJSON or Arrow IPC.
    #[command(after_help = after_help::TRAIN)]
    Train(Box<TrainArgs>),
    /// Score rows: higher is stranger.
    #[command(
        visible_alias = "score",
        override_usage = "kitsune anomaly-scores [OPTIONS] <PATH>... <SCORES>",
        after_help = after_help::ANOMALY_SCORES
    )]
    AnomalyScores(Box<AnomalyScoresArgs>),
    /// Tell how well scores find the anomalies of labelled rows.
    #[command(after_help = after_help::EVALUATE)]
    Evaluate(Box<EvaluateArgs>),
    /// Refit the threshold of a model to normal rows, and the scale of its scores, without training it.
    #[command(after_help = after_help::CALIBRATE)]
    Calibrate(Box<CalibrateArgs>),
    /// Show what is in a model file.
    Inspect(InspectArgs),
    /// List the backends and devices that this machine and this build really have.
    Devices,
    /// Print what makes a shell complete the words of this command.
    #[command(after_help = after_help::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page of this command, or of one of its commands.
    #[command(after_help = after_help::MAN)]
    Man(ManArgs),
}

impl Command {
    /// The number of threads from the command line.
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        match self {
            Self::Train(args) => args.threads(),
            Self::AnomalyScores(args) => args.threads(),
            Self::Evaluate(args) => args.threads(),
            Self::Calibrate(args) => args.threads(),
            _ => None,
        }
    }
}
