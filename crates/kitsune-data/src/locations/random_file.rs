//! A file for random access, whose parts may have to be fetched.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::iter;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::input::Input;

/// A file for random access, whose bytes can be read after [`need`](Self::need).
#[derive(Debug)]
pub(crate) struct RandomFile {
    file: File,
    len: u64,
    fetch: Option<Mutex<Box<dyn Fetch>>>,
}

/// Fetches parts of a file.
pub(super) trait Fetch: Debug + Send {
    /// Writes the missing bytes of some ranges to the file. Its position does not change.
    fn fetch(&mut self, ranges: Vec<Range<u64>>, file: &File) -> io::Result<()>;
}

impl RandomFile {
    /// A file that is complete.
    pub(super) fn local(file: File, len: u64) -> Self {
        Self { file, len, fetch: None }
    }

    /// All decompressed bytes of a file, in a temporary file without a name.
    pub(crate) fn copied(mut content: Input) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let len = io::copy(&mut content, &mut file)?;
        Ok(Self::local(file, len))
    }

    /// A file whose bytes are fetched when they are needed.
    pub(super) fn fetched(file: File, len: u64, fetch: Box<dyn Fetch>) -> Self {
        Self { file, len, fetch: Some(Mutex::new(fetch)) }
    }

    /// The file, which holds zeros in parts that were not fetched.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
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
