//! A file that gets its name when it is complete.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file with a hidden name, syncs it, and renames it. What is replaced is the file behind all links, whose mode stays. A pipe or a
/// device is written to as it is.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = behind_links(path)?;
    let older = fs::metadata(&target).ok();
    if older.as_ref().is_some_and(|older| !older.is_file()) {
        return OpenOptions::new().write(true).open(&target)?.write_all(bytes);
    }
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kitsune-").suffix(".tmp").rand_bytes(12);
    allow(&mut builder, older.is_none());
    let mut file = builder.tempfile_in(folder).map_err(without_name)?;
    if let Some(older) = older {
        // A file system without modes refuses this.
        file.as_file().set_permissions(older.permissions()).ok();
    }
    // The command removes hidden files that nobody has locked.
    file.as_file().try_lock().ok();
    file.write_all(bytes).map_err(without_name)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// The end of the links of a path, which need not exist.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Ok(path);
        }
        let link = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    Err(io::Error::other("its links lead round in a circle"))
}

/// By default only its owner can read a temporary file, and nobody else can until it has the mode of an older one. A file where none was becomes an
/// ordinary one.
#[cfg(unix)]
fn allow(builder: &mut tempfile::Builder<'_, '_>, is_ordinary: bool) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(if is_ordinary { 0o666 } else { 0o600 }));
}

#[cfg(not(unix))]
fn allow(_: &mut tempfile::Builder<'_, '_>, _: bool) {}

/// An error without the hidden name, which says nothing to anybody.
fn without_name(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(std::error::Error::source).map(ToString::to_string);
    cause.map_or(error, io::Error::other)
}
