//! `kitsune`: train an anomaly detector on a folder of rows, and score others with it.
//!
//! Results are written to files and to stdout, everything else to stderr. The exit code is 0 for success, 1 for a failed run, 2 for bad usage,
//! 130 after Ctrl-C.

mod alerts;
mod args;
mod backend;
mod commands;
mod console;
mod failure;
mod input;
mod output;
mod process;
mod report;
mod scoring;

use std::panic::catch_unwind;
use std::process::ExitCode;

use crate::args::command::Command;
use crate::args::{Invocation, definition};
use crate::failure::Failure;

fn main() -> ExitCode {
    process::panics::install_hook();
    if let Err(error) = process::interrupt::take_over() {
        return Failure::from(anyhow::Error::from(error).context("signals cannot be handled")).report();
    }
    let command = match args::parse() {
        Invocation::Run(command) => command,
        Invocation::Done(code) => return code,
    };
    // The hook has reported a panic, so only the exit code is left.
    match catch_unwind(|| run(command)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(),
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(command: Command) -> Result<(), Failure> {
    if command.computes() {
        process::threads::start(command.threads(), command.threads_of_its_own())?;
    }
    match command {
        Command::Train(args) => commands::train::run(args.resolve()?),
        Command::AnomalyScores(args) => commands::anomaly_scores::run(args.resolve()?),
        Command::Online(args) => commands::online::run(args.resolve()?),
        Command::Extract(args) => commands::extract::run(args.resolve()?),
        Command::Evaluate(args) => commands::evaluate::run(args.resolve()?),
        Command::Calibrate(args) => commands::calibrate::run(args.resolve()?),
        Command::Import(args) => commands::import::run(args.resolve()),
        Command::Inspect(args) => commands::inspect::run(args.resolve()),
        Command::Devices => commands::devices::run(),
        Command::Completions(args) => commands::completions::run(args.resolve(definition())),
        Command::Man(args) => commands::man::run(args.resolve(definition())),
    }
}
