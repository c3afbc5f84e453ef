//! The arguments of `kitsune inspect`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::model_file::ModelFileArgs;
use crate::commands::inspect::Inspect;

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    model: ModelFileArgs,
    /// The model file, as its first name.
    #[arg(hide = true, value_hint = ValueHint::FilePath, conflicts_with = "model")]
    path: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl InspectArgs {
    pub(crate) fn resolve(self) -> Inspect {
        Inspect { model: self.path.unwrap_or(self.model.model), json: self.json }
    }
}
