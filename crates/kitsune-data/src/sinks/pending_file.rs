//! A file that appears only when it is finished.

use std::path::{Path, PathBuf};

use super::output::Output;
use super::output_folder::OutputFolder;
use crate::error::Error;
use crate::files::destination::folder_of;
use crate::files::new_file::NewFile;

/// A file that gets its name, and replaces an older one, when it is finished.
pub(super) struct PendingFile {
    new: NewFile,
    /// The path as it was given.
    path: PathBuf,
    /// Dropped last: it can be removed only after the file.
    folder: OutputFolder,
}

impl PendingFile {
    /// A file that will have this path, and lie at `target`, behind all links.
    pub(super) fn create(path: &Path, target: &Path) -> Result<(Self, Output), Error> {
        let folder = OutputFolder::create(folder_of(target))?;
        let new = NewFile::create(target, None).map_err(Error::write(path))?;
        let output = Output::file(new.file().try_clone().map_err(Error::write(path))?, path);
        Ok((Self { new, path: path.into(), folder }, output))
    }

    /// Gives the complete file its name.
    pub(super) fn finish(self) -> Result<PathBuf, Error> {
        self.new.finish().map_err(Error::write(&self.path))?;
        self.folder.keep();
        Ok(self.path)
    }
}
