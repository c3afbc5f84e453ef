//! Packets that are followed for a page, while they are scored.

use anyhow::{Context, Result};
use kitsune_data::Batch;
use kitsune_data::packets::Timestamp;

use super::strongest::ShownAlert;
use super::timeline::Timeline;
use crate::alerts::{Alert, AlertWatch};
use crate::input::packet_clock::PacketClock;
use crate::input::packet_columns::TIME;
use crate::scoring::{Reasons, RowScores};

/// Counts packets over time, and collects the alerts about them.
#[derive(Debug)]
pub(super) struct Followed {
    watch: AlertWatch,
    clock: PacketClock,
    timeline: Timeline,
}

impl Followed {
    /// `names` are those of the features.
    pub(super) fn new(names: Vec<String>) -> Self {
        Self { watch: AlertWatch::new(names), clock: PacketClock::default(), timeline: Timeline::new() }
    }

    /// Takes a batch of packets with their scores. `reasons` explains rows.
    pub(super) fn take(&mut self, batch: &Batch, found: &RowScores, reasons: impl FnOnce(&[usize]) -> Result<Reasons>) -> Result<()> {
        if self.timeline.without_time.is_some() {
            return Ok(());
        }
        let all: Vec<usize> = (0..batch.records().rows()).collect();
        let times = batch.kept_column(TIME, &all)?.with_context(|| format!("the rows have no column {TIME}"))?;
        let times: Vec<Option<Timestamp>> = times.into_iter().map(|time| time?.parse().ok()).collect();
        let lines = batch.lines();
        if let Some(row) = lines.iter().position(|&line| times[line].is_none()) {
            // Only captures have times for sure; other rows have a page all the same.
            self.timeline.without_time = Some(batch.row_numbers()[row]);
            return Ok(());
        }
        self.count(&times, &lines, batch.anomalies().unwrap_or_default(), found);
        let flagged: Vec<_> = found.flagged().map(|row| (row, f64::from(found.scored.scores[row]))).collect();
        let of_rows: Vec<_> = lines.iter().filter_map(|&line| times[line]).collect();
        let over = self.watch.take(batch, &self.clock.count(0, &of_rows), &flagged, reasons)?;
        self.show(&over);
        Ok(())
    }

    /// Ends the alerts that are open.
    pub(super) fn end(mut self) -> Timeline {
        let over = self.watch.close_all();
        self.show(&over);
        self.timeline
    }

    /// Counts the packets on all lines; the rows among them are on `lines`.
    fn count(&mut self, times: &[Option<Timestamp>], lines: &[usize], anomalies: &[bool], found: &RowScores) {
        let mut is_flagged = vec![false; times.len()];
        let mut is_anomaly = vec![false; times.len()];
        for row in found.flagged() {
            is_flagged[lines[row]] = true;
        }
        for (&line, &anomaly) in lines.iter().zip(anomalies) {
            is_anomaly[line] = anomaly;
        }
        for (line, time) in times.iter().enumerate() {
            if let Some(time) = time {
                self.timeline.traffic.take(time.as_seconds(), is_flagged[line], is_anomaly[line]);
            }
        }
    }

    fn show(&mut self, over: &[Alert]) {
        over.iter().map(ShownAlert::of).for_each(|alert| self.timeline.alerts.take(alert));
    }
}
