//! A file that appears only when it is finished.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::output::Output;
use super::output_folder::OutputFolder;
use crate::error::{Error, OutputError};

/// A file with a temporary name beside its target. It is removed unless it is finished.
pub(super) struct PendingFile {
    file: File,
    temporary: TempPath,
    /// The path as it was given.
    path: PathBuf,
    /// The path that a link leads to, if `path` is a link.
    target: PathBuf,
    /// Dropped last: it can be removed only after the file.
    folder: OutputFolder,
}

impl PendingFile {
    pub(super) fn create(path: &Path) -> Result<(Self, Output), Error> {
        let is_folder =
            path.is_dir() || path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if is_folder {
            return Err(OutputError::IsAFolder { path: path.into() }.into());
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.into());
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = OutputFolder::create(parent.unwrap_or(Path::new(".")))?;
        let (file, temporary) = folder.temporary().map_err(Error::write(path))?.into_parts();
        let output = Output::file(file.try_clone().map_err(Error::write(path))?, path);
        Ok((Self { file, temporary, path: path.into(), target, folder }, output))
    }

    /// Renames the complete file to its target.
    pub(super) fn finish(self) -> Result<PathBuf, Error> {
        self.file.sync_all().map_err(Error::write(&self.path))?;
        drop(self.file);
        self.temporary.persist(&self.target).map_err(|error| Error::Write { path: self.path.clone(), source: error.error })?;
        self.folder.sync()?;
        self.folder.keep();
        Ok(self.path)
    }
}
