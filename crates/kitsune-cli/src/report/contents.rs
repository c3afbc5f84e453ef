//! The contents of a page.

use super::cluster::Cluster;
use super::curves::Curves;
use super::recorder::Recorder;
use super::timeline::Timeline;
use crate::scoring::drift::NamedDrift;

/// Everything that a page shows.
#[derive(Debug)]
pub(crate) struct Report {
    /// The model file, as it was named.
    pub(crate) model: String,
    /// The rows, as they were named.
    pub(crate) data: String,
    /// The kind of the score, as `--score` names it.
    pub(crate) score: String,
    pub(crate) threshold: Option<ShownThreshold>,
    pub(crate) clusters: Vec<Cluster>,
    /// The curves of rows with labels.
    pub(crate) curves: Option<Curves>,
    pub(crate) drift: NamedDrift,
    pub(crate) recorder: Recorder,
    /// Packets and alerts over time, if the rows are packets.
    pub(crate) timeline: Option<Timeline>,
}

/// The threshold of a page.
#[derive(Debug)]
pub(crate) struct ShownThreshold {
    pub(crate) value: f64,
    /// Its kind, as `--threshold` names it.
    pub(crate) kind: String,
    /// The share of normal rows that it should flag, 0-1, if it was fitted.
    pub(crate) alert_rate: Option<f64>,
}
