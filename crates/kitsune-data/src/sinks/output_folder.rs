//! A folder for results.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::leavings::remove_leavings;
use crate::files::new_file;

/// A folder for results that may not exist yet.
///
/// It is created before the work starts, so that a folder that cannot be written to is reported at once. Dropping it removes the levels
/// that were created, unless it is kept.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    /// The levels that were created, the outermost first.
    made: Vec<PathBuf>,
}

impl OutputFolder {
    /// Creates the missing levels of a folder and checks that files can be written there. Removes what killed runs have left there.
    ///
    /// # Errors
    ///
    /// If the folder cannot be created or written to. Then no level is left behind.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let missing: Vec<_> = path.ancestors().take_while(|level| !level.as_os_str().is_empty() && !level.exists()).collect();
        let mut folder = Self { path: path.into(), made: Vec::new() };
        for level in missing.into_iter().rev() {
            match fs::create_dir(level) {
                Ok(()) => folder.made.push(level.into()),
                // Another process created it in between.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(Error::Write { path: level.into(), source }),
            }
        }
        tempfile::tempfile_in(path).map_err(Error::write(path))?;
        remove_leavings(path);
        Ok(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file of this folder and returns its path. An older file of that name is replaced as a whole, once all bytes are on the disk.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then an older file of that name stays as it was.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        new_file::write(&path, bytes).map_err(Error::write(&path))?;
        Ok(path)
    }

    /// Keeps the folder, which holds results now.
    pub fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for level in self.made.iter().rev() {
            // Fails, as it should, if another process has put files there.
            fs::remove_dir(level).ok();
        }
    }
}
