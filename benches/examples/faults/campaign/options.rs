//! The command line of the campaign.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Result;
use super::trial::Part;

/// What is asked of the campaign.
pub(super) struct Options {
    /// The command under test, as an absolute path.
    pub(super) kitsune: PathBuf,
    pub(super) seed: u64,
    /// Kills for each command.
    pub(super) kills: usize,
    pub(super) mutants: usize,
    /// Trials of each other part.
    pub(super) trials: usize,
    /// Files have so many times fewer rows than usual.
    shorter: usize,
    only: Option<(String, Option<u64>)>,
    /// Where everything lies.
    folder: PathBuf,
    /// Removes the folder at the end, if nobody named it.
    temporary: Option<TempDir>,
}

impl Options {
    pub(super) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self> {
        let mut words = words.map(|word| word.into_string().map_err(|word| format!("{} is no text", word.display())));
        let kitsune = words.next().ok_or("name the command to test: faults KITSUNE [--seed N] [--short] [FOLDER]")??;
        let kitsune = fs::canonicalize(&kitsune).map_err(|error| format!("{kitsune}: {error}"))?;
        let (mut seed, mut kills, mut mutants, mut trials, mut shorter) = (1, 200, 100_000, 44, 1);
        let (mut only, mut folder) = (None, None);
        while let Some(word) = words.next().transpose()? {
            let mut value = || words.next().unwrap_or_else(|| Err(format!("{word} needs a value")));
            match word.as_str() {
                "--seed" => seed = value()?.parse()?,
                "--kills" => kills = value()?.parse()?,
                "--mutants" => mutants = value()?.parse()?,
                "--short" => (kills, mutants, trials, shorter) = (2, 200, 3, 10),
                "--only" => {
                    let wanted = value()?;
                    only = Some(match wanted.split_once(':') {
                        Some((part, number)) => (part.to_owned(), Some(number.parse()?)),
                        None => (wanted, None),
                    });
                }
                option if option.starts_with("--") => return Err(format!("there is no option {option}").into()),
                path => folder = Some(PathBuf::from(path)),
            }
        }
        let temporary = if folder.is_none() { Some(tempfile::Builder::new().prefix("faults-").tempdir()?) } else { None };
        let folder = folder.or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned())).unwrap_or_default();
        fs::create_dir_all(&folder)?;
        Ok(Self { kitsune, seed, kills, mutants, trials, shorter, only, folder: fs::canonicalize(folder)?, temporary })
    }

    /// The number of rows of a file that usually has `rows`.
    pub(super) fn rows(&self, rows: usize) -> usize {
        rows / self.shorter
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of what failed.
    pub(super) fn failures(&self) -> PathBuf {
        self.folder().join("failures")
    }

    pub(super) fn wants(&self, part: &Part<'_>) -> bool {
        self.only.as_ref().is_none_or(|(name, _)| *name == part.name)
    }

    /// The words that repeat one trial of a part.
    pub(super) fn repeating(&self, part: &str, number: u64) -> String {
        let short = if self.shorter > 1 { " --short" } else { "" };
        format!("--seed {}{short} --only {part}:{number}", self.seed)
    }

    /// The one trial to repeat.
    pub(super) fn number(&self) -> Option<u64> {
        self.only.as_ref().and_then(|(_, number)| *number)
    }

    /// Keeps the folder.
    pub(super) fn keep(&mut self) {
        if let Some(folder) = &mut self.temporary {
            folder.disable_cleanup(true);
        }
    }
}
