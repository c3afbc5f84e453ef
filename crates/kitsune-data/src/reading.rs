//! How files are read, as far as they do not say it themselves.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;

/// How files are read, as far as they do not say it themselves: what a model has to remember, so that later files are read alike.
/// [`Source::reading`](crate::Source::reading) gives it, and `Kitsune::reading` of kitsune-core keeps it as JSON.
///
/// | Name | Default | Purpose |
/// | --- | --- | --- |
/// | `missing_values` | none | words and numbers that stand for a missing value, besides the usual ones |
/// | `decimal_comma` | no | whether decimals have a comma |
/// | `conditions` | none | the conditions that rows must meet |
/// | `normal_labels` | the usual one | the labels of normal rows |
/// | `lags` | 0 | the number of rows before each row whose values are features of it |
/// | `columns` | all | the numbers of the features in files without names |
/// | `packets` | none | how the packets of captures became rows, if the rows are packets |
///
/// [`SourceOptions::with_reading`](crate::SourceOptions::with_reading) takes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Reading {
    /// Words and numbers that stand for a missing value, besides the usual ones: see
    /// [`SourceOptions::with_missing_values`](crate::SourceOptions::with_missing_values).
    pub missing_values: Vec<String>,
    /// Whether the decimals of CSV files have a comma: see [`SourceOptions::with_decimal_comma`](crate::SourceOptions::with_decimal_comma).
    pub decimal_comma: bool,
    /// The conditions that rows must meet: see [`Source::with_conditions`](crate::Source::with_conditions).
    pub conditions: Vec<Condition>,
    /// The labels of normal rows, if they were named: see [`Source::with_normal_labels`](crate::Source::with_normal_labels).
    pub normal_labels: Vec<String>,
    /// The number of rows before each row whose values are features of it: see [`Source::with_lags`](crate::Source::with_lags).
    pub lags: usize,
    /// The numbers of the features in the files, from 0, if the files have no names and not all of their columns are features: see
    /// [`Source::with_numbers`](crate::Source::with_numbers).
    pub columns: Vec<usize>,
    /// How the packets of captures become rows; `None` if the rows are none of packets: see
    /// [`SourceOptions::with_packets`](crate::SourceOptions::with_packets).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packets: Option<PacketReading>,
}

/// How the packets of captures become rows of statistics.
///
/// | Name | Default | Purpose |
/// | --- | --- | --- |
/// | `statistics` | 100 | the number of statistics of a packet: 100, or 115 with those of the source's address alone |
/// | `max_streams` | 1,000,000 | the number of streams and pairs of streams that are held at most, at least 64 |
/// | `inner` | no | whether a packet in a tunnel has the addresses inside of it |
/// | `link_types` | none | what the packets begin with, by the numbers of `LINKTYPE_…`: told by a source, and compared with that of other captures |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PacketReading {
    /// The number of statistics of a packet: 100 or 115.
    pub statistics: usize,
    /// The number of streams that are held at most.
    pub max_streams: usize,
    /// Whether a packet in a tunnel has the addresses inside of it, and not those of the ends of the tunnel.
    pub inner: bool,
    /// The link types that were met, ascending. A packet has another length with each, so that a model of one fits no other.
    pub link_types: Vec<u16>,
}

impl Default for PacketReading {
    fn default() -> Self {
        Self { statistics: 100, max_streams: 1_000_000, inner: false, link_types: Vec::new() }
    }
}
