//! The alerts that are open, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use kitsune_core::scoring::Reason;

use super::alert::Alert;
use super::packet::FlaggedPacket;

/// Seconds of capture time without a packet above the threshold after which an alert is over.
pub(super) const QUIET_SECONDS: f64 = 60.0;
/// Alerts that are open at once, at most: that with the oldest last packet is closed for another.
pub(super) const MOST_OPEN: usize = 1_000;

/// The alerts that are open, and those that were closed and not taken yet.
#[derive(Debug, Default)]
pub(super) struct OpenAlerts {
    open: HashMap<Arc<Couple>, Open>,
    /// The open ones in the order of their last packets.
    by_age: BTreeMap<u64, Arc<Couple>>,
    /// The number of the next packet.
    next: u64,
    /// Those that got a packet whose reasons are not known yet.
    unexplained: Vec<Arc<Couple>>,
    closed: Vec<Alert>,
}

/// A source and a destination.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Couple {
    source: String,
    destination: String,
}

#[derive(Debug)]
struct Open {
    alert: Alert,
    /// The number of its last packet.
    age: u64,
}

impl OpenAlerts {
    /// Takes a packet above the threshold, which came at `seen` by a clock that never goes back. `row` tells it from the others until its reasons are
    /// [explained](Self::explain).
    pub(super) fn see(&mut self, packet: FlaggedPacket, seen: f64, score: f64, row: usize) {
        self.advance(seen);
        let couple = Couple { source: packet.source.clone(), destination: packet.destination.clone() };
        let age = self.next;
        self.next += 1;
        if let Some((couple, _)) = self.open.get_key_value(&couple) {
            let couple = Arc::clone(couple);
            if let Some(open) = self.open.get_mut(&couple) {
                self.by_age.remove(&std::mem::replace(&mut open.age, age));
                let was_explained = open.alert.unexplained.is_none();
                open.alert.add(packet, seen, score, row);
                if was_explained && open.alert.unexplained.is_some() {
                    self.unexplained.push(Arc::clone(&couple));
                }
                self.by_age.insert(age, couple);
            }
            return;
        }
        if self.open.len() >= MOST_OPEN {
            self.close_oldest();
        }
        let couple = Arc::new(couple);
        self.unexplained.push(Arc::clone(&couple));
        self.insert(couple, Alert::new(packet, seen, score, row), age);
    }

    /// Closes the alerts that are over by now.
    pub(super) fn advance(&mut self, now: f64) {
        let is_over = |alerts: &Self| {
            let oldest = alerts.by_age.first_key_value().and_then(|(_, couple)| alerts.open.get(couple));
            oldest.is_some_and(|open| now - open.alert.seen > QUIET_SECONDS)
        };
        while is_over(self) {
            self.close_oldest();
        }
    }

    /// Closes all alerts.
    pub(super) fn close_all(&mut self) {
        while !self.by_age.is_empty() {
            self.close_oldest();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.closed.is_empty()
    }

    /// The rows whose reasons are needed, ascending.
    pub(super) fn unexplained(&self) -> Vec<usize> {
        let open = self.unexplained.iter().filter_map(|couple| self.open.get(couple)).map(|open| &open.alert);
        let mut rows: Vec<_> = self.closed.iter().chain(open).filter_map(|alert| alert.unexplained).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Takes the reasons for the rows that need some; `names` are those of the features.
    pub(super) fn explain(&mut self, reasons: &BTreeMap<usize, Vec<Reason>>, names: &[String]) {
        let found = |row| reasons.get(&row).map_or(&[][..], Vec::as_slice);
        for alert in &mut self.closed {
            if let Some(row) = alert.unexplained {
                alert.explain(found(row), names);
            }
        }
        for couple in self.unexplained.drain(..) {
            if let Some(open) = self.open.get_mut(&couple)
                && let Some(row) = open.alert.unexplained
            {
                open.alert.explain(found(row), names);
            }
        }
    }

    /// The closed alerts, in the order in which they were closed. They are given once.
    pub(super) fn take_closed(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.closed)
    }

    /// Closes the alerts that have waited longest, until the others have at most so many bytes in a state. Returns these, to go on with them another time.
    pub(super) fn remembered(&mut self, bytes: usize) -> Result<Vec<Alert>> {
        let mut left = bytes;
        let mut remembered = Vec::new();
        for open in self.by_age.values().rev().filter_map(|couple| self.open.get(couple)) {
            let needed = serde_json::to_string(&open.alert)?.len();
            if needed > left {
                break;
            }
            left -= needed;
            remembered.push(open.alert.clone());
        }
        while self.open.len() > remembered.len() {
            self.close_oldest();
        }
        remembered.reverse();
        Ok(remembered)
    }

    /// Goes on with alerts that were open.
    pub(super) fn resumed(alerts: Vec<Alert>) -> Self {
        let mut resumed = Self::default();
        for alert in alerts {
            let couple = Couple { source: alert.packet.source.clone(), destination: alert.packet.destination.clone() };
            let age = resumed.next;
            resumed.next += 1;
            resumed.insert(Arc::new(couple), alert, age);
        }
        resumed
    }

    fn insert(&mut self, couple: Arc<Couple>, alert: Alert, age: u64) {
        self.by_age.insert(age, Arc::clone(&couple));
        self.open.insert(couple, Open { alert, age });
    }

    fn close_oldest(&mut self) {
        if let Some((_, couple)) = self.by_age.pop_first()
            && let Some(Open { alert, .. }) = self.open.remove(&couple)
        {
            self.closed.push(alert);
        }
    }
}
