//! The checkpoint of a training as a file beside the model.

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kitsune_core::Checkpoints;
use tempfile::NamedTempFile;

/// Its name in the folder of the model.
const CHECKPOINT: &str = "kitsune.resume";

/// Written when an epoch ends and enough time has passed: epochs may be a matter of milliseconds.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
    /// Whether to begin with what is there.
    resume: bool,
    /// Time between two writings, at least.
    interval: Duration,
    last: Instant,
    /// Whether what is there is of this training.
    ours: bool,
}

impl CheckpointFile {
    pub(crate) fn new(folder: &Path, resume: bool, interval: Duration) -> Self {
        Self { path: folder.join(CHECKPOINT), resume, interval, last: Instant::now(), ours: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a training was broken off.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Whether this training can be gone on with.
    pub(crate) fn is_ours(&self) -> bool {
        self.ours
    }

    /// The training is complete, and its model is written.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, checkpoint: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::with_prefix_in(".kitsune-", folder)?;
        file.write_all(checkpoint)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Checkpoints for CheckpointFile {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        if !self.resume {
            return Ok(None);
        }
        match fs::read(&self.path) {
            Ok(checkpoint) => {
                self.ours = true;
                Ok(Some(checkpoint))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", self.path.display()).into()),
        }
    }

    fn is_due(&mut self) -> bool {
        self.last.elapsed() >= self.interval
    }

    fn save(&mut self, _epoch: usize, checkpoint: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.write(checkpoint).map_err(|error| format!("{} cannot be written: {error}", self.path.display()))?;
        (self.ours, self.last) = (true, Instant::now());
        Ok(())
    }
}
