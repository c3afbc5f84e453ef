//! The names of parts, and of the hidden folders in which a set of them waits.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::leavings::is_random;

/// The parts of one stem in one folder.
#[derive(Debug, Clone)]
pub(super) struct PartNames {
    folder: PathBuf,
    stem: String,
}

impl PartNames {
    pub(super) fn new(folder: &Path, stem: &str) -> Self {
        Self { folder: folder.into(), stem: stem.into() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of a part, counted from 0.
    pub(super) fn of(&self, part: usize) -> String {
        format!("{}_{part}.json", self.stem)
    }

    /// The hidden folder of a set that does not count yet.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.folder.join(format!(".kitsune-{}-new", self.stem))
    }

    /// The hidden folder of a complete set of so many parts, which replaces the older one.
    pub(super) fn complete(&self, count: usize) -> PathBuf {
        self.folder.join(format!(".kitsune-{}-of-{count}", self.stem))
    }

    /// The complete set that a killed run has left, and the number of its parts.
    pub(super) fn left_complete(&self) -> Result<Option<(PathBuf, usize)>, Error> {
        let count = |name: &OsString| name.to_str()?.strip_prefix(&format!(".kitsune-{}-of-", self.stem))?.parse().ok();
        let found = self.entries(|name| count(name).is_some_and(|count| self.complete(count).ends_with(name)), true)?;
        Ok(found.first().and_then(|name| Some((self.folder.join(name), count(name)?))))
    }

    /// The hidden folders in which earlier builds kept older parts.
    pub(super) fn of_earlier_builds(&self) -> Result<Vec<PathBuf>, Error> {
        const RANDOM: usize = 6;
        let is_one = |name: &OsString| {
            let random = name.to_str().and_then(|name| name.strip_prefix(".older-"));
            random.is_some_and(|random| is_random(random, RANDOM))
        };
        Ok(self.entries(is_one, true)?.into_iter().map(|name| self.folder.join(name)).collect())
    }

    /// The names of the parts that are there: `{stem}_<digits>.json`, and no others.
    pub(super) fn there(&self) -> Result<Vec<OsString>, Error> {
        self.entries(|name| self.is_part(name), false)
    }

    pub(super) fn is_part(&self, name: &OsString) -> bool {
        let digits = name.to_str().and_then(|name| name.strip_prefix(&self.stem)?.strip_prefix('_')?.strip_suffix(".json"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The names of folders, or of all else, in the order of the names.
    fn entries(&self, wanted: impl Fn(&OsString) -> bool, folders: bool) -> Result<Vec<OsString>, Error> {
        let fail = |source| Error::Read { path: self.folder.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if wanted(&entry.file_name()) && entry.file_type().map_err(fail)?.is_dir() == folders {
                names.push(entry.file_name());
            }
        }
        names.sort();
        Ok(names)
    }
}
