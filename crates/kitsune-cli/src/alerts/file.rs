//! The file of the alerts: a line of JSON for each.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kitsune_data::OutputFolder;
use kitsune_data::files::{Destination, NewFile, folder_of};

/// A file of alerts.
#[derive(Debug)]
pub(super) struct AlertFile {
    path: PathBuf,
    out: Out,
    /// The folder that was made for it, which stays once it holds the file.
    folder: Option<OutputFolder>,
}

#[derive(Debug)]
enum Out {
    /// It gets its name when it is complete.
    New(NewFile),
    /// It grows under its name.
    Growing(File),
    /// A pipe or a device.
    Stream(File),
}

impl AlertFile {
    /// A file that appears when it is [finished](Self::finish).
    pub(super) fn new(path: &Path) -> Result<Self> {
        Self::open(path, |file, folder| {
            let folder = OutputFolder::create(folder)?;
            Ok((Out::New(NewFile::create(file, None)?), Some(folder)))
        })
    }

    /// A file that grows line by line. With `from`, an older file is cut to so many bytes and continued; else it is emptied.
    pub(super) fn growing(path: &Path, from: Option<u64>) -> Result<Self> {
        Self::open(path, |target, folder| {
            // Dropped at the end, it removes no folder that has a file.
            let folder = OutputFolder::create(folder)?;
            let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(target)?;
            let (found, start) = (file.metadata()?.len(), from.unwrap_or(0));
            if found < start {
                bail!("it has {found} bytes, and had {start} when the state was saved");
            }
            file.set_len(start)?;
            file.seek(SeekFrom::End(0))?;
            Ok((Out::Growing(file), Some(folder)))
        })
    }

    fn open(path: &Path, open: impl FnOnce(&Path, &Path) -> Result<(Out, Option<OutputFolder>)>) -> Result<Self> {
        let opened = || match Destination::of(path)? {
            Destination::Stream => Ok((Out::Stream(Destination::open_stream(path)?), None)),
            Destination::File(target) => open(&target, folder_of(&target)),
        };
        let (out, folder) = opened().with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { path: path.to_owned(), out, folder })
    }

    /// Writes lines, which can be read at once where the file has its name.
    pub(super) fn write(&mut self, lines: &[String]) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut bytes = lines.join("\n").into_bytes();
        bytes.push(b'\n');
        let written = match &mut self.out {
            Out::New(new) => new.file().write_all(&bytes),
            Out::Growing(file) | Out::Stream(file) => file.write_all(&bytes),
        };
        written.map_err(lasting).with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// The bytes of a file that grows.
    pub(super) fn bytes(&self) -> Option<u64> {
        match &self.out {
            Out::Growing(file) => file.metadata().ok().map(|found| found.len()),
            Out::New(_) | Out::Stream(_) => None,
        }
    }

    /// Completes the file. Returns its path if it is one.
    pub(super) fn finish(self) -> Result<Option<PathBuf>> {
        let Self { path, out, folder } = self;
        let is_file = !matches!(out, Out::Stream(_));
        if let Out::New(new) = out {
            new.finish().with_context(|| format!("{} cannot be written", path.display()))?;
        }
        if let Some(folder) = folder {
            folder.keep();
        }
        Ok(is_file.then_some(path))
    }
}

/// An error that ends the run. Whoever closes the pipe of the scores has all that it wanted, but nobody may close that of the alerts unnoticed.
fn lasting(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::BrokenPipe { io::Error::other("whoever read it has closed it") } else { error }
}
