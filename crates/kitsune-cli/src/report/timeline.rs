//! Packets and alerts on the axis of time.

use super::strongest::Strongest;
use super::traffic::Traffic;

/// When packets came and when alerts were open, in memory that does not grow with the packets.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) traffic: Traffic,
    pub(crate) alerts: Strongest,
    /// The number of a row without a time in seconds, which ends what is known of the others.
    pub(crate) without_time: Option<u64>,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { traffic: Traffic::new(), alerts: Strongest::default(), without_time: None }
    }
}
