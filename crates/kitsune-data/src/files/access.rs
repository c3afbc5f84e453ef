//! Who may read and write a file.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a file of a name that is free, with the mode of an older file from its first byte on, and with its owner and group where the system allows
/// that. Without an older file it is like any new file.
///
/// # Errors
///
/// Those of the operating system, one of them for a name that is taken.
pub(crate) fn create_like(path: &Path, older: Option<&Metadata>) -> io::Result<File> {
    let file = new_file(older).create_new(true).open(path)?;
    give_access(&file, older)?;
    Ok(file)
}

/// The options for a new file. One that is to have the mode of an older file belongs to its owner alone until it has that mode.
pub(crate) fn new_file(older: Option<&Metadata>) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if older.is_some() { 0o600 } else { 0o666 });
    #[cfg(not(unix))]
    let _ = older;
    options
}

/// Gives a new file the group, the mode and the owner of an older one.
#[cfg(unix)]
pub(crate) fn give_access(file: &File, older: Option<&Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let Some(older) = older else { return Ok(()) };
    let new = file.metadata()?;
    let mut mode = older.mode() & 0o777;
    if older.gid() != new.gid() && fchown(file, None, Some(older.gid())).is_err() {
        // Another group may do no more than everyone.
        mode = (mode & 0o707) | ((mode & 0o007) << 3);
    }
    // A file system without modes refuses this, and one without owners the next.
    file.set_permissions(PermissionsExt::from_mode(mode)).ok();
    if older.uid() != new.uid() {
        fchown(file, Some(older.uid()), None).ok();
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub(crate) fn give_access(_: &File, _: Option<&Metadata>) -> io::Result<()> {
    Ok(())
}
