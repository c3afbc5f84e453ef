//! A file for random access, whose parts may have to be fetched.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::iter;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::input::Input;
use super::read_at::append_at;
use super::stamp::Watch;
use super::temporary_file::TemporaryFile;
use crate::error::FileChanged;

/// A file for random access, whose bytes can be read after [`need`](Self::need).
#[derive(Debug)]
pub(crate) struct RandomFile {
    file: File,
    len: u64,
    fetch: Option<Mutex<Box<dyn Fetch>>>,
    /// What the file was like in an earlier pass.
    watch: Watch,
}

/// Fetches parts of a file.
pub(super) trait Fetch: Debug + Send {
    /// Writes the missing bytes of some ranges to the file. Its position does not change.
    fn fetch(&mut self, ranges: Vec<Range<u64>>, file: &File) -> io::Result<()>;
}

impl RandomFile {
    /// A file that is complete.
    pub(crate) fn local(file: File, len: u64) -> Self {
        Self { file, len, fetch: None, watch: Watch::default() }
    }

    /// Lets [`check_unchanged`](Self::check_unchanged) compare the file with what it was like in an earlier pass.
    pub(super) fn watched(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// All decompressed bytes of a file, in a temporary file without a name.
    pub(crate) fn copied(mut content: Input) -> io::Result<Self> {
        let mut file = TemporaryFile::new()?;
        let len = file.copy(&mut content)?;
        Ok(Self::local(file.into_file(), len))
    }

    /// A file whose bytes are fetched when they are needed.
    pub(super) fn fetched(file: File, len: u64, fetch: Box<dyn Fetch>) -> Self {
        Self { file, len, fetch: Some(Mutex::new(fetch)), watch: Watch::default() }
    }

    /// The file, which holds zeros in parts that were not fetched.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Reads a range of bytes, on any number of threads at once. [`need`](Self::need) was called for it, if it has to be fetched.
    ///
    /// # Errors
    ///
    /// A [`FileChanged`] if the file has become shorter than it was when it was opened.
    pub(crate) fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, range)?;
        Ok(bytes)
    }

    /// Reads a range of bytes as [`read`](Self::read) does, and appends it.
    pub(crate) fn read_into(&self, bytes: &mut Vec<u8>, range: Range<u64>) -> io::Result<()> {
        let (old, length) = (bytes.len(), (range.end - range.start) as usize);
        bytes.reserve_exact(length);
        while bytes.len() < old + length {
            match append_at(&self.file, bytes, range.start + (bytes.len() - old) as u64) {
                Ok(0) => return Err(FileChanged::error()),
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        // Where there was more capacity, more may have been read.
        bytes.truncate(old + length);
        Ok(())
    }

    /// The error of a failed read: if the file has become shorter than it was when it was opened, that is why.
    pub(crate) fn explained(&self, error: io::Error) -> io::Error {
        if self.file.metadata().is_ok_and(|metadata| metadata.len() < self.len) { FileChanged::error() } else { error }
    }

    /// Whether the file is what it was in an earlier pass, if there was one.
    ///
    /// # Errors
    ///
    /// A [`FileChanged`], or the answer of the operating system.
    pub(crate) fn check_unchanged(&self) -> io::Result<()> {
        self.watch.check(&self.file)
    }

    /// Makes a range of bytes available.
    pub(crate) fn need(&self, range: Range<u64>) -> io::Result<()> {
        self.need_all(iter::once(range))
    }

    /// Makes ranges of bytes available, as far as the file has them. The position of the file does not change.
    ///
    /// No other thread may be reading from the file meanwhile.
    pub(crate) fn need_all(&self, ranges: impl IntoIterator<Item = Range<u64>>) -> io::Result<()> {
        match &self.fetch {
            // If a thread panicked, each part that is marked as present was still fetched.
            Some(fetch) => fetch.lock().unwrap_or_else(PoisonError::into_inner).fetch(ranges.into_iter().collect(), &self.file),
            None => Ok(()),
        }
    }
}
