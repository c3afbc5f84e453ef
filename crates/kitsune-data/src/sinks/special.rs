use std::fs::{File, OpenOptions};
use std::path::Path;

use super::output::Output;
use crate::Error;

/// Opens a pipe or a device; none if the path leads to a file, a folder or nothing.
pub(super) fn open(path: &Path) -> Result<Option<Output>, Error> {
    let Ok(metadata) = path.metadata() else {
        return Ok(None);
    };
    // Under /dev and /proc are the open files of processes: /dev/stdout may be a file that others write to as well.
    let is_open_elsewhere = metadata.is_file() && ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if metadata.is_dir() || (metadata.is_file() && !is_open_elsewhere) {
        return Ok(None);
    }
    let file: File = OpenOptions::new().append(is_open_elsewhere).write(true).open(path).map_err(Error::write(path))?;
    Ok(Some(Output::file(file, path)))
}
