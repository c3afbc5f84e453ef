//! The report page: one HTML file about the rows of a run, which needs neither a network nor other files.
//!
//! A [`Recorder`] takes scores and flagged rows batch by batch, in memory that does not grow with the rows. A [`Report`] draws them. The page
//! depends on no clock and no random number, so the same run gives the same bytes.

mod axis;
mod chart;
mod cluster;
mod cluster_list;
pub(crate) mod collect;
pub(crate) mod curves;
mod figure;
mod flagged;
mod flagged_table;
mod histogram;
mod numbers;
mod page;
mod quality;
mod recorder;
mod score_figure;
mod series;
mod summary;
mod text;
mod ticks;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::Result;
use kitsune_data::OutputFolder;

use crate::report::cluster::Cluster;
use crate::report::curves::Curves;
use crate::report::recorder::Recorder;

/// The name of the page in its folder.
const FILE: &str = "report.html";

/// The contents of a page.
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
    pub(crate) recorder: Recorder,
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

impl Report {
    /// Writes the page into a folder and returns its path.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then an older page in the folder stays as it was.
    pub(crate) fn write(&self, folder: &OutputFolder) -> Result<PathBuf> {
        let page = page::page(self)?.into_string();
        Ok(folder.write(FILE, page.as_bytes())?)
    }
}
