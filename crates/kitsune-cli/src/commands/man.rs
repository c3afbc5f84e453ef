//! `kitsune man`: manual pages, from the definition of the command line.

use anyhow::anyhow;
use clap_mangen::Man as Page;

use crate::console;
use crate::failure::Failure;

/// The manual page to print, and the command line that it describes.
#[derive(Debug)]
pub(crate) struct Man {
    /// The subcommand; `None` for the page of `kitsune` itself.
    pub(crate) command: Option<String>,
    pub(crate) definition: clap::Command,
}

pub(crate) fn run(Man { command, mut definition }: Man) -> Result<(), Failure> {
    definition.build();
    let page = match &command {
        None => definition,
        // A built definition calls its subcommand `kitsune-train`.
        Some(name) => definition
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Failure::usage(anyhow!("there is no command {name}: see kitsune help")))?,
    };
    // A page is for every build, so its version leaves out which backends are built in.
    let page = page.version(env!("CARGO_PKG_VERSION"));
    let mut text = Vec::new();
    Page::new(page).source(concat!("kitsune ", env!("CARGO_PKG_VERSION"))).render(&mut text)?;
    Ok(console::results(&text)?)
}
