//! The arguments of `kitsune completions` and `kitsune man`, which print something about the command line itself.

use clap::Args;
use clap_complete::Shell;

use super::definition;
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
