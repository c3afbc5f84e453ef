//! How rows are read: as the options say, or else as the model remembers it.

use anyhow::{Context, Result};
use kitsune_data::{Condition, Reading};

use crate::input::trained::Trained;

/// What the options say of how rows are read; `None` leaves it to the model.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadingOptions {
    pub(crate) missing_values: Option<Vec<String>>,
    pub(crate) decimal_comma: bool,
    pub(crate) conditions: Option<Vec<Condition>>,
    /// The labels of normal rows.
    pub(crate) normal_labels: Option<Vec<String>>,
    pub(crate) lags: Option<usize>,
    pub(crate) packets: PacketOptions,
}

/// What the options say of how packets become rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct PacketOptions {
    pub(crate) statistics: Option<usize>,
    pub(crate) max_streams: Option<usize>,
    /// Whether the addresses inside of tunnels are wanted.
    pub(crate) inner: bool,
}

impl ReadingOptions {
    /// The reading that a model remembers, with the options in place of what they name.
    pub(crate) fn over(&self, remembered: Reading) -> Reading {
        let mut reading = remembered;
        reading.decimal_comma |= self.decimal_comma;
        replace(&mut reading.missing_values, self.missing_values.as_ref());
        replace(&mut reading.conditions, self.conditions.as_ref());
        replace(&mut reading.normal_labels, self.normal_labels.as_ref());
        replace(&mut reading.lags, self.lags.as_ref());
        let mut packets = reading.packets.unwrap_or_default();
        replace(&mut packets.statistics, self.packets.statistics.as_ref());
        replace(&mut packets.max_streams, self.packets.max_streams.as_ref());
        packets.inner |= self.packets.inner;
        reading.packets = Some(packets);
        reading
    }
}

fn replace<T: Clone>(value: &mut T, by: Option<&T>) {
    if let Some(by) = by {
        value.clone_from(by);
    }
}

/// What a model remembers of how its rows were read.
pub(crate) fn remembered(model: &impl Trained) -> Result<Reading> {
    let reading = model.reading().cloned().map(serde_json::from_value).transpose();
    Ok(reading.context("the model says in another way than this version knows how its rows were read")?.unwrap_or_default())
}
