//! A file that gets its name when it is complete.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::files::access::create_like;
use crate::files::destination::{Destination, folder_of};
use crate::files::leavings::{hidden_name, is_file_of_that_name};

/// A file that gets its name when it is [finished](Self::finish), and replaces an older file of that name. Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    /// The hidden name, where the system has no files without names.
    hidden: Option<TempPath>,
    /// The path behind all links.
    target: PathBuf,
}

impl NewFile {
    /// A new file that will have this path, in the folder that will hold it. It has the access of an older file of that path, or else that of `like`.
    ///
    /// # Errors
    ///
    /// If the path does not lead to a file or nothing, or if no file can be created in its folder.
    pub fn create(path: &Path, like: Option<&Metadata>) -> io::Result<Self> {
        let Destination::File(target) = Destination::of(path)? else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a pipe or a device cannot be replaced by a file"));
        };
        let older = fs::metadata(&target).ok();
        let (folder, like) = (folder_of(&target), older.as_ref().or(like));
        let (file, hidden) = match unnamed(folder, like)? {
            Some(file) => (file, None),
            None => named(folder, like).map(|(file, hidden)| (file, Some(hidden)))?,
        };
        Ok(Self { file, hidden, target })
    }

    /// The file to write to.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Syncs the file, gives it its name, and syncs the folder.
    ///
    /// # Errors
    ///
    /// If it cannot be written. Then an older file is as it was, and nothing else is left.
    pub fn finish(self) -> io::Result<()> {
        let Self { file, hidden, target } = self;
        file.sync_all()?;
        // Another run that has made the folder may have removed it.
        fs::create_dir_all(folder_of(&target))?;
        // Where no more files can be opened, that must be known before an older file is gone.
        let folder = SyncedFolder::open(folder_of(&target))?;
        let hidden = match hidden {
            Some(hidden) => Some(hidden),
            None => link(&file, &target)?,
        };
        // Not every system can rename an open file. Where one can, the lock guards the file until it has its name.
        #[cfg(not(unix))]
        drop(file);
        if let Some(hidden) = hidden {
            hidden.persist(&target).map_err(|error| error.error)?;
        }
        folder.sync()
    }
}

/// Writes a file as a whole, like [`NewFile`]. A pipe or a device is written to as it is.
///
/// # Errors
///
/// If it cannot be written. Then an older file is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if Destination::of(path)? == Destination::Stream {
        return Destination::open_stream(path)?.write_all(bytes);
    }
    let new = NewFile::create(path, None)?;
    new.file().write_all(bytes)?;
    new.finish()
}

/// A folder that is open to be synced, where the system opens folders.
struct SyncedFolder {
    #[cfg(unix)]
    open: Option<File>,
}

impl SyncedFolder {
    #[cfg(unix)]
    fn open(folder: &Path) -> io::Result<Self> {
        match File::open(folder) {
            Ok(open) => Ok(Self { open: Some(open) }),
            // Files can be written in a folder that cannot be read.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Self { open: None }),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    fn open(_: &Path) -> io::Result<Self> {
        Ok(Self {})
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(Err(error)) = self.open.as_ref().map(File::sync_all)
            // Not every file system syncs folders.
            && error.kind() != ErrorKind::InvalidInput
        {
            return Err(error);
        }
        Ok(())
    }
}

/// Syncs a folder, which makes new names in it durable.
///
/// # Errors
///
/// Those of the operating system.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    SyncedFolder::open(folder)?.sync()
}

/// A file without a name, or `None` if the system or the file system has none.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, like: Option<&Metadata>) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    use rustix::io::Errno;

    use crate::files::access::{give_access, new_file};

    // It gets its name by way of this folder.
    if !Path::new(OPEN_FILES).exists() {
        return Ok(None);
    }
    let file = match new_file(like).custom_flags(OFlags::TMPFILE.bits() as i32).open(folder) {
        Ok(file) => file,
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL)) => return Ok(None),
        Err(error) => return Err(error),
    };
    give_access(&file, like)?;
    // For the time in which it has a hidden name.
    file.try_lock().ok();
    Ok(Some(file))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Linux")]
fn unnamed(_: &Path, _: Option<&Metadata>) -> io::Result<Option<File>> {
    Ok(None)
}

/// The open files of this process.
#[cfg(target_os = "linux")]
const OPEN_FILES: &str = "/proc/self/fd";

/// Gives a file without a name the name of its target, or a hidden one if there is an older file, since a link replaces nothing.
#[cfg(target_os = "linux")]
fn link(file: &File, target: &Path) -> io::Result<Option<TempPath>> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, linkat};

    let open = format!("{OPEN_FILES}/{}", file.as_raw_fd());
    let link = |path: &Path| Ok::<(), io::Error>(linkat(CWD, &open, CWD, path, AtFlags::SYMLINK_FOLLOW)?);
    match link(target) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(Some(hidden_name().make_in(folder_of(target), link)?.into_temp_path()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<Option<TempPath>> {
    Err(ErrorKind::Unsupported.into())
}

/// A file with a hidden name, locked.
fn named(folder: &Path, like: Option<&Metadata>) -> io::Result<(File, TempPath)> {
    loop {
        let (file, hidden) = hidden_name().make_in(folder, |path| create_like(path, like))?.into_parts();
        // Another process may take it for a leaving, and remove it, until it is locked.
        let is_locked = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        if is_locked && is_file_of_that_name(&file, &hidden) {
            return Ok((file, hidden));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_hidden_name_replaces_like_one_without() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        for text in ["one", "two"] {
            let (mut file, hidden) = named(folder.path(), fs::metadata(&target).ok().as_ref()).unwrap();
            crate::files::leavings::remove_leavings(folder.path());
            assert!(hidden.exists(), "it is locked");
            file.write_all(text.as_bytes()).unwrap();
            NewFile { file, hidden: Some(hidden), target: target.clone() }.finish().unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
