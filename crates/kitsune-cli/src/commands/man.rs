//! `kitsune man`: manual pages, from the definition of the command line.

use anyhow::anyhow;
use clap_mangen::Man as Page;

use crate::failure::Failure;
use crate::{args, console};

/// The page of which command; none for that of all.
#[derive(Debug)]
pub(crate) struct Man {
    pub(crate) command: Option<String>,
}

pub(crate) fn run(man: Man) -> Result<(), Failure> {
    let mut definition = args::definition();
    definition.build();
    let page = match &man.command {
        None => definition,
        // Built, it knows itself as `kitsune-train`.
        Some(name) => definition
            .find_subcommand(name)
            .map(|command| command.clone().version(env!("CARGO_PKG_VERSION")))
            .ok_or_else(|| Failure::usage(anyhow!("there is no command {name}: see kitsune help")))?,
    };
    let mut text = Vec::new();
    Page::new(page).source(concat!("kitsune ", env!("CARGO_PKG_VERSION"))).render(&mut text)?;
    Ok(console::results(&text)?)
}
