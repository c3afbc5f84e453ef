//! NDJSON cut into a fixed number of files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::displaced::Displaced;
use super::output::Output;
use super::output_folder::OutputFolder;
use crate::error::{Error, OutputError};

/// Lines that are cut into a fixed number of files: `{stem}_0.json`, `{stem}_1.json`, …
///
/// No file gets its name before all parts are complete. They replace an older set as a whole.
pub(super) struct Parts {
    stem: String,
    count: usize,
    /// The lines so far. Only their final number decides where the parts are cut.
    spool: File,
    /// Dropped last: it can be removed only after the spool.
    folder: OutputFolder,
}

impl Parts {
    /// The size of the blocks in which the lines are read back.
    const BLOCK: usize = 1 << 20;

    pub(super) fn create(folder: &Path, stem: &str, parts: usize) -> Result<(Self, Output), Error> {
        check(stem, parts)?;
        let folder = OutputFolder::create(folder)?;
        let fail = Error::write(folder.path());
        let (spool, copy) =
            tempfile::tempfile_in(folder.path()).and_then(|spool| spool.try_clone().map(|copy| (spool, copy))).map_err(fail)?;
        let output = Output::file(copy, folder.path());
        Ok((Self { stem: stem.into(), count: parts, spool, folder }, output))
    }

    /// Cuts the lines, gives the parts their names, and returns the files.
    pub(super) fn finish(mut self, lines: u64) -> Result<Vec<PathBuf>, Error> {
        let parts = self.cut(lines).map_err(Error::write(self.folder.path()))?;
        let files = self.replace(parts)?;
        self.folder.keep();
        Ok(files)
    }

    /// Writes the lines to files with temporary names.
    fn cut(&mut self, lines: u64) -> io::Result<Vec<TempPath>> {
        self.spool.rewind()?;
        let mut spool = BufReader::with_capacity(Self::BLOCK, &self.spool);
        let mut parts = Vec::with_capacity(self.count);
        for part in 0..self.count {
            let (file, path) = self.folder.temporary()?.into_parts();
            let mut file = BufWriter::new(file);
            copy_lines(&mut spool, &mut file, part_lines(lines, self.count, part))?;
            file.into_inner()?.sync_all()?;
            parts.push(path);
        }
        Ok(parts)
    }

    /// Replaces all older parts by the new ones, or restores the older ones.
    fn replace(&self, parts: Vec<TempPath>) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder.path();
        let mut displaced = Displaced::new(folder)?;
        for name in older(folder, &self.stem)? {
            displaced.take(name)?;
        }
        for (part, path) in parts.into_iter().enumerate() {
            let file = folder.join(format!("{}_{part}.json", self.stem));
            path.persist(&file).map_err(|error| Error::Write { path: file.clone(), source: error.error })?;
            displaced.add(file);
        }
        self.folder.sync()?;
        Ok(displaced.forget())
    }
}

fn check(stem: &str, parts: usize) -> Result<(), Error> {
    let reason = if parts == 0 {
        "there must be at least 1 part"
    } else if stem.is_empty() || stem.contains(['/', '\\', '\0']) {
        "the first part of the file names must be a plain name"
    } else {
        return Ok(());
    };
    Err(OutputError::Parts { reason: reason.into() }.into())
}

/// The number of lines of a part. The first parts take one line more if the lines cannot be divided evenly.
fn part_lines(lines: u64, parts: usize, part: usize) -> u64 {
    let (each, more) = (lines / parts as u64, lines % parts as u64);
    each + u64::from((part as u64) < more)
}

fn copy_lines(from: &mut impl BufRead, to: &mut impl Write, mut lines: u64) -> io::Result<()> {
    while lines > 0 {
        let block = from.fill_buf()?;
        if block.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut end = block.len();
        for newline in memchr::memchr_iter(b'\n', block) {
            lines -= 1;
            if lines == 0 {
                end = newline + 1;
                break;
            }
        }
        to.write_all(&block[..end])?;
        from.consume(end);
    }
    Ok(())
}

/// The names of older parts: `{stem}_<digits>.json`, and no others.
fn older(folder: &Path, stem: &str) -> Result<Vec<OsString>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
        let entry = entry.map_err(Error::read(folder))?;
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(stem)?.strip_prefix('_')?.strip_suffix(".json"));
        let is_part = digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
        if is_part && !entry.file_type().map_err(Error::read(folder))?.is_dir() {
            names.push(name);
        }
    }
    Ok(names)
}
