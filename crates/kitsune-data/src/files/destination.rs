//! What the path of an output leads to.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What the path of an output leads to, behind all links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A regular file, or nothing yet. The path is that behind all links.
    File(PathBuf),
    /// A pipe, a character device, or an open file of a process such as `/dev/stdout`, which is written to as it is.
    Stream,
}

impl Destination {
    /// Follows the links of a path, also those that lead to nothing yet.
    ///
    /// # Errors
    ///
    /// If the path leads to a folder, a socket or a block device, or cannot be followed.
    pub fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(found) if found.is_file() => match behind_links(path)? {
                Some(file) => Ok(Self::File(file)),
                None => Ok(Self::Stream),
            },
            Ok(found) if takes_bytes(&found) => Ok(Self::Stream),
            Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "it is neither a file nor a pipe")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::File(behind_links(path)?.unwrap_or_else(|| path.into()))),
            Err(error) => Err(error),
        }
    }

    /// Opens a [`Stream`](Self::Stream). An open file of a process is appended to, because others may write to it as well.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn open_stream(path: &Path) -> io::Result<File> {
        OpenOptions::new().append(path.is_file()).write(true).open(path)
    }
}

/// The folder of a file.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path behind the links of a path, or `None` for an open file of a process. The system has found the end of the links before, so that they do
/// not go round in a circle.
fn behind_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    loop {
        if holds_open_files(folder_of(&path)) {
            return Ok(None);
        }
        if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Ok(Some(path));
        }
        path = folder_of(&path).join(fs::read_link(&path)?);
    }
}

/// Whether the files of a folder are the open files of a process. `/dev/stdout` is a link to one of them.
fn holds_open_files(folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| folder == Path::new("/dev/fd") || folder.starts_with("/proc"))
}

#[cfg(unix)]
fn takes_bytes(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_fifo() || found.file_type().is_char_device()
}

#[cfg(not(unix))]
fn takes_bytes(_: &Metadata) -> bool {
    true
}
