//! What a training needs to go on after it was broken off.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::training::digest::Digest;

/// Format 1 had another digest.
const KIND: Kind = Kind { name: "checkpoint", title: "kitsune checkpoint", format: 2 };

/// Why a checkpoint could not be kept or got back.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Where a training keeps its checkpoint: bytes, of which only the newest are needed.
///
/// When the training is complete nothing removes them: that is for whoever has saved the model.
pub trait Checkpoints {
    /// The newest checkpoint, to go on from; `None` to begin from the beginning.
    ///
    /// # Errors
    /// Why there is one that cannot be had: the training then ends with [`Error::Checkpoint`].
    fn load(&mut self) -> Result<Option<Vec<u8>>, Failed>;

    /// Whether to keep one now: an epoch is complete, and others are to come. It takes time, so where epochs are short it should not be each of
    /// them.
    fn is_due(&mut self) -> bool;

    /// Keeps one in origin of the older, after that many epochs.
    ///
    /// # Errors
    /// Why it cannot be kept: the training then ends with [`Error::Checkpoint`].
    fn save(&mut self, epoch: usize, checkpoint: &[u8]) -> Result<(), Failed>;
}

/// What tells a training from others: the same one, gone on with, gives the same model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// As JSON: a checkpoint of another version may have other fields.
    config: Value,
    /// Of the model that it went on from.
    origin: Option<u64>,
    /// Rows to train on and rows held out.
    rows: [u64; 2],
    /// Of the statistics.
    data: u64,
    /// Of the first batch of the first epoch, which tells how the rows are shuffled.
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

    /// What is different in `other`, in words; nothing where all is the same.
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
            () if self.origin != other.origin => "it did not go on from the same model".to_owned(),
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
    let word = |value: Option<&Value>| value.map_or_else(|| "absent".to_owned(), Value::to_string);
    format!("{} and is {}", word(theirs), word(ours))
}

/// The state of a training between two epochs.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) identity: Identity,
    /// Epochs that are complete.
    pub(crate) epoch: usize,
    pub(crate) state: State,
}

/// The state of a [`Trainer`](crate::Trainer).
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) steps: u64,
    /// Rows that went through them.
    pub(crate) rows: u64,
    /// Burn's record of the ensemble, and of the optimizer.
    pub(crate) ensemble: Vec<u8>,
    pub(crate) optimizer: Vec<u8>,
}

/// What the archive says beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    identity: Identity,
    epoch: usize,
    steps: u64,
    rows_seen: u64,
    /// Of all the rest: a record of Burn's that does not fit panics, and a wrong number of epochs would go unnoticed.
    digest: u64,
}

impl Checkpoint {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let State { steps, rows, ensemble, optimizer } = &self.state;
        let mut archive = ArchiveWriter::default();
        archive.u8("ensemble", ensemble);
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
        let state = State { steps, rows: rows_seen, ensemble: archive.u8("ensemble")?, optimizer: archive.u8("optimizer")? };
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
        digest.add_bytes(ensemble);
        digest.add_bytes(optimizer);
        digest.value()
    }

    /// Errs unless it was made by this very training.
    pub(crate) fn check(&self, identity: &Identity) -> Result<(), Error> {
        match identity.difference(&self.identity) {
            Some(difference) => Err(Error::OtherTraining { difference }),
            None => Ok(()),
        }
    }
}
