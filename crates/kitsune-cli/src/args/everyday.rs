//! The options that `-h` lists; `--help` lists all.

use clap::{Arg, Command};

/// The everyday options, by the names of their fields.
const EVERYDAY: &[&str] = &[
    // Of every command that has them.
    "model",
    "quiet",
    // The rows.
    "label_column",
    "exclude",
    "on_missing",
    // The training.
    "epochs",
    "seed",
    "from",
    "resume",
    // The stream.
    "mapper_grace",
    "train_grace",
    "model_checkpoint",
    "export",
    "follow",
    "interface",
    "alerts",
    // The scores and what becomes of them.
    "threshold",
    "alert_rate",
    "explain",
    "report",
    "keep",
    "with_row_numbers",
    "output",
    "json",
    "backend",
];

/// Leaves the other options out of `-h`. Manual pages take the texts of `--help`.
pub(super) fn short_help(command: Command) -> Command {
    command.mut_subcommands(|command| command.mut_args(|argument| if is_everyday(&argument) { argument } else { hidden(argument) }))
}

fn hidden(argument: Arg) -> Arg {
    let text = argument.get_long_help().or(argument.get_help()).cloned().unwrap_or_default();
    argument.long_help(text).hide_short_help(true)
}

fn is_everyday(argument: &Arg) -> bool {
    argument.is_positional() || EVERYDAY.contains(&argument.get_id().as_str())
}
