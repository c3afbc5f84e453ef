//! `kitsune completions`: what makes a shell complete the words of the command line.

use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::{args, console};

/// For which shell.
#[derive(Debug)]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

pub(crate) fn run(completions: Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(completions.shell, &mut args::definition(), "kitsune", &mut script);
    Ok(console::results(&script)?)
}
