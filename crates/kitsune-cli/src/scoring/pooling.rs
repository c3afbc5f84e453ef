//! The scores of hosts: each packet has the damped mean of the scores of its source's packets.

use std::ops::Range;

use anyhow::{Context, Result};
use kitsune_core::scoring::Sender;
use kitsune_data::{Batch, Source};

use crate::input::packet_clock::RowTimes;
use crate::input::packet_columns::{SOURCE, TIME, with_needed};

/// Half-life of the scores of a host, in seconds.
const HALF_LIFE: f64 = 10.0;

/// Whose scores are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolBy {
    /// Those of the packets of a source.
    Host,
    /// Each packet has its own score.
    Nothing,
}

impl PoolBy {
    pub(crate) fn half_life(self) -> Option<f64> {
        match self {
            Self::Host => Some(HALF_LIFE),
            Self::Nothing => None,
        }
    }
}

/// The columns that are to be passed through.
///
/// # Errors
///
/// If the rows do not say when a packet came, and from whom.
pub(crate) fn columns(source: &Source) -> Result<Vec<&'static str>> {
    with_needed(source, "--pool host", &[TIME, SOURCE], &[])
}

/// Who sent some rows of a batch. Rows that name no source are those of one host.
pub(crate) fn senders(batch: &Batch, rows: Range<usize>, times: &RowTimes) -> Result<Vec<Sender>> {
    let sources = batch.kept_column(SOURCE, &batch.lines()[rows.clone()])?.with_context(|| format!("the rows have no column {SOURCE}"))?;
    Ok(rows.zip(sources).map(|(row, source)| Sender::new(&source.unwrap_or_default(), times.of(row))).collect())
}
