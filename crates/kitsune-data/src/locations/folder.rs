//! The files in a folder and its subfolders.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::data_file::DataFile;
use crate::error::Error;

/// The real paths of the folders that were visited. Each folder is read once, however many links lead to it.
pub(super) type Visited = HashSet<PathBuf>;

/// Collects the files in a folder and its subfolders, in the order of the paths.
///
/// Names that start with `_` or `.` are skipped: Spark, editors and operating systems leave such files beside the data.
pub(super) fn walk(folder: &Path, visited: &mut Visited, files: &mut Vec<DataFile>) -> Result<(), Error> {
    if !visited.insert(folder.canonicalize().map_err(Error::read(folder))?) {
        return Ok(());
    }
    for path in entries(folder)?.into_iter().filter(|path| !path.file_name().is_some_and(is_hidden)) {
        let metadata = fs::metadata(&path).map_err(Error::read(&path))?;
        if metadata.is_dir() {
            walk(&path, visited, files)?;
        } else if metadata.is_file() {
            files.push(DataFile::local(path, metadata.len()));
        }
    }
    Ok(())
}

/// Whether [`walk`] would find a file of this path in a folder.
pub(super) fn would_hold(folder: &Path, file: &Path) -> bool {
    let Some((folder, file)) = folder.canonicalize().ok().zip(real(file)) else { return false };
    let below = file.strip_prefix(folder).unwrap_or(Path::new(""));
    below.components().next().is_some() && !below.iter().any(is_hidden)
}

/// The absolute path without links of what may not exist. `None` if it cannot exist.
pub(super) fn real(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.canonicalize().ok().or_else(|| {
        let folder = real(path.parent()?).filter(|folder| !folder.is_file())?;
        match path.components().next_back()? {
            Component::ParentDir => folder.parent().map(Path::to_owned),
            name => Some(folder.join(name)),
        }
    })
}

/// The entries of a folder, sorted, so that the same one of several links to a folder is always visited.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(Error::read(folder))?.collect();
    let mut paths: Vec<_> = entries.map_err(Error::read(folder))?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Whether a name is one that is skipped.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'_' | b'.'))
}
