//! The arguments of `kitsune completions` and `kitsune man`, which print something about the command line itself.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueHint};
use clap_complete::Shell;

use crate::commands::completions::Completions;
use crate::commands::man::Man;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command that the page describes [default: kitsune itself].
    #[arg(value_parser = commands(), hide_possible_values = true)]
    command: Option<String>,
    /// Write all pages into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    output: Option<PathBuf>,
}

impl CompletionsArgs {
    /// `definition` is the command line that the script completes.
    pub(crate) fn resolve(self, definition: clap::Command) -> Completions {
        Completions { shell: self.shell, definition }
    }
}

impl ManArgs {
    /// `definition` is the command line that the page describes.
    pub(crate) fn resolve(self, definition: clap::Command) -> Man {
        Man { command: self.command, output: self.output, definition }
    }
}

/// The names of all commands, which completions list.
fn commands() -> PossibleValuesParser {
    let names = ["train", "online", "extract", "evaluate", "calibrate", "import", "inspect", "devices", "completions", "man"]
        .map(PossibleValue::new);
    PossibleValuesParser::new(names.into_iter().chain([PossibleValue::new("anomaly-scores").alias("score")]))
}
