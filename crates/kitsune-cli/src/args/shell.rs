//! The arguments of `kitsune completions` and `kitsune man`, which print something about the command line itself.

use clap::Args;
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
    /// The command [default: kitsune itself].
    command: Option<String>,
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
        Man { command: self.command, definition }
    }
}
