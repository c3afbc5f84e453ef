//! The arguments of `kitsune import`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::model_file::ModelFileArgs;
use crate::commands::import::Import;

#[derive(Debug, Args)]
#[command(mut_arg("model", |model| model.help("The model file to write")))]
pub(crate) struct ImportArgs {
    /// The checkpoint: a file of torch.save.
    #[arg(value_hint = ValueHint::FilePath)]
    checkpoint: PathBuf,
    /// The model file to write, as the second path.
    #[arg(hide = true, value_hint = ValueHint::FilePath, conflicts_with = "model")]
    path: Option<PathBuf>,
    #[command(flatten)]
    model: ModelFileArgs,
    /// The columns of each tail, from 0 on, as a file of JSON such as [[0, 3], [1, 2]], if the checkpoint lacks them.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    clusters: Option<PathBuf>,
    /// No messages, only errors.
    #[arg(long, short)]
    quiet: bool,
}

impl ImportArgs {
    pub(crate) fn resolve(self) -> Import {
        Import { checkpoint: self.checkpoint, model: self.path.unwrap_or(self.model.model), clusters: self.clusters, quiet: self.quiet }
    }
}
