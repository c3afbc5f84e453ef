//! A command that writes files, with what they hold before and after it.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Result;
use super::process::Run;

/// A command, its files, and how long it takes.
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) words: String,
    /// The words of a run that begins to replace the same files, and fails.
    pub(super) failing: Option<String>,
    /// Further words with which the command resumes after a kill.
    pub(super) again: &'static str,
    pub(super) outputs: Vec<Output>,
    /// Where the older files lie.
    older: PathBuf,
    pub(super) seconds: f64,
}

/// A file that the command writes.
pub(super) struct Output {
    pub(super) name: PathBuf,
    older: Option<Content>,
    newer: Option<Content>,
}

/// What is in a file. The bytes themselves stay on disk, since the memory of this process counts for each process that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Content {
    bytes: usize,
    digest: u64,
}

impl Content {
    /// The content of a file, if there is one.
    fn of(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let (bytes, mut hasher) = (fs::read(path)?, DefaultHasher::new());
        bytes.hash(&mut hasher);
        Ok(Some(Self { bytes: bytes.len(), digest: hasher.finish() }))
    }
}

impl Output {
    /// The size of the larger of both files.
    pub(super) fn bytes(&self) -> usize {
        self.older_bytes().max(self.newer.map_or(0, |content| content.bytes))
    }

    pub(super) fn older_bytes(&self) -> usize {
        self.older.map_or(0, |content| content.bytes)
    }
}

/// What the files of a job hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Older,
    Newer,
    /// Complete files, of which some are older and some newer.
    Mixed,
}

impl Job {
    /// Runs the command over what an `older` one wrote, and learns what its files are.
    pub(super) fn learn(
        kitsune: &Path,
        folder: &Path,
        name: &'static str,
        older: &str,
        words: &str,
        failing: Option<String>,
        again: &'static str,
    ) -> Result<Self> {
        let [older_folder, folder] = [folder.join(format!("{name}-older")), folder.join(name)];
        let run = |folder: &Path, words: &str| -> Result<f64> {
            fs::create_dir_all(folder)?;
            let start = Instant::now();
            let ended = Run::new(folder, kitsune).words(words).end()?;
            if !ended.status.success() {
                return Err(format!("a sound run fails: {}\n{}", ended.line, ended.stderr).into());
            }
            Ok(start.elapsed().as_secs_f64())
        };
        run(&older_folder, older)?;
        run(&folder, older)?;
        let mut seconds = [run(&folder, words)?, run(&folder, words)?, run(&folder, words)?];
        seconds.sort_by(f64::total_cmp);
        let mut outputs = Vec::new();
        for name in files(&older_folder, &older_folder)?.union(&files(&folder, &folder)?) {
            let [older, newer] = [Content::of(&older_folder.join(name))?, Content::of(&folder.join(name))?];
            outputs.push(Output { name: name.clone(), older, newer });
        }
        if outputs.iter().all(|output| output.older == output.newer) {
            return Err(format!("{name}: the older files are the newer ones, so that no trial could tell them apart").into());
        }
        Ok(Self { name, words: words.to_owned(), failing, again, outputs, older: older_folder, seconds: seconds[1] })
    }

    /// Writes the older files.
    pub(super) fn lay(&self, folder: &Path) -> Result<()> {
        for output in &self.outputs {
            if output.older.is_some() {
                let path = folder.join(&output.name);
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::copy(self.older.join(&output.name), path)?;
            }
        }
        Ok(())
    }

    /// What the files hold, or which of them holds anything else.
    pub(super) fn state(&self, folder: &Path, with_older: bool) -> Result<State> {
        let (mut is_older, mut is_newer) = (true, true);
        for output in &self.outputs {
            let found = Content::of(&folder.join(&output.name))?;
            let older = output.older.filter(|_| with_older);
            is_older &= found == older;
            is_newer &= found == output.newer;
            if let Some(Content { bytes, .. }) = found.filter(|_| found != older && found != output.newer) {
                return Err(format!("{} of {bytes} bytes is neither the older file nor the newer one", output.name.display()).into());
            }
            if found.is_none() && older.is_some() && output.newer.is_some() {
                return Err(format!("{} is gone, the older file and the newer one", output.name.display()).into());
            }
        }
        Ok(match (is_older, is_newer) {
            (true, _) => State::Older,
            (_, true) => State::Newer,
            _ => State::Mixed,
        })
    }

    /// Files that are none of the job's, of whatever content.
    pub(super) fn leavings(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let known: BTreeSet<_> = self.outputs.iter().map(|output| output.name.clone()).collect();
        Ok(files(folder, folder)?.difference(&known).cloned().collect())
    }

    /// Refuses leavings; a checkpoint, from which a training can be resumed, is none if `resumable`.
    pub(super) fn expect_clean(&self, folder: &Path, resumable: bool) -> Result<()> {
        let mut leavings = self.leavings(folder)?;
        leavings.retain(|path| !(resumable && path.extension().is_some_and(|extension| extension == "resume")));
        if leavings.is_empty() { Ok(()) } else { Err(format!("left behind: {leavings:?}").into()) }
    }

    pub(super) fn expect(&self, folder: &Path, with_older: bool, expected: State) -> Result<()> {
        let state = self.state(folder, with_older)?;
        if state == expected { Ok(()) } else { Err(format!("the files are {state:?}, not {expected:?}").into()) }
    }
}

/// The files below a folder, at any depth, relative to `root`.
fn files(root: &Path, folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.insert(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(found)
}
