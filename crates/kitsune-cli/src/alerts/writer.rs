//! The alerts of a run: flagged packets in, lines out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use kitsune_core::scoring::Reason;
use kitsune_data::Batch;
use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::file::AlertFile;
use super::open_alerts::OpenAlerts;
use super::packet::FlaggedPacket;

/// Bytes of open alerts that are remembered, well below what a state can hold.
const REMEMBERED: usize = 512 << 10;

/// Follows the flagged packets of a run, and writes the alerts that are over.
#[derive(Debug)]
pub(crate) struct AlertWriter {
    open: OpenAlerts,
    file: AlertFile,
    /// The names of the features.
    names: Vec<String>,
    written: u64,
}

/// How far alerts were written, to go on with another time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AlertProgress {
    /// The bytes of the file, if it grows.
    bytes: Option<u64>,
    open: Vec<Alert>,
}

impl AlertWriter {
    /// Alerts that appear when all rows were read.
    pub(crate) fn new(path: &Path, names: Vec<String>) -> Result<Self> {
        Ok(Self { open: OpenAlerts::default(), file: AlertFile::new(path)?, names, written: 0 })
    }

    /// Alerts that are written when they are over. With the progress of another run they go on, and its file is continued if it is the same.
    pub(crate) fn growing(path: &Path, names: Vec<String>, known: Option<AlertProgress>, is_same_file: bool) -> Result<Self> {
        let from = known.as_ref().and_then(|known| known.bytes).filter(|_| is_same_file);
        let open = known.map(|known| OpenAlerts::resumed(known.open)).unwrap_or_default();
        Ok(Self { open, file: AlertFile::growing(path, from)?, names, written: 0 })
    }

    /// Takes the flagged rows of a batch with their scores, in their order. The row `last`, flagged or not, tells the time by then. `reasons` explains
    /// rows.
    pub(crate) fn take(
        &mut self,
        batch: &Batch,
        last: Option<usize>,
        flagged: &[(usize, f64)],
        reasons: impl FnOnce(&[usize]) -> Result<BTreeMap<usize, Vec<Reason>>>,
    ) -> Result<()> {
        if flagged.is_empty() && self.open.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = flagged.iter().map(|&(row, _)| row).chain(last).collect();
        let mut packets = batch.kept(&rows)?.into_iter().map(FlaggedPacket::of);
        for (&(row, score), packet) in flagged.iter().zip(&mut packets) {
            self.open.see(packet?, score, row);
        }
        if let Some(packet) = packets.next() {
            self.open.advance(packet?.time());
        }
        let unexplained = self.open.unexplained();
        if !unexplained.is_empty() {
            self.open.explain(&reasons(&unexplained)?, &self.names);
        }
        self.write()
    }

    /// Closes all alerts, and writes them.
    pub(crate) fn close_all(&mut self) -> Result<()> {
        self.open.close_all();
        self.write()
    }

    pub(crate) fn progress(&self) -> Result<AlertProgress> {
        Ok(AlertProgress { bytes: self.file.bytes(), open: self.open.remembered(REMEMBERED)? })
    }

    /// Completes the file. Returns the number of alerts of this run, and the path if it is a file.
    pub(crate) fn finish(mut self) -> Result<(u64, Option<PathBuf>)> {
        self.close_all()?;
        Ok((self.written, self.file.finish()?))
    }

    fn write(&mut self) -> Result<()> {
        let lines = self.open.take_lines()?;
        self.written += lines.len() as u64;
        self.file.write(&lines)
    }
}
