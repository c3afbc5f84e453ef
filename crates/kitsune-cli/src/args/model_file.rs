//! The option for the model file, which all commands call alike.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

/// The file of the model where the command line names none.
const DEFAULT: &str = "models/kitsune.safetensors";

#[derive(Debug, Args)]
pub(super) struct ModelFileArgs {
    /// The model file.
    #[arg(long, short, alias = "model-checkpoint", value_name = "FILE", default_value = DEFAULT, value_hint = ValueHint::FilePath)]
    pub(super) model: PathBuf,
}

impl ModelFileArgs {
    /// The model file, which may also be the first of several paths: no rows have its extension.
    pub(super) fn or_first_of(self, paths: &mut Vec<OsString>) -> PathBuf {
        if self.model == Path::new(DEFAULT) && paths.len() > 1 && is_model_file(&paths[0]) { paths.remove(0).into() } else { self.model }
    }
}

/// Whether a path has the extension of models.
pub(super) fn is_model_file(path: &OsStr) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "safetensors")
}
