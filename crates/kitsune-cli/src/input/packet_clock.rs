//! When the packets of rows came.

use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use kitsune_data::Batch;
use kitsune_data::packets::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use super::packet_columns::TIME;
use crate::console::text::shown;

/// The clock of the rows, by the rule of their statistics: it never goes back, and a packet that is more than a day ahead is not believed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct PacketClock(Clock);

/// The times at which some rows of a batch count.
#[derive(Debug)]
pub(crate) struct RowTimes {
    first: usize,
    /// Seconds since the first row of the run, never falling: `[rows]`.
    seconds: Vec<f64>,
}

impl PacketClock {
    /// Believes the time of the next row however far ahead it is.
    pub(crate) fn trust_next(&mut self) {
        self.0.trust_next();
    }

    /// Takes the next rows, whose column of times is passed through. `files` are those of the rows.
    ///
    /// # Errors
    ///
    /// If a row has no time, with its file and number.
    pub(crate) fn take(&mut self, batch: &Batch, rows: Range<usize>, files: &[PathBuf]) -> Result<RowTimes> {
        let times = batch.kept_column(TIME, &batch.lines()[rows.clone()])?.with_context(|| format!("the rows have no column {TIME}"))?;
        let first = rows.start;
        let times = times.iter().zip(rows).map(|(text, row)| time(text.as_deref()).with_context(|| position(batch, row, files)));
        Ok(self.count(first, &times.collect::<Result<Vec<_>>>()?))
    }

    /// Takes the times of the next rows, of which `first` is the index of the first one in its batch.
    pub(crate) fn count(&mut self, first: usize, times: &[Timestamp]) -> RowTimes {
        RowTimes { first, seconds: times.iter().map(|&time| self.0.at(time)).collect() }
    }
}

impl RowTimes {
    /// The time of a row, by its index in the batch.
    pub(crate) fn of(&self, row: usize) -> f64 {
        self.seconds[row - self.first]
    }

    /// The time of the last row; `None` without rows.
    pub(crate) fn last(&self) -> Option<f64> {
        self.seconds.last().copied()
    }
}

fn time(text: Option<&str>) -> Result<Timestamp> {
    let text = text.context("it is missing, and --alerts and --pool need the time of each row")?;
    text.parse::<Timestamp>().map_err(|error| anyhow!("{:?} is {error}", shown(text)))
}

/// Where a time stands, for messages.
fn position(batch: &Batch, row: usize, files: &[PathBuf]) -> String {
    /// Of the number of a row, the bits below hold its index in the file.
    const ROW_BITS: u32 = 40;
    let file = files.get((batch.numbers()[row] >> ROW_BITS) as usize);
    let file = file.map_or_else(String::new, |file| format!("{}, ", file.display()));
    format!("{file}row {}, column {TIME}", batch.row_numbers()[row])
}
