//! A packet that was flagged.

use anyhow::{Context, Result, anyhow};
use kitsune_data::Source;
use serde::{Deserialize, Serialize};

use super::moment::Moment;

/// The columns without which there are no alerts.
const NEEDED: [&str; 3] = ["time", "source", "destination"];
/// Those that say more.
const FURTHER: [&str; 3] = ["source_port", "destination_port", "source_mac"];

/// Who sent a flagged packet to whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FlaggedPacket {
    pub(super) time: Moment,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) source_port: Option<String>,
    pub(super) destination_port: Option<String>,
    /// The card that sent it.
    pub(super) source_mac: Option<String>,
}

impl FlaggedPacket {
    /// The columns that are to be passed through for alerts.
    ///
    /// # Errors
    ///
    /// If the rows do not say when a packet came, and from whom to whom.
    pub(crate) fn columns(source: &Source) -> Result<Vec<&'static str>> {
        let is_there = |name: &&str| source.clone().keep([*name]).is_ok();
        if let Some(lacking) = NEEDED.iter().find(|name| !is_there(name)) {
            let needed = NEEDED.join(", ");
            return Err(anyhow!("--alerts needs the columns {needed}, which captures have, but these rows have no column {lacking}"));
        }
        Ok(NEEDED.into_iter().chain(FURTHER.into_iter().filter(is_there)).collect())
    }

    /// The packet with these columns, by name.
    pub(super) fn of(columns: Vec<(String, String)>) -> Result<Self> {
        let mut columns = columns;
        let mut take = |name: &str| {
            let at = columns.iter().position(|(found, _)| found == name)?;
            Some(columns.swap_remove(at).1)
        };
        let time = take("time").context("--alerts: a row has no time")?;
        let unknown = || "unknown".to_owned();
        Ok(Self {
            time: time.parse().map_err(|error: String| anyhow!("--alerts: {error}"))?,
            source: take("source").unwrap_or_else(unknown),
            destination: take("destination").unwrap_or_else(unknown),
            source_port: take("source_port"),
            destination_port: take("destination_port"),
            source_mac: take("source_mac"),
        })
    }

    pub(super) fn time(&self) -> Moment {
        self.time
    }
}
