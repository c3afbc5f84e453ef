//! The model file of a command: the names that it can have, and how it is written.

use std::path::{Path, is_separator};

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_data::files::{self, Destination};

use super::checkpoint_file;

/// Refuses a name that no model file can have, which `option` gave.
pub(crate) fn check_model_name(path: &Path, option: &str) -> Result<()> {
    let (shown, advice) = (path.display(), format!("give {option} a file, such as models/kitsune.safetensors"));
    if path == Path::new("-") {
        bail!("a model is not written to standard output: {advice}");
    }
    if path.is_dir() || path.file_name().is_none() || names_folder(path) {
        bail!("{shown} is a folder: {advice}");
    }
    if Destination::of(path).is_ok_and(|destination| destination == Destination::Stream) {
        bail!("{shown} is a pipe or a device: {advice}");
    }
    if path.extension().is_some_and(|extension| extension == checkpoint_file::EXTENSION) {
        bail!("{shown} has the extension of a checkpoint: {advice}");
    }
    Ok(())
}

/// Writes a model, which replaces an older one as a whole.
pub(crate) fn save<B: Backend>(model: &Kitsune<B>, path: &Path) -> Result<()> {
    files::write(path, &model.to_bytes()?).with_context(|| format!("{} cannot be written", path.display()))
}

/// Whether a path ends as that of a folder.
pub(super) fn names_folder(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(is_separator)
}
