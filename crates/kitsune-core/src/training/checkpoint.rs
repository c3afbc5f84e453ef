//! Checkpoints: the state from which an interrupted training resumes.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::{self, Archive, ArchiveWriter, Kind};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::training::digest::Digest;

/// Format 1 had another digest, and format 2 Burn's record of the ensemble.
const KIND: Kind = Kind { name: "checkpoint", title: "kitsune checkpoint", format: 3 };

/// Cause of a failure to save or load a checkpoint.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A store for the checkpoint of a training: bytes, of which only the newest are needed.
///
/// Nothing removes them when the training is complete. The caller does so after saving the model.
pub trait Checkpoints {
    /// Returns the newest checkpoint, from which the training resumes, or `None` to start from the beginning.
    ///
    /// # Errors
    /// The cause if a checkpoint exists but cannot be loaded. The training then ends with [`Error::Checkpoint`].
    fn load(&mut self) -> Result<Option<Vec<u8>>, Failed>;

    /// Whether to save a checkpoint now, after an epoch that is not the last. Saving takes time, so short epochs should not each save one.
    fn is_due(&mut self) -> bool;

    /// Saves a checkpoint after `epoch` epochs and replaces the older one.
    ///
    /// # Errors
    /// The cause if it cannot be saved. The training then ends with [`Error::Checkpoint`].
    fn save(&mut self, epoch: usize, checkpoint: &[u8]) -> Result<(), Failed>;
}

/// Reads a file that holds a checkpoint, for [`Checkpoints::load`]. Its header comes first, so that little is read of a file that holds none.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read; [`Error::Foreign`] and [`Error::NewerFormat`] if it does not begin as a checkpoint.
pub fn read_checkpoint(path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    archive::read_file(path, &path.display().to_string(), KIND)
}

/// The identity of a training. Two trainings of equal identity give the same model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The hyper-parameters as JSON, since a checkpoint of another version may have other fields.
    config: Value,
    /// Digest of the initial model, if the training has one.
    origin: Option<u64>,
    /// Number of training rows and of held-out rows.
    rows: [u64; 2],
    /// Digest of the statistics.
    data: u64,
    /// Digest of the first batch of the first epoch, which depends on how the rows are shuffled.
    order: Option<u64>,
}

impl Identity {
    pub(crate) fn new(config: &KitsuneConfig, origin: Option<u64>, rows: [u64; 2], data: u64) -> Result<Self, Error> {
        let unfit = |error: serde_json::Error| Error::Inconsistent { origin: Error::CHECKPOINT.to_owned(), reason: error.to_string() };
        Ok(Self { config: serde_json::to_value(config).map_err(unfit)?, origin, rows, data, order: None })
    }

    pub(crate) fn with_order(self, order: Option<u64>) -> Self {
        Self { order, ..self }
    }

    /// Describes in words how `other` differs; `None` if it is equal.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.config != other.config {
            let pairs = self.config.as_object().zip(other.config.as_object());
            let names: Vec<String> = pairs.map_or_else(Vec::new, |(ours, theirs)| {
                let differing = ours.keys().chain(theirs.keys()).filter(|name| ours.get(*name) != theirs.get(*name));
                let mut names: Vec<String> =
                    differing.map(|name| format!("{name} was {}", said(theirs.get(name), ours.get(name)))).collect();
                names.sort();
                names.dedup();
                names
            });
            return Some(names.join(", "));
        }
        let [trained, held_out] = self.rows;
        let [their_trained, their_held_out] = other.rows;
        Some(match () {
            () if self.origin != other.origin => "it did not continue the same model".to_owned(),
            () if self.rows != other.rows => {
                format!("it had {} rows, but there are {}", their_trained + their_held_out, trained + held_out)
            }
            () if self.data != other.data => "its rows had other values".to_owned(),
            () if self.order != other.order => "its rows came in another order: they were shuffled otherwise".to_owned(),
            () => return None,
        })
    }
}

fn said(theirs: Option<&Value>, ours: Option<&Value>) -> String {
    let word = |value: Option<&Value>| value.filter(|value| !value.is_null()).map_or_else(|| "not given".to_owned(), Value::to_string);
    format!("{} and is {}", word(theirs), word(ours))
}

/// The state of a training between two epochs.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) identity: Identity,
    /// Complete epochs.
    pub(crate) epoch: usize,
    pub(crate) state: State,
}

/// The state of a [`Trainer`](crate::Trainer).
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) steps: u64,
    /// Rows in these steps.
    pub(crate) rows: u64,
    /// All values of the ensemble that training changes.
    pub(crate) ensemble: Vec<f64>,
    /// The moments of the optimizer.
    pub(crate) optimizer: Vec<u8>,
}

/// The metadata of the archive beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    identity: Identity,
    epoch: usize,
    steps: u64,
    rows_seen: u64,
    /// Digest of everything else. A wrong weight or number of epochs would go unnoticed.
    digest: u64,
}

impl Checkpoint {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let State { steps, rows, ensemble, optimizer } = &self.state;
        let mut archive = ArchiveWriter::default();
        archive.f64("ensemble", &[ensemble.len()], ensemble);
        archive.u8("optimizer", optimizer);
        let contents =
            Contents { identity: self.identity.clone(), epoch: self.epoch, steps: *steps, rows_seen: *rows, digest: self.digest() };
        archive.finish(KIND, &contents)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::read(bytes, Error::CHECKPOINT, KIND)?;
        if archive.format() < KIND.format {
            return Err(Error::OlderCheckpoint { found: archive.format(), needed: KIND.format });
        }
        let Contents { identity, epoch, steps, rows_seen, digest } = archive.contents()?;
        let [count] = archive.shape("ensemble")?[..] else {
            return Err(archive.inconsistent("tensor ensemble is no list".to_owned()));
        };
        let ensemble = archive.f64("ensemble", &[count])?;
        let state = State { steps, rows: rows_seen, ensemble, optimizer: archive.u8("optimizer")? };
        let checkpoint = Self { identity, epoch, state };
        if checkpoint.digest() == digest { Ok(checkpoint) } else { Err(archive.inconsistent("it is not what was saved".to_owned())) }
    }

    fn digest(&self) -> u64 {
        let Identity { config, origin, rows, data, order } = &self.identity;
        let State { steps, rows: seen, ensemble, optimizer } = &self.state;
        let mut digest = Digest::default();
        digest.add_bytes(config.to_string().as_bytes());
        for known in [*origin, *order] {
            digest.add_all([u64::from(known.is_some()), known.unwrap_or(0)]);
        }
        digest.add_all([rows[0], rows[1], *data, self.epoch as u64, *steps, *seen]);
        digest.add_all(ensemble.iter().map(|value| value.to_bits()));
        digest.add_bytes(optimizer);
        digest.value()
    }

    /// Checks that the checkpoint was made by the training of this identity.
    pub(crate) fn check(&self, identity: &Identity) -> Result<(), Error> {
        match identity.difference(&self.identity) {
            Some(difference) => Err(Error::OtherTraining { difference }),
            None => Ok(()),
        }
    }
}
