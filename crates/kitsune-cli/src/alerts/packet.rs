//! A packet that was flagged.

use anyhow::{Context, Result};
use kitsune_data::Source;
use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::input::packet_columns::{SOURCE, TIME, with_needed};

const DESTINATION: &str = "destination";

/// The columns that say more, if they are there.
const FURTHER: [&str; 5] = ["source_port", "destination_port", "protocol", "source_mac", "destination_mac"];

/// Who sent a flagged packet to whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FlaggedPacket {
    pub(super) time: Moment,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) source_port: Option<String>,
    pub(super) destination_port: Option<String>,
    pub(super) protocol: Option<String>,
    /// The card that sent it.
    pub(super) source_mac: Option<String>,
    /// The card that it was sent to.
    pub(super) destination_mac: Option<String>,
}

impl FlaggedPacket {
    /// The columns that are to be passed through for alerts.
    ///
    /// # Errors
    ///
    /// If the rows do not say when a packet came, and from whom to whom.
    pub(crate) fn columns(source: &Source) -> Result<Vec<&'static str>> {
        with_needed(source, "--alerts", &[TIME, SOURCE, DESTINATION], &FURTHER)
    }

    /// Whether one of these columns says more than when a packet came, and from whom to whom.
    pub(crate) fn says_more(column: &str) -> bool {
        FURTHER.contains(&column)
    }

    /// The packet with these columns, by name.
    pub(super) fn of(columns: Vec<(String, String)>) -> Result<Self> {
        let mut columns = columns;
        let mut take = |name: &str| {
            let at = columns.iter().position(|(found, _)| found == name)?;
            Some(columns.swap_remove(at).1)
        };
        let time = take(TIME).context("a packet has no time")?;
        let unknown = || "unknown".to_owned();
        Ok(Self {
            time: Moment(time.parse()?),
            source: take(SOURCE).unwrap_or_else(unknown),
            destination: take(DESTINATION).unwrap_or_else(unknown),
            source_port: take("source_port"),
            destination_port: take("destination_port"),
            protocol: take("protocol"),
            source_mac: take("source_mac"),
            destination_mac: take("destination_mac"),
        })
    }
}
