//! How far a stream was read and written, which the state remembers.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kitsune_core::online::OnlineKitsune;
use serde::{Deserialize, Serialize};

use crate::alerts::AlertProgress;
use crate::input::packet_clock::PacketClock;
use crate::process::follow::FileIdentity;

/// How far a stream was read and written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Lines of the output so far: one for each row that was read.
    pub(super) records: u64,
    /// Those of them that were read from files, which are read again from their beginning.
    pub(super) of_files: u64,
    /// The output, if it is a file that grows.
    pub(super) written: Option<Written>,
    /// The file that is followed.
    pub(super) followed: Option<Followed>,
    /// The alerts and their file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alerts: Option<(PathBuf, AlertProgress)>,
    /// The clock of the rows, by which alerts and pooled scores go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clock: Option<PacketClock>,
}

/// A file that grows, and the bytes of it that the state knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// What its columns are made of.
    pub(super) shape: String,
}

/// A file that is followed, and what was read of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Followed {
    identity: FileIdentity,
    pub(super) records: u64,
    /// Its length when the state was saved, at least.
    pub(super) length: u64,
}

impl Progress {
    /// What a detector remembers.
    pub(super) fn of(detector: &OnlineKitsune) -> Result<Self> {
        let Some(note) = detector.note() else { return Ok(Self::default()) };
        serde_json::from_value(note.clone()).context("the state says in another way than this version knows how far it has read")
    }

    /// The bytes that the state knows of an output.
    pub(super) fn written_to(&self, path: &Path) -> Option<u64> {
        self.written.as_ref().filter(|written| written.path == absolute(path)).map(|written| written.bytes)
    }

    /// Whether the alerts so far are in this file.
    pub(super) fn alerts_are_in(&self, path: &Path) -> bool {
        self.alerts.as_ref().is_some_and(|(known, _)| *known == absolute(path))
    }

    /// A file that is followed: as it is remembered if it is the same and has not become shorter.
    pub(super) fn followed(&self, identity: FileIdentity, path: &Path, is_first: bool) -> Followed {
        let length = path.metadata().map_or(0, |found| found.len());
        let known = self.followed.filter(|known| is_first && known.identity == identity && known.length <= length);
        // A file that was read as such, and is now followed.
        let records = if is_first && self.followed.is_none() { self.of_files } else { 0 };
        known.unwrap_or(Followed { identity, records, length: 0 })
    }
}

impl Followed {
    /// With the length of the file now.
    pub(super) fn measured(self, path: Option<&Path>) -> Self {
        let length = path.and_then(|path| path.metadata().ok()).map_or(0, |found| found.len());
        Self { length, ..self }
    }
}

/// A path that means the same in another folder, behind all links.
pub(super) fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
