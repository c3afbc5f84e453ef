//! The report page: one HTML file that shows what a run found, without a network and without anything beside it.
//!
//! A [`Recorder`] takes scores and flagged rows batch by batch, in memory that does not grow with the rows; a [`Report`] draws them.
//! The page holds no clock and no random number: the same run gives the same bytes.

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

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::report::cluster::Cluster;
use crate::report::curves::Curves;
use crate::report::recorder::Recorder;

/// The name of the page in its folder.
const FILE: &str = "report.html";

/// What a page tells.
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
    /// Where the rows have labels.
    pub(crate) curves: Option<Curves>,
    pub(crate) recorder: Recorder,
}

/// From which score on a row is flagged.
#[derive(Debug)]
pub(crate) struct ShownThreshold {
    pub(crate) value: f64,
    /// How it was found, as `--threshold` names it.
    pub(crate) kind: String,
    /// The share of normal rows that it is stated to flag, 0-1.
    pub(crate) alert_rate: Option<f64>,
}

impl Report {
    /// Writes the page into a folder, which is made if it is missing, and gives its path.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then there is no page under its name, or the one that was there before.
    pub(crate) fn write(&self, dir: &Path) -> Result<PathBuf> {
        let page = page::page(self)?.into_string();
        let path = dir.join(FILE);
        write_atomically(dir, &path, page.as_bytes()).with_context(|| format!("cannot write the report {}", path.display()))?;
        Ok(path)
    }
}

fn write_atomically(dir: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".report-").suffix(".tmp");
    #[cfg(unix)]
    {
        // The temporary file becomes the page: readable as any other new file, not by its owner alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
