//! NDJSON cut into a fixed number of files.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::new_set::{NewSet, put_right, refuse_folder};
use super::output::Output;
use super::output_folder::OutputFolder;
use super::part_names::PartNames;
use crate::error::{Error, OutputError};
use crate::files::folder_lock::FolderLock;

/// Lines that are cut into a fixed number of files: `{stem}_0.json`, `{stem}_1.json`, …
///
/// No file gets its name before all parts are complete. They replace an older set as a whole.
pub(super) struct Parts {
    names: PartNames,
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
        let names = PartNames::new(folder.path(), stem);
        // What another run does at this moment is no leaving.
        if let Some(lock) = FolderLock::try_take(folder.path())
            && lock.is_held()
        {
            put_right(&names)?;
        }
        for part in 0..parts {
            refuse_folder(&folder.path().join(names.of(part)))?;
        }
        let fail = Error::write(folder.path());
        let (spool, copy) =
            tempfile::tempfile_in(folder.path()).and_then(|spool| spool.try_clone().map(|copy| (spool, copy))).map_err(fail)?;
        let output = Output::file(copy, folder.path());
        Ok((Self { names, count: parts, spool, folder }, output))
    }

    /// Cuts the lines, gives the parts their names, and returns the files. While another run replaces parts in the folder, calls
    /// `waiting` again and again, until that breaks.
    pub(super) fn finish(mut self, lines: u64, mut waiting: impl FnMut(&Path) -> ControlFlow<()>) -> Result<Vec<PathBuf>, Error> {
        // Another run that has made the folder may have removed it.
        fs::create_dir_all(self.folder.path()).map_err(Error::write(self.folder.path()))?;
        let Some(_lock) = FolderLock::take(self.folder.path(), || waiting(self.folder.path())) else {
            return Err(OutputError::Stopped { folder: self.folder.path().into() }.into());
        };
        put_right(&self.names)?;
        let set = NewSet::create(&self.names)?;
        cut(&mut self.spool, lines, self.count, &set).map_err(Error::write(self.folder.path()))?;
        let files = set.replace(self.count)?;
        self.folder.keep();
        Ok(files)
    }
}

/// Writes the lines to the parts of a set.
fn cut(spool: &mut File, lines: u64, parts: usize, set: &NewSet<'_>) -> io::Result<()> {
    spool.rewind()?;
    let mut spool = BufReader::with_capacity(Parts::BLOCK, spool);
    for part in 0..parts {
        let mut file = BufWriter::new(set.part(part)?);
        copy_lines(&mut spool, &mut file, part_lines(lines, parts, part))?;
        file.into_inner()?.sync_all()?;
    }
    Ok(())
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
