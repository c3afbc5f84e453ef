//! What can be typed, and what it means in the terms of the libraries.

mod anomaly_scores;
mod backend;
mod calibrate;
mod choices;
mod evaluate;
mod model;
mod optimization;
mod scoring;
mod source;
mod train;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use self::anomaly_scores::AnomalyScoresArgs;
use self::calibrate::CalibrateArgs;
use self::evaluate::EvaluateArgs;
use self::train::TrainArgs;
use crate::commands::{completions::Completions, inspect::Inspect, man::Man};
use crate::console;

/// A command line that was understood, or dealt with already.
pub(crate) enum Invocation {
    Run(Command),
    Done(ExitCode),
}

/// Reads the command line; help and mistakes are told at once.
pub(crate) fn parse() -> Invocation {
    let error = match Cli::try_parse().and_then(Cli::checked) {
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

impl Cli {
    /// Tells of a missing path for the scores as clap tells of others.
    fn checked(self) -> Result<Self, clap::Error> {
        let Command::AnomalyScores(args) = &self.command else { return Ok(self) };
        if !args.lacks_output() {
            return Ok(self);
        }
        let mut command = definition();
        command.build();
        let mut error = clap::Error::new(ErrorKind::MissingRequiredArgument);
        error.insert(ContextKind::InvalidArg, ContextValue::Strings(vec!["<SCORES>".into()]));
        if let Some(command) = command.find_subcommand_mut("anomaly-scores") {
            error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
            error = error.with_cmd(command);
        }
        Err(error)
    }
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
    /// Train a model on rows: CSV, Parquet, NDJSON or Arrow IPC.
    #[command(after_help = "Examples:
  kitsune train flows/
  kitsune train 'flows/2026-*.csv.gz' --exclude id,time --on-missing mean
  kitsune train s3://bucket/flows/ --columns 'flow_*' --mapper-rows 1000000
  kitsune train flows/ --label-column label --checkpoint-dir models/flows
  kitsune train scaled/ --is-scaled --batch-size 256 --backend flex
  kitsune train today/ --from models/kitsune.safetensors --checkpoint-dir today-models --epochs 5
  kitsune train flows/ --epochs 100 --resume

--from goes on from a model: its columns, their scaling and clusters, and all that stands under Model above are as they were in it; the rest is \
as this command line has it. What the columns of the new rows are called must be the same.

Until the model is written, a checkpoint (kitsune.resume) is kept beside it. After Ctrl-C or a kill the same command with --resume, on the same \
rows, goes on and gives the very model that it would have given.

The original's own hyper-parameters, which detect far less:
  kitsune train scaled/ --is-scaled --optimizer sgd --schedule constant --epochs 1 \\
    --head-input raw --score head --no-body --prototypes 0 --trim 0 --hold-out 0")]
    Train(Box<TrainArgs>),
    /// Score rows: higher is stranger.
    #[command(
        visible_alias = "score",
        override_usage = "kitsune anomaly-scores [OPTIONS] <PATH>... <SCORES>",
        after_help = "Writes one line for each row, in order: {\"score\": 0.53, \"is_anomaly\": false, \"tail_probability\": 0.61}. A row that --on-missing drop \
leaves out has null for each of these. A row is an anomaly if it scores at least the threshold of the model; the tail probability is that of a \
normal row scoring as high. Where the model knows too few normal rows for a threshold, or --score asks for another score than the one that it has \
a threshold for, there are scores only. --threshold NUMBER goes with any score; then the tail probability is still the model's, where it has one \
for that score.

--explain adds reason_1, reason_1_value, reason_1_expected, reason_1_deviations and reason_1_cluster, the number that kitsune inspect shows, and \
so on.

Into a folder these lines go as scores_0.json ..., and older ones there are replaced. A single file that is there already is replaced only if it \
holds scores (a column score) or nothing.

Where model and rows have names, columns are found by them: others do not matter, and need no --exclude.

Examples:
  kitsune anomaly-scores demo/test scores
  kitsune score flows/ scores.csv --keep id,time --with-row-numbers
  producer | kitsune score - - --file-format ipc --keep id | consumer
  kitsune score flows/ flagged.csv --alert-rate 0.001 --threshold peaks --explain 3 --report page
  kitsune score today.csv scores --model-checkpoint models/flows/kitsune.safetensors \\
    --n-scores-partition 1"
    )]
    AnomalyScores(Box<AnomalyScoresArgs>),
    /// Tell how well scores find the anomalies of labelled rows.
    #[command(
        after_help = "Each PATH is a set of rows of its own; several make a table with their means. Rows with the label 0 are normal, all others \
anomalies. Rows that --on-missing drop leaves out do not count. The scores and labels of all rows of a set are kept in memory, 5 bytes each row, \
and some more while they are ranked. A dash stands for what the rows cannot tell, such as a rate that fewer than 10 normal rows make up.

Examples:
  kitsune evaluate demo/test --label-column label
  kitsune evaluate sets/*.csv --label-column label --json > figures.json
  kitsune evaluate today.csv --label-column attack --threshold peaks --alert-rate 0.001 \\
    --report pages"
    )]
    Evaluate(Box<EvaluateArgs>),
    /// Refit the threshold of a model to normal rows, and the scale of its scores, without training it.
    #[command(
        after_help = "Of the rows, as many as training samples (16,384 or 64 MB) tell both. Where --label-column is given only those with the label 0 \
count. Weights, clusters, and the scaling of the columns stay. Columns are found by their names where there are some.

Examples:
  kitsune calibrate models/kitsune.safetensors last-week/
  kitsune calibrate models/kitsune.safetensors last-week/ --alert-rate 0.001 --threshold peaks \\
    --output models/strict.safetensors"
    )]
    Calibrate(Box<CalibrateArgs>),
    /// Show what is in a model file.
    Inspect(InspectArgs),
    /// List the backends and devices that this machine and this build really have.
    Devices,
    /// Print what makes a shell complete the words of this command.
    #[command(after_help = "Example:
  kitsune completions bash > /etc/bash_completion.d/kitsune")]
    Completions(CompletionsArgs),
    /// Print the manual page of this command, or of one of its commands.
    #[command(after_help = "Example:
  kitsune man train | man -l -")]
    Man(ManArgs),
}

/// The definition of the command line, for what is made from it.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

impl Command {
    /// How many threads were asked for.
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

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The model file.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command [default: kitsune itself].
    command: Option<String>,
}

impl CompletionsArgs {
    pub(crate) fn resolve(self) -> Completions {
        Completions { shell: self.shell, definition: definition() }
    }
}

impl ManArgs {
    pub(crate) fn resolve(self) -> Man {
        Man { command: self.command, definition: definition() }
    }
}

impl InspectArgs {
    pub(crate) fn resolve(self) -> Inspect {
        Inspect { model: self.model, json: self.json }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use kitsune_core::KitsuneConfig;

    use super::{Cli, Command};

    #[test]
    fn the_command_line_is_consistent() {
        super::definition().debug_assert();
    }

    /// The hyper-parameters that words after `kitsune train` stand for.
    fn config(words: &str) -> KitsuneConfig {
        let words = ["kitsune", "train"].into_iter().chain(words.split_whitespace().filter(|&word| word != "\\"));
        match Cli::try_parse_from(words).unwrap().command {
            Command::Train(args) => args.resolve().unwrap().config,
            _ => panic!("another command"),
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        assert_eq!(config("rows"), KitsuneConfig::new());
    }

    /// Else a line that is copied would be another command.
    #[test]
    fn examples_are_printed_as_they_stand() {
        let mut definition = super::definition();
        definition.build();
        let mut examples = 0;
        for command in std::iter::once(definition.clone()).chain(definition.get_subcommands().cloned()) {
            let written = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let printed = command.clone().render_long_help().to_string();
            for line in written.lines().filter(|line| line.starts_with("  ")) {
                assert!(printed.lines().any(|found| found == line), "{line:?} in\n{printed}");
                examples += 1;
            }
        }
        assert!(examples > 15, "{examples}");
    }

    #[test]
    fn the_help_knows_the_originals_hyper_parameters() {
        let help = super::definition().find_subcommand("train").unwrap().get_after_help().unwrap().to_string();
        let (_, example) = help.split_once("which detect far less:\n  kitsune train ").unwrap();
        assert_eq!(config(example), KitsuneConfig::original());
    }
}
