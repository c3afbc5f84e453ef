//! Files that new ones replace, and that come back on failure.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

use crate::error::Error;

/// Files of a folder that were moved away, and new files with their names. Dropping it restores the old files.
pub(super) struct Displaced<'a> {
    folder: &'a Path,
    hidden: TempDir,
    taken: Vec<OsString>,
    /// The new files.
    added: Vec<PathBuf>,
}

impl<'a> Displaced<'a> {
    pub(super) fn new(folder: &'a Path) -> Result<Self, Error> {
        let hidden = Builder::new().prefix(".older-").tempdir_in(folder).map_err(Error::write(folder))?;
        Ok(Self { folder, hidden, taken: Vec::new(), added: Vec::new() })
    }

    pub(super) fn take(&mut self, name: OsString) -> Result<(), Error> {
        let path = self.folder.join(&name);
        fs::rename(&path, self.hidden.path().join(&name)).map_err(Error::write(&path))?;
        self.taken.push(name);
        Ok(())
    }

    pub(super) fn add(&mut self, file: PathBuf) {
        self.added.push(file);
    }

    /// Accepts the new files. The old ones are deleted with the hidden folder.
    pub(super) fn forget(mut self) -> Vec<PathBuf> {
        self.taken.clear();
        std::mem::take(&mut self.added)
    }
}

impl Drop for Displaced<'_> {
    fn drop(&mut self) {
        // An error is being reported already. If a file cannot be moved back, nothing more can be done.
        for file in &self.added {
            fs::remove_file(file).ok();
        }
        let mut lost = false;
        for name in &self.taken {
            lost |= fs::rename(self.hidden.path().join(name), self.folder.join(name)).is_err();
        }
        self.hidden.disable_cleanup(lost);
    }
}
