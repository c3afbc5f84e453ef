//! The checkpoint of a training, a file beside the model.

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kitsune_core::training::Checkpoints;
use tempfile::NamedTempFile;

use super::folder_of;

/// The extension of the checkpoint, which otherwise has the name of the model.
const EXTENSION: &str = "resume";

/// A checkpoint that is written at the end of an epoch if enough time has passed, since epochs can take milliseconds.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
    /// Whether to resume from an existing checkpoint.
    resume: bool,
    /// The least time between two checkpoints.
    interval: Duration,
    last: Instant,
    /// Whether this training has read or written the file.
    ours: bool,
}

impl CheckpointFile {
    /// The checkpoint of the training of a model file.
    pub(crate) fn beside(model: &Path, resume: bool, interval: Duration) -> Self {
        Self { path: model.with_extension(EXTENSION), resume, interval, last: Instant::now(), ours: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an interrupted training has left a checkpoint.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Whether this training can be resumed from the file.
    pub(crate) fn is_ours(&self) -> bool {
        self.ours
    }

    /// Removes the checkpoint of a training whose model is written.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, checkpoint: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::with_prefix_in(".kitsune-", folder_of(&self.path))?;
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
