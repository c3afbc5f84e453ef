//! The command line: what can be typed, and how it becomes the settings of a command.

mod after_help;
mod anomaly_scores;
mod backend;
mod calibrate;
mod choices;
pub(crate) mod command;
mod evaluate;
mod everyday;
mod extract;
mod import;
mod inspect;
mod model;
mod model_file;
mod online;
mod optimization;
mod packets;
mod scoring;
mod shell;
mod source;
mod train;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};

use self::after_help::DEMO;
use self::command::Command;
use crate::backend::BackendKind;
use crate::console;
use kitsune_core::kinds::Named;

/// A parsed command line: a command to run, or the exit code after help or a mistake.
pub(crate) enum Invocation {
    Run(Command),
    Done(ExitCode),
}

/// Parses the command line. Help and mistakes are printed at once.
pub(crate) fn parse() -> Invocation {
    let parsed = definition().try_get_matches().and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let error = match parsed.and_then(Cli::checked) {
        Ok(cli) => return Invocation::Run(cli.command),
        Err(error) => error,
    };
    error.print().ok();
    if lacks_path(&error) {
        ["", "On the demo data of the repository:"].into_iter().chain(DEMO.lines()).for_each(console::note);
    }
    Invocation::Done(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)))
}

/// Whether a path is missing, not an option that another option requires.
fn lacks_path(error: &clap::Error) -> bool {
    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) if error.kind() == ErrorKind::MissingRequiredArgument => missing.as_slice(),
        _ => &[],
    };
    missing.iter().any(|argument| argument.starts_with('<'))
}

impl Cli {
    /// Reports a missing path for the results in the way in which clap reports missing arguments.
    fn checked(self) -> Result<Self, clap::Error> {
        let (name, output, lacks_output) = match &self.command {
            Command::AnomalyScores(args) => ("anomaly-scores", "<SCORES>", args.lacks_output()),
            Command::Online(args) => ("online", "<SCORES>", args.lacks_output()),
            Command::Extract(args) => ("extract", "<OUTPUT>", args.lacks_output()),
            _ => return Ok(self),
        };
        if !lacks_output {
            return Ok(self);
        }
        let mut command = definition();
        command.build();
        let mut error = clap::Error::new(ErrorKind::MissingRequiredArgument);
        error.insert(ContextKind::InvalidArg, ContextValue::Strings(vec![output.into()]));
        if let Some(command) = command.find_subcommand_mut(name) {
            error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
            error = error.with_cmd(command);
        }
        Err(error)
    }
}

/// The version, and the backends that are built in.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let backends: Vec<_> = BackendKind::built().map(Named::name).collect();
    format!("{} (backends: {})", env!("CARGO_PKG_VERSION"), backends.join(", "))
});

/// Finds anomalies in numeric rows without labels: an ensemble of small autoencoders learns what ordinary rows look like (Kitsune, NDSS 2018).
#[derive(Debug, Parser)]
#[command(
    name = "kitsune",
    version = VERSION.as_str(),
    after_help = format!("Exit codes: 0 success, 1 failure, 2 bad usage, 130 Ctrl-C.\n\nExamples:\n{DEMO}")
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The definition of the command line, by which words are parsed and from which completions and manual pages are made.
pub(crate) fn definition() -> clap::Command {
    everyday::short_help(Cli::command())
}
