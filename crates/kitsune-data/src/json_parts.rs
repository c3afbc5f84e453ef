use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir, TempPath};

use crate::{Error, OutputFolder};

/// Writes numbers as JSON lines, cut into a known number of files: `scores_0.json`, `scores_1.json`, …
///
/// Each line is an object such as `{"score": 0.2248}`, with the shortest decimal that reads back to the same f32. The parts are
/// contiguous, in order, and differ by at most one row.
///
/// Nothing is seen under these names before [`finish`](Self::finish), which puts the whole set in the place of an older one. Dropped
/// before that, it leaves nothing behind.
#[derive(Debug)]
pub struct JsonParts {
    stem: String,
    field: String,
    parts: usize,
    /// The values so far: how many there will be, and so where the parts are cut, is known only at the end.
    spool: BufWriter<File>,
    rows: u64,
    /// Comes last, for it can be removed only after the spool.
    folder: OutputFolder,
}

impl JsonParts {
    /// Prepares to write `parts` files into a folder, which is made if it does not exist.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to, if there is to be no part, or if `stem` or `field` would have to be escaped.
    pub fn create(folder: &Path, stem: &str, parts: usize, field: &str) -> Result<Self, Error> {
        check(stem, parts, field)?;
        let folder = OutputFolder::create(folder)?;
        let spool = tempfile::tempfile_in(folder.path()).map_err(Error::write(folder.path()))?;
        Ok(Self { stem: stem.into(), field: field.into(), parts, spool: BufWriter::new(spool), rows: 0, folder })
    }

    /// Adds one row for each value.
    ///
    /// # Errors
    ///
    /// If a value is not finite, or the disk is full.
    pub fn push(&mut self, values: &[f32]) -> Result<(), Error> {
        for &value in values {
            self.rows += 1;
            if !value.is_finite() {
                return Err(Error::NotFinite { row: self.rows, value });
            }
            self.spool.write_all(&value.to_le_bytes()).map_err(Error::write(self.folder.path()))?;
        }
        Ok(())
    }

    /// Writes the parts, removes those of an older set, and returns the new files.
    ///
    /// # Errors
    ///
    /// If something cannot be written; an older set is then still in its place.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        let fail = |source| Error::Write { path: self.folder.path().into(), source };
        self.spool.flush().map_err(fail)?;
        let spool = self.spool.get_mut();
        spool.rewind().map_err(fail)?;
        let mut values = BufReader::new(spool);
        let mut parts = Vec::with_capacity(self.parts);
        for part in 0..self.parts {
            let rows = part_rows(self.rows, self.parts, part);
            parts.push(write_part(self.folder.path(), &self.field, rows, &mut values).map_err(fail)?);
        }
        let files = replace(self.folder.path(), &self.stem, parts)?;
        self.folder.keep();
        Ok(files)
    }
}

/// What must hold for names to need no escaping.
fn check(stem: &str, parts: usize, field: &str) -> Result<(), Error> {
    let reason = if parts == 0 {
        "there must be at least 1 part"
    } else if stem.is_empty() || stem.contains(['/', '\\', '\0']) {
        "the first part of the file names must be a plain name"
    } else if field.contains(['"', '\\']) || field.contains(char::is_control) {
        "the name of the field must not contain quotes, backslashes or control characters"
    } else {
        return Ok(());
    };
    Err(Error::Parts { reason: reason.into() })
}

/// The rows of a part: the first ones take one more each until all are placed.
fn part_rows(rows: u64, parts: usize, part: usize) -> u64 {
    let (each, more) = (rows / parts as u64, rows % parts as u64);
    each + u64::from((part as u64) < more)
}

/// Writes the next rows to a file with a temporary name.
fn write_part(folder: &Path, field: &str, rows: u64, values: &mut impl Read) -> std::io::Result<TempPath> {
    let (file, path) = ordinary(&mut Builder::new()).prefix(".part-").tempfile_in(folder)?.into_parts();
    let mut lines = BufWriter::new(file);
    for _ in 0..rows {
        let mut bytes = [0; 4];
        values.read_exact(&mut bytes)?;
        // Debug, unlike Display, writes a decimal point or an exponent: readers then take it for a float.
        writeln!(lines, "{{\"{field}\": {:?}}}", f32::from_le_bytes(bytes))?;
    }
    lines.into_inner()?.sync_all()?;
    Ok(path)
}

/// Temporary files are for their owner alone; these are to become ordinary ones.
fn ordinary<'a, 'b>(builder: &'a mut Builder<'b, 'b>) -> &'a mut Builder<'b, 'b> {
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// Puts new parts in the place of all older ones, or leaves these as they were.
fn replace(folder: &Path, stem: &str, parts: Vec<TempPath>) -> Result<Vec<PathBuf>, Error> {
    let mut aside = Aside::new(folder)?;
    for name in older(folder, stem)? {
        aside.take(name)?;
    }
    let mut files = Vec::with_capacity(parts.len());
    for (part, path) in parts.into_iter().enumerate() {
        let file = folder.join(format!("{stem}_{part}.json"));
        path.persist(&file).map_err(|error| Error::Write { path: file.clone(), source: error.error })?;
        aside.added.push(file.clone());
        files.push(file);
    }
    sync(folder)?;
    aside.forget();
    Ok(files)
}

/// The names of the parts that are there: `{stem}_<digits>.json`, and nothing else.
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

/// A rename is on the disk once its folder is.
fn sync(folder: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::write(folder))?;
    Ok(())
}

/// Files that were moved out of the way; dropped, it moves them back.
struct Aside<'a> {
    folder: &'a Path,
    hidden: TempDir,
    taken: Vec<OsString>,
    /// What was put in their place.
    added: Vec<PathBuf>,
}

impl<'a> Aside<'a> {
    fn new(folder: &'a Path) -> Result<Self, Error> {
        let hidden = Builder::new().prefix(".older-").tempdir_in(folder).map_err(Error::write(folder))?;
        Ok(Self { folder, hidden, taken: Vec::new(), added: Vec::new() })
    }

    fn take(&mut self, name: OsString) -> Result<(), Error> {
        let path = self.folder.join(&name);
        fs::rename(&path, self.hidden.path().join(&name)).map_err(Error::write(&path))?;
        self.taken.push(name);
        Ok(())
    }

    /// The new files are in place: the old ones go with the hidden folder.
    fn forget(mut self) {
        self.taken.clear();
        self.added.clear();
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        // An error is on its way already. Where a move back fails, there is nothing better to try.
        for file in &self.added {
            fs::remove_file(file).ok();
        }
        let mut lost = false;
        for name in &self.taken {
            lost |= fs::rename(self.hidden.path().join(name), self.folder.join(name)).is_err();
        }
        self.hidden.disable_cleanup(lost);
    }
}
