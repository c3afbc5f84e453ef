//! A folder for results.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::error::Error;

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
    /// Creates the missing levels of a folder and checks that files can be written there.
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
        let write = || {
            let mut file = self.temporary()?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(Error::write(&path))?;
        self.sync()?;
        Ok(path)
    }

    /// A temporary file that is removed unless it gets a name. It has the permissions of any new file.
    pub(crate) fn temporary(&self) -> std::io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        // By default only the owner can read temporary files, but these become ordinary ones.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.prefix(".part-").tempfile_in(&self.path)
    }

    /// Syncs the folder, which makes renames in it durable.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        #[cfg(unix)]
        fs::File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(Error::write(&self.path))?;
        Ok(())
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
