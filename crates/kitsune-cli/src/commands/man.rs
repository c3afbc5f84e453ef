//! `kitsune man`: manual pages, from the definition of the command line.

use std::path::PathBuf;

use anyhow::Result;
use clap::Command;
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};
use kitsune_data::OutputFolder;

use crate::console::{self, counted};
use crate::failure::Failure;
use crate::output::content::Content;
use crate::output::read_files::ReadFiles;

/// The line above the examples in a help text.
const EXAMPLES: &str = "Examples:\n";

/// The pages to print or to write, and the command line that they describe.
#[derive(Debug)]
pub(crate) struct Man {
    /// The subcommand; `None` for the page of `kitsune` itself.
    pub(crate) command: Option<String>,
    /// The folder for all pages.
    pub(crate) output: Option<PathBuf>,
    pub(crate) definition: Command,
}

pub(crate) fn run(Man { command, output, mut definition }: Man) -> Result<(), Failure> {
    definition.build();
    let Some(folder) = output else {
        let named = command.and_then(|name| definition.find_subcommand(name)).unwrap_or(&definition);
        return Ok(console::results(page(named)?)?);
    };
    let folder = OutputFolder::create(&folder)?;
    let commands: Vec<_> =
        std::iter::once(&definition).chain(definition.get_subcommands().filter(|command| command.get_name() != "help")).collect();
    for command in &commands {
        ReadFiles::default().check(&folder.path().join(described(command).get_filename()), Content::ManualPage)?;
    }
    for command in &commands {
        folder.write(&described(command).get_filename(), &page(command)?)?;
    }
    console::note(&format!("wrote {} to {}", counted(commands.len() as u64, "page"), folder.path().display()));
    folder.keep();
    Ok(())
}

/// The page of a command without its help text. A page is for every build, so its version leaves out which backends are built in.
fn described(command: &Command) -> Page {
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    Page::new(command).source(concat!("kitsune ", env!("CARGO_PKG_VERSION")))
}

/// Renders the page of a command. Its examples can be copied, since they keep their lines.
fn page(command: &Command) -> Result<Vec<u8>> {
    let (page, mut text) = (described(command), Vec::new());
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        page.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    let below = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default();
    let (notes, examples) = below.split_once(EXAMPLES).unwrap_or((&below, ""));
    notes_section(notes, &mut text)?;
    examples_section(examples, &mut text)?;
    page.render_version_section(&mut text)?;
    Ok(text)
}

fn notes_section(notes: &str, page: &mut Vec<u8>) -> Result<()> {
    let mut roff = Roff::new();
    for (number, paragraph) in notes.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).enumerate() {
        if number == 0 {
            roff.control("SH", ["NOTES"])
        } else {
            roff.control("PP", [])
        };
        roff.text([roman(paragraph.trim())]);
    }
    Ok(roff.to_writer(page)?)
}

fn examples_section(examples: &str, page: &mut Vec<u8>) -> Result<()> {
    if examples.is_empty() {
        return Ok(());
    }
    let mut roff = Roff::new();
    // Between these two, lines are neither joined nor filled.
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        roff.text([roman(line.trim_start_matches("  "))]);
    }
    roff.control("fi", []);
    Ok(roff.to_writer(page)?)
}
