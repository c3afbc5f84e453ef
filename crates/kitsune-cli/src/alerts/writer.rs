//! The alerts of a run, written to a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use kitsune_core::scoring::Reason;
use kitsune_data::Batch;
use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::file::AlertFile;
use super::watch::AlertWatch;
use crate::input::packet_clock::RowTimes;

/// Bytes of open alerts that are remembered: a state holds 1 MiB of such notes, and as many alerts of packets as are open at once have less.
pub(super) const REMEMBERED: usize = 896 << 10;

/// Follows the flagged packets of a run, and writes the alerts that are over.
#[derive(Debug)]
pub(crate) struct AlertWriter {
    watch: AlertWatch,
    file: AlertFile,
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
        Ok(Self { watch: AlertWatch::new(names), file: AlertFile::new(path)?, written: 0 })
    }

    /// Alerts that are written when they are over. With the progress of another run they go on, and its file is continued if it is the same.
    pub(crate) fn growing(path: &Path, names: Vec<String>, known: Option<AlertProgress>, is_same_file: bool) -> Result<Self> {
        let from = known.as_ref().and_then(|known| known.bytes).filter(|_| is_same_file);
        let watch = AlertWatch::resumed(names, known.map(|known| known.open).unwrap_or_default());
        Ok(Self { watch, file: AlertFile::growing(path, from)?, written: 0 })
    }

    /// Takes the flagged rows of a batch with their scores, in their order. `times` are those of all rows that came, flagged or not. `reasons` explains
    /// rows.
    pub(crate) fn take(
        &mut self,
        batch: &Batch,
        times: &RowTimes,
        flagged: &[(usize, f64)],
        reasons: impl FnOnce(&[usize]) -> Result<BTreeMap<usize, Vec<Reason>>>,
    ) -> Result<()> {
        let over = self.watch.take(batch, times, flagged, reasons)?;
        self.write(&over)
    }

    /// Closes all alerts, and writes them.
    pub(crate) fn close_all(&mut self) -> Result<()> {
        let over = self.watch.close_all();
        self.write(&over)
    }

    /// What another run needs to go on. Alerts that cannot be remembered are closed and written, so that none is lost.
    pub(crate) fn progress(&mut self) -> Result<AlertProgress> {
        let (open, over) = self.watch.remembered(REMEMBERED)?;
        self.write(&over)?;
        Ok(AlertProgress { bytes: self.file.bytes(), open })
    }

    /// Completes the file. Returns the number of alerts of this run, and the path if it is a file.
    pub(crate) fn finish(mut self) -> Result<(u64, Option<PathBuf>)> {
        self.close_all()?;
        Ok((self.written, self.file.finish()?))
    }

    fn write(&mut self, over: &[Alert]) -> Result<()> {
        let lines = over.iter().map(Alert::line).collect::<Result<Vec<_>, _>>()?;
        self.written += lines.len() as u64;
        self.file.write(&lines)
    }
}
