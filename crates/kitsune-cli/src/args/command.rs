//! The subcommands of `kitsune`.

use std::num::NonZeroUsize;

use clap::Subcommand;

use super::after_help;
use super::anomaly_scores::AnomalyScoresArgs;
use super::calibrate::CalibrateArgs;
use super::evaluate::EvaluateArgs;
use super::extract::ExtractArgs;
use super::import::ImportArgs;
use super::inspect::InspectArgs;
use super::online::OnlineArgs;
use super::shell::{CompletionsArgs, ManArgs};
use super::train::TrainArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model on rows: CSV, Parquet, JSON or Arrow IPC, or the packets of captures.
    ///
    /// A model groups columns that correlate into clusters. Each cluster has a small autoencoder, its tail, which learns to reconstruct the values of
    /// the cluster. The head is an autoencoder over the errors of all tails, and the body is one over all columns. Prototypes are typical rows. A row
    /// scores high if tails and body reconstruct it badly and if it is far from the training rows.
    #[command(after_help = after_help::TRAIN.short(), after_long_help = after_help::TRAIN.long())]
    Train(Box<TrainArgs>),
    /// Score rows: a higher score means a stranger row.
    #[command(
        visible_alias = "score",
        override_usage = "kitsune anomaly-scores [OPTIONS] <PATH>... <SCORES>",
        after_help = after_help::ANOMALY_SCORES.short(),
        after_long_help = after_help::ANOMALY_SCORES.long()
    )]
    AnomalyScores(Box<AnomalyScoresArgs>),
    /// Learn from a stream of rows, and score it row by row: a detector that is ready when its grace period ends.
    ///
    /// The first rows show which columns belong together, the next ones train an autoencoder for each group and one over their errors, each row once, in
    /// constant memory. Then each row is scored as it comes. This is the detector of the authors of Kitsune.
    #[command(
        override_usage = after_help::ONLINE_USAGE,
        after_help = after_help::ONLINE.short(),
        after_long_help = after_help::ONLINE.long()
    )]
    Online(Box<OnlineArgs>),
    /// Turn captures of packets into rows of statistics, for other tools.
    ///
    /// Each packet becomes a row of damped statistics, as the authors of Kitsune have them: how many packets its source, the pair of hosts and the pair of sockets exchange, how
    /// long they are, how regular, and how both directions go together, over 0.2 to 100 seconds. Other commands read captures themselves.
    #[command(
        override_usage = "kitsune extract [OPTIONS] <CAPTURE>... <OUTPUT>",
        after_help = after_help::EXTRACT.short(),
        after_long_help = after_help::EXTRACT.long()
    )]
    Extract(Box<ExtractArgs>),
    /// Measure how well the scores find the anomalies among labelled rows.
    #[command(after_help = after_help::EVALUATE.short(), after_long_help = after_help::EVALUATE.long())]
    Evaluate(Box<EvaluateArgs>),
    /// Fit the threshold of a model, and the scale of its scores, to other normal rows, without training.
    #[command(after_help = after_help::CALIBRATE.short(), after_long_help = after_help::CALIBRATE.long())]
    Calibrate(Box<CalibrateArgs>),
    /// Make a model of a checkpoint of the original, a .pt file.
    ///
    /// The model has the scores of the original. The file is read without importing or calling anything that it names.
    #[command(after_help = after_help::IMPORT.short(), after_long_help = after_help::IMPORT.long())]
    Import(ImportArgs),
    /// Show the contents of a model file, or of the state of kitsune online.
    #[command(after_help = after_help::INSPECT.long())]
    Inspect(InspectArgs),
    /// List the backends and devices of this machine and this build.
    Devices,
    /// Print a script that lets a shell complete commands and options.
    #[command(after_help = after_help::COMPLETIONS.long())]
    Completions(CompletionsArgs),
    /// Print the manual page of kitsune or of one of its commands, or write all pages.
    #[command(after_help = after_help::MAN.long())]
    Man(ManArgs),
}

impl Command {
    /// Whether the command reads rows and computes, on several threads.
    pub(crate) fn computes(&self) -> bool {
        matches!(
            self,
            Self::Train(_) | Self::AnomalyScores(_) | Self::Online(_) | Self::Extract(_) | Self::Evaluate(_) | Self::Calibrate(_)
        )
    }

    /// The number of threads from the command line.
    pub(crate) fn threads(&self) -> Option<NonZeroUsize> {
        match self {
            Self::Train(args) => args.threads(),
            Self::AnomalyScores(args) => args.threads(),
            Self::Online(args) => args.threads(),
            Self::Extract(args) => args.threads(),
            Self::Evaluate(args) => args.threads(),
            Self::Calibrate(args) => args.threads(),
            _ => None,
        }
    }

    /// The number of threads that work for long beside the pools. Of a stream they read, convert, detect and write.
    pub(crate) fn threads_of_its_own(&self) -> usize {
        if matches!(self, Self::Online(_)) { 4 } else { 0 }
    }
}
