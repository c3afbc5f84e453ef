//! The arguments of `kitsune inspect`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::inspect::Inspect;

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The model file.
    model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl InspectArgs {
    pub(crate) fn resolve(self) -> Inspect {
        Inspect { model: self.model, json: self.json }
    }
}
