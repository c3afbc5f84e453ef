//! The checkpoint of a training, a file beside the model.

use std::cell::RefCell;
use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kitsune_core::training::{Checkpoints, read_checkpoint};
use kitsune_data::files::NewFile;

/// The extension of the checkpoint, which otherwise has the name of the model.
pub(super) const EXTENSION: &str = "resume";

/// A checkpoint that is written at the end of an epoch if enough time has passed, since epochs can take milliseconds.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
    /// The model file. Who may not read an older model may not read its checkpoint.
    model: PathBuf,
    /// Whether to resume from an existing checkpoint.
    resume: bool,
    /// The least time between two checkpoints.
    interval: Duration,
    last: Instant,
    /// Whether this training has read or written the file.
    ours: bool,
    /// Why the newest checkpoint could not be written.
    trouble: Trouble,
}

/// Why the newest checkpoint could not be written, until somebody reports it. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Rc<RefCell<Option<String>>>);

impl Trouble {
    pub(crate) fn take(&self) -> Option<String> {
        self.0.take()
    }
}

impl CheckpointFile {
    /// The checkpoint of the training of a model file.
    pub(crate) fn beside(model: &Path, resume: bool, interval: Duration) -> Self {
        let path = model.with_extension(EXTENSION);
        let (model, last) = (model.to_owned(), Instant::now());
        Self { path, model, resume, interval, last, ours: false, trouble: Trouble::default() }
    }

    pub(crate) fn trouble(&self) -> Trouble {
        self.trouble.clone()
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
        let new = NewFile::create(&self.path, fs::metadata(&self.model).ok().as_ref())?;
        new.file().write_all(checkpoint)?;
        new.finish()
    }
}

impl Checkpoints for CheckpointFile {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        if !self.resume {
            return Ok(None);
        }
        match read_checkpoint(&self.path) {
            Ok(checkpoint) => {
                self.ours = true;
                Ok(Some(checkpoint))
            }
            Err(kitsune_core::Error::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_due(&mut self) -> bool {
        self.last.elapsed() >= self.interval
    }

    /// The training continues if the checkpoint cannot be written: the model may still find a disk with space.
    fn save(&mut self, _epoch: usize, checkpoint: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.last = Instant::now();
        match self.write(checkpoint) {
            Ok(()) => self.ours = true,
            Err(error) => *self.trouble.0.borrow_mut() = Some(format!("{} cannot be written: {error}", self.path.display())),
        }
        Ok(())
    }
}
