//! How rows are read: as the options say, or else as the model remembers it.

use super::error::InputError;
use super::trained::Trained;
use crate::condition::Condition;
use crate::reading::{PacketReading, Reading};

/// What the options say of how rows are read; `None` leaves it to the model.
#[derive(Debug, Clone, Default)]
pub struct ReadingOptions {
    /// Further words and numbers that stand for a missing value.
    pub missing_values: Option<Vec<String>>,
    /// Whether decimals have a comma.
    pub decimal_comma: bool,
    /// The conditions that rows must meet.
    pub conditions: Option<Vec<Condition>>,
    /// The labels of normal rows.
    pub normal_labels: Option<Vec<String>>,
    /// The number of rows before each row whose values are features of it.
    pub lags: Option<usize>,
    /// How packets become rows.
    pub packets: PacketOptions,
}

/// What the options say of how packets become rows.
#[derive(Debug, Clone, Default)]
pub struct PacketOptions {
    /// The number of statistics of a packet.
    pub statistics: Option<usize>,
    /// The number of streams that are held at most.
    pub max_streams: Option<usize>,
    /// Whether the addresses inside of tunnels are wanted.
    pub inner: bool,
}

impl ReadingOptions {
    /// The reading that a model remembers, with the options in place of what they name.
    pub(super) fn over(&self, remembered: Reading) -> Reading {
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
///
/// # Errors
///
/// If it says so in a way that this version does not know.
pub fn remembered(model: &impl Trained) -> Result<Reading, InputError> {
    let reading = model.reading().cloned().map(serde_json::from_value).transpose();
    Ok(reading.map_err(InputError::Reading)?.unwrap_or_default())
}

/// How packets become rows that have these features, if a model was trained on statistics that were extracted before.
pub(super) fn packets_of(names: &[String]) -> Option<PacketReading> {
    let has_source_host = names.iter().any(|name| name.starts_with("H_L"));
    has_source_host.then(|| PacketReading { statistics: 115, ..PacketReading::default() })
}
