//! A file that grows, as `tail -F` reads it.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::console::note;
use crate::process::{interrupt, standard_input};

/// Time between two looks at a file that has no more bytes.
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// The identity of a file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileIdentity {
    device: u64,
    number: u64,
}

impl FileIdentity {
    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: found.dev(), number: found.ino() }
    }

    /// By the time when it was made, where the standard library knows no numbers of files.
    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        let made = found.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self { device: 0, number: made.map_or(0, |since| since.as_nanos() as u64) }
    }
}

/// What a file that grows consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Lines: one that is unfinished waits.
    Lines,
    /// Anything, whose reader waits for what is unfinished.
    Bytes,
}

/// The bytes of one file up to the last end of a line, and the further lines as they come; or all bytes, if the file has no lines. It ends when another file
/// has the name of this one, or when this one has become shorter.
#[derive(Debug)]
pub(crate) struct Follow {
    path: PathBuf,
    file: File,
    unit: Unit,
    identity: FileIdentity,
    /// Bytes of the file that were read.
    length: u64,
    /// Bytes that were read, and how many of them were handed over and are whole units.
    buffer: Vec<u8>,
    given: usize,
    whole: usize,
    is_over: bool,
}

impl Follow {
    /// Waits until there is a file of this name with a whole unit, and opens it.
    ///
    /// # Errors
    /// The answer of the system, anything but a plain file, and [`standard_input::stopped`].
    pub(crate) fn open(path: &Path, unit: Unit) -> io::Result<Self> {
        loop {
            let mut follow = Self::open_any(path, unit)?;
            follow.fill()?;
            if !follow.is_over || follow.whole > 0 {
                return Ok(follow);
            }
        }
    }

    /// Waits until there is a file of this name, and opens it.
    fn open_any(path: &Path, unit: Unit) -> io::Result<Self> {
        let mut is_said = false;
        let file = loop {
            match File::open(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if !std::mem::replace(&mut is_said, true) {
                        note(&format!("waiting for {}", path.display()));
                    }
                    pause()?;
                }
                opened => break opened?,
            }
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "--follow reads plain files only"));
        }
        let identity = FileIdentity::of(&found);
        Ok(Self { path: path.to_owned(), file, unit, identity, length: 0, buffer: Vec::new(), given: 0, whole: 0, is_over: false })
    }

    pub(crate) fn identity(&self) -> FileIdentity {
        self.identity
    }

    /// Whether the name leads to another file by now, or this one has become shorter.
    fn is_replaced(&self) -> io::Result<bool> {
        match self.path.metadata() {
            Ok(found) => Ok(FileIdentity::of(&found) != self.identity || found.len() < self.length),
            // Between the renaming of the old file and the making of a new one.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads until there is a whole unit, or the end.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.given);
        self.given = 0;
        self.whole = 0;
        loop {
            if interrupt::asked() {
                return Err(standard_input::stopped());
            }
            let (before, was_replaced) = (self.buffer.len(), self.is_replaced()?);
            self.file.seek(SeekFrom::Start(self.length))?;
            let read = (&mut self.file).take(CHUNK as u64).read_to_end(&mut self.buffer)?;
            self.length += read as u64;
            let end = match self.unit {
                Unit::Lines => self.buffer[before..].iter().rposition(|&byte| byte == b'\n'),
                Unit::Bytes => read.checked_sub(1),
            };
            if let Some(end) = end {
                self.whole = before + end + 1;
                return Ok(());
            }
            if read == 0 {
                // It was replaced before it was read to its end, so that nothing was written to it in between.
                if was_replaced {
                    if !self.buffer.is_empty() {
                        note(&format!("the last line of the older {} was unfinished, and is left out", self.path.display()));
                        self.buffer.clear();
                    }
                    self.is_over = true;
                    return Ok(());
                }
                pause()?;
            }
        }
    }
}

impl Read for Follow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.whole && !self.is_over {
            self.fill()?;
        }
        let ready = &self.buffer[self.given..self.whole];
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}

fn pause() -> io::Result<()> {
    if interrupt::asked() {
        return Err(standard_input::stopped());
    }
    sleep(PAUSE);
    Ok(())
}
