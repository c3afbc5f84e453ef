//! A folder for results that may not exist yet.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Creates a folder before the work starts, so that an unwritable target is found at once, and takes it back if the work fails.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    /// The folders that were missing, innermost first.
    created: Vec<PathBuf>,
}

impl OutputFolder {
    /// Creates what is missing of `path` and tries to write there.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let folder = Self { created: missing.map(Path::to_owned).collect() };
        fs::create_dir_all(path).with_context(|| format!("the folder {} cannot be created", path.display()))?;
        tempfile::tempfile_in(path).with_context(|| format!("the folder {} cannot be written to", path.display()))?;
        Ok(folder)
    }

    /// The folder holds results now.
    pub(crate) fn keep(mut self) {
        self.created.clear();
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for folder in &self.created {
            // Fails where somebody put something there meanwhile: then it is theirs.
            fs::remove_dir(folder).ok();
        }
    }
}
