//! What a file is like, to notice that it changes between passes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::error::FileChanged;

/// What the operating system says about a file. If any of it differs, the file was changed or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    /// When the content was changed, if the file system knows.
    modified: Option<SystemTime>,
    /// The device and the number of the file on it, where there are such numbers.
    #[cfg(unix)]
    file: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            file: (metadata.dev(), metadata.ino()),
        }
    }

    /// Whether both are of one file, as far as files have numbers.
    #[cfg(unix)]
    fn is_file_of(&self, other: &Self) -> bool {
        self.file == other.file
    }

    #[cfg(not(unix))]
    fn is_file_of(&self, _: &Self) -> bool {
        true
    }
}

/// What the passes over a file have in common. Clones share it.
///
/// The first pass sets it. A file that grows can therefore be read in one pass, such as a log that is being written. It may grow, but not change
/// otherwise, since the first look at it as well: what that has found would not describe the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Passes(Arc<Mutex<FirstPass>>);

#[derive(Debug, Default)]
struct FirstPass {
    /// What the file was like when it was first looked at.
    seen: Option<Stamp>,
    stamp: Option<Stamp>,
    rows: Option<u64>,
}

impl Passes {
    /// Takes a look at an open file before the passes.
    pub(super) fn look(&self, file: &File) -> io::Result<Watch> {
        let now = Stamp::of(&file.metadata()?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seen.get_or_insert(now);
        Ok(Watch::default())
    }

    /// Begins a pass over an open file. What later passes must find is compared with what it is now, and at the end again.
    pub(super) fn begin(&self, file: &File) -> io::Result<Watch> {
        let now = Stamp::of(&file.metadata()?);
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &first.stamp {
            None if !(Watch { expected: first.seen.clone(), may_grow: true }).allows(&now) => Err(FileChanged::error()),
            None => {
                first.stamp = Some(now.clone());
                Ok(Watch { expected: Some(now), may_grow: true })
            }
            Some(stamp) if *stamp == now => Ok(Watch { expected: Some(now), may_grow: false }),
            Some(_) => Err(FileChanged::error()),
        }
    }

    /// Ends a pass that has read so many rows of the file.
    pub(super) fn end(&self, rows: u64) -> io::Result<()> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *first.rows.get_or_insert(rows) == rows { Ok(()) } else { Err(FileChanged::error()) }
    }

    /// Whether a file is another one now than it was when the first pass began, or at the first look. Until that pass ends, the file may grow if it
    /// `may_grow` at all.
    pub(super) fn is_another(&self, path: &Path, may_grow: bool) -> bool {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(stamp), Ok(metadata)) = (first.seen.as_ref().or(first.stamp.as_ref()), path.metadata()) else { return false };
        let watch = Watch { expected: Some(stamp.clone()), may_grow: may_grow && first.rows.is_none() };
        !watch.allows(&Stamp::of(&metadata))
    }
}

/// What a file must be like at the end of a pass: what it was at the beginning, except that it may grow in the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    expected: Option<Stamp>,
    may_grow: bool,
}

impl Watch {
    pub(super) fn check(&self, file: &File) -> io::Result<()> {
        if self.expected.is_none() || self.allows(&Stamp::of(&file.metadata()?)) { Ok(()) } else { Err(FileChanged::error()) }
    }

    fn allows(&self, found: &Stamp) -> bool {
        self.expected.as_ref().is_none_or(|expected| {
            let has_grown = self.may_grow && found.bytes > expected.bytes && found.is_file_of(expected);
            has_grown || found == expected
        })
    }
}

/// A file that is read from start to end, and is compared at its end.
#[derive(Debug)]
pub(super) struct WatchedFile {
    file: File,
    watch: Watch,
}

impl WatchedFile {
    pub(super) fn new(file: File, watch: Watch) -> Self {
        Self { file, watch }
    }
}

impl Read for WatchedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            self.watch.check(&self.file)?;
        }
        Ok(length)
    }
}
