use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::Error;

/// A folder for results that may not exist yet.
///
/// It is made before the work starts, so that a target that cannot be written to is found at once. The levels of it that were made are
/// removed again, unless it is kept.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    /// From the outermost to the folder itself.
    made: Vec<PathBuf>,
}

impl OutputFolder {
    /// Makes what is missing of a folder, and tries to write there.
    ///
    /// # Errors
    ///
    /// If it cannot be made or written to; then nothing of it is left.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let missing: Vec<_> = path.ancestors().take_while(|level| !level.as_os_str().is_empty() && !level.exists()).collect();
        let mut folder = Self { path: path.into(), made: Vec::new() };
        for level in missing.into_iter().rev() {
            match fs::create_dir(level) {
                Ok(()) => folder.made.push(level.into()),
                // Somebody else made it in between.
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

    /// A file that is removed again unless it gets a name, with the permissions that any new file has.
    pub(crate) fn temporary(&self) -> std::io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        // Temporary files are for their owner alone; these are to become ordinary ones.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.prefix(".part-").tempfile_in(&self.path)
    }

    /// A rename is on the disk once its folder is.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        #[cfg(unix)]
        fs::File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(Error::write(&self.path))?;
        Ok(())
    }

    /// The folder holds results now, and stays.
    pub fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        for level in self.made.iter().rev() {
            // Fails, as it should, where somebody put something into it.
            fs::remove_dir(level).ok();
        }
    }
}
