//! One alert: a source, a destination, and what is strange about their packets.

use kitsune_core::scoring::Reason;
use serde::{Deserialize, Serialize};

use super::moment::Moment;
use super::packet::FlaggedPacket;
use super::words::sentence;

/// Packets above the threshold from a source to a destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alert {
    pub(super) first: Moment,
    pub(super) last: Moment,
    /// When the last packet came, by the clock that never goes back.
    pub(super) seen: f64,
    /// How many packets were above the threshold.
    pub(super) packets: u64,
    /// The highest score, and the packet that had it.
    pub(super) score: f64,
    pub(super) packet: FlaggedPacket,
    /// Why that packet scored high.
    pub(super) explanation: Option<Explanation>,
    /// The row of that packet, if its reasons are not known yet.
    #[serde(skip)]
    pub(super) unexplained: Option<usize>,
}

/// The strongest reason for a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Explanation {
    words: String,
    statistic: String,
    value: f64,
    expected: f64,
}

/// An alert as a line of the output.
#[derive(Serialize)]
struct Line<'a> {
    first: String,
    last: String,
    source: &'a str,
    destination: &'a str,
    packets: u64,
    score: f64,
    reason: Option<&'a str>,
    statistic: Option<&'a str>,
    value: Option<f64>,
    expected: Option<f64>,
}

impl Alert {
    pub(super) fn new(packet: FlaggedPacket, seen: f64, score: f64, row: usize) -> Self {
        let time = packet.time;
        Self { first: time, last: time, seen, packets: 1, score, packet, explanation: None, unexplained: Some(row) }
    }

    /// Adds a packet.
    pub(super) fn add(&mut self, packet: FlaggedPacket, seen: f64, score: f64, row: usize) {
        self.seen = seen;
        self.first = self.first.min(packet.time);
        self.last = self.last.max(packet.time);
        self.packets += 1;
        if score > self.score {
            (self.score, self.packet, self.unexplained) = (score, packet, Some(row));
        }
    }

    /// Takes the reasons for the packet with the highest score; `names` are those of the features.
    pub(super) fn explain(&mut self, reasons: &[Reason], names: &[String]) {
        self.unexplained = None;
        self.explanation = reasons.first().map(|reason| {
            let (name, value, expected) = (&names[reason.feature], reason.value, reason.expected);
            Explanation { words: sentence(name, value, expected, &self.packet), statistic: name.clone(), value, expected }
        });
    }

    /// The times of its first and its last packet.
    pub(crate) fn times(&self) -> [Moment; 2] {
        [self.first, self.last]
    }

    /// Its packets' source and destination.
    pub(crate) fn ends(&self) -> [&str; 2] {
        [&self.packet.source, &self.packet.destination]
    }

    /// How many packets were above the threshold.
    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }

    /// The time of the packet with the highest score.
    pub(crate) fn strongest(&self) -> Moment {
        self.packet.time
    }

    /// The highest score.
    pub(crate) fn score(&self) -> f64 {
        self.score
    }

    /// The strongest reason for the packet with this score, in words.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.explanation.as_ref().map(|explanation| &*explanation.words)
    }

    /// A line of JSON.
    pub(super) fn line(&self) -> serde_json::Result<String> {
        let explanation = self.explanation.as_ref();
        serde_json::to_string(&Line {
            first: self.first.to_string(),
            last: self.last.to_string(),
            source: &self.packet.source,
            destination: &self.packet.destination,
            packets: self.packets,
            score: self.score,
            reason: explanation.map(|explanation| &*explanation.words),
            statistic: explanation.map(|explanation| &*explanation.statistic),
            value: explanation.map(|explanation| explanation.value),
            expected: explanation.map(|explanation| explanation.expected),
        })
    }
}
