//! `kitsune completions`: a script that lets a shell complete the command line.

use clap_complete::{Shell, generate};

use crate::console;
use crate::failure::Failure;

/// The shell, and the command line that it is to complete.
#[derive(Debug)]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
    pub(crate) definition: clap::Command,
}

pub(crate) fn run(mut completions: Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(completions.shell, &mut completions.definition, "kitsune", &mut script);
    Ok(console::results(&script)?)
}
