//! Pipes and devices, which are written to directly.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::output::Output;
use crate::error::Error;

/// Whether a path leads to a pipe or a device.
pub(super) fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir() && (!metadata.is_file() || is_open_elsewhere(path)))
}

/// Opens a pipe or a device. Returns `None` if the path leads to a file, a folder or nothing.
pub(super) fn open(path: &Path) -> Result<Option<Output>, Error> {
    if !is_device(path) {
        return Ok(None);
    }
    let append = path.is_file();
    let file: File = OpenOptions::new().append(append).write(true).open(path).map_err(Error::write(path))?;
    Ok(Some(Output::file(file, path)))
}

/// /dev and /proc hold the open files of processes: /dev/stdout may be a file that other processes write to as well.
fn is_open_elsewhere(path: &Path) -> bool {
    ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder))
}
