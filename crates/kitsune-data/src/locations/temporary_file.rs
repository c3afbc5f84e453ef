//! Temporary files without a name.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};

/// A file in the folder for temporary files, which is gone when it is closed. Its errors name this folder.
pub(super) struct TemporaryFile(File);

impl TemporaryFile {
    pub(super) fn new() -> io::Result<Self> {
        tempfile::tempfile().map(Self).map_err(lack)
    }

    /// A file that holds zeros, without taking space for them where the file system can do so.
    pub(super) fn of_zeros(bytes: u64) -> io::Result<Self> {
        let file = Self::new()?;
        file.0.set_len(bytes).map_err(lack)?;
        Ok(file)
    }

    /// Copies all bytes of a reader, and returns their number.
    pub(super) fn copy(&mut self, reader: &mut impl Read) -> io::Result<u64> {
        io::copy(reader, self)
    }

    pub(super) fn into_file(self) -> File {
        self.0
    }
}

impl Write for TemporaryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(lack)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(lack)
    }
}

/// The error about a temporary file, with its folder instead of its name.
pub(super) fn lack(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    let cause = error.get_ref().and_then(Error::source).map_or_else(|| error.to_string(), ToString::to_string);
    let folder = env::temp_dir();
    io::Error::new(
        error.kind(),
        format!("no temporary file can be written in {}: {cause} (set TMPDIR to another folder)", folder.display()),
    )
}
