//! Flagged packets in, alerts out.

use std::collections::BTreeMap;

use anyhow::Result;
use kitsune_core::scoring::Reason;
use kitsune_data::Batch;

use super::alert::Alert;
use super::open_alerts::OpenAlerts;
use super::packet::FlaggedPacket;
use crate::input::packet_clock::RowTimes;

/// Follows the flagged packets of a run, and gives each alert once, when it is over.
#[derive(Debug)]
pub(crate) struct AlertWatch {
    open: OpenAlerts,
    /// The names of the features.
    names: Vec<String>,
}

impl AlertWatch {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self::resumed(names, Vec::new())
    }

    /// Goes on with alerts that were open.
    pub(super) fn resumed(names: Vec<String>, open: Vec<Alert>) -> Self {
        Self { open: OpenAlerts::resumed(open), names }
    }

    /// Takes the flagged rows of a batch with their scores, in their order. `times` are those of all rows that came, flagged or not. `reasons` explains
    /// rows.
    pub(crate) fn take(
        &mut self,
        batch: &Batch,
        times: &RowTimes,
        flagged: &[(usize, f64)],
        reasons: impl FnOnce(&[usize]) -> Result<BTreeMap<usize, Vec<Reason>>>,
    ) -> Result<Vec<Alert>> {
        if flagged.is_empty() && self.open.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<_> = flagged.iter().map(|&(row, _)| row).collect();
        for (&(row, score), packet) in flagged.iter().zip(batch.kept(&rows)?) {
            self.open.see(FlaggedPacket::of(packet)?, times.of(row), score, row);
        }
        if let Some(now) = times.last() {
            self.open.advance(now);
        }
        let unexplained = self.open.unexplained();
        if !unexplained.is_empty() {
            self.open.explain(&reasons(&unexplained)?, &self.names);
        }
        Ok(self.open.take_closed())
    }

    /// Closes all alerts.
    pub(crate) fn close_all(&mut self) -> Vec<Alert> {
        self.open.close_all();
        self.open.take_closed()
    }

    /// The open alerts to go on with another time: those with the latest packets, within so many bytes. The others are over, and come second.
    pub(super) fn remembered(&mut self, bytes: usize) -> Result<(Vec<Alert>, Vec<Alert>)> {
        let remembered = self.open.remembered(bytes)?;
        Ok((remembered, self.open.take_closed()))
    }
}
