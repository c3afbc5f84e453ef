//! A source whose files are decoded once.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::Source;
use super::cached_rows::{CachedRows, Recorder};
use super::pass::Pass;
use crate::error::Error;

/// A [`Source`] whose files are decoded once: the first pass 0 that reaches its end keeps its rows, and the passes 1, 2 and so on replay them, in the
/// very order in which the source itself would have them.
///
/// A training passes over its rows once for the statistics and once for each epoch, so that every pass but the first is spared the files. Rows that
/// are neither in memory nor in the temporary file are read again, so that the rows of a pass never depend on the cache. Only their type does: where each
/// value of all rows is exact in f32, the passes after the first have f32.
///
/// With the feature `kitsune-core` it is a `RowSource` of that crate. A replayed pass has rows and their numbers, without labels and without columns that
/// are passed through.
#[derive(Debug)]
pub struct CachedSource {
    source: Source,
    bytes: usize,
    folder: Option<PathBuf>,
    rows: Arc<OnceLock<CachedRows>>,
}

impl Source {
    /// Keeps at most so many `bytes` of decoded rows in memory: 8 for a value, or 4 where each value of some consecutive rows is exact in f32.
    #[must_use]
    pub fn cached(self, bytes: usize) -> CachedSource {
        CachedSource { source: self, bytes, folder: None, rows: Arc::default() }
    }
}

impl CachedSource {
    /// Writes the rows that memory does not hold to a temporary file without a name in this folder. If it cannot be written, the rows are read again
    /// by each pass.
    #[must_use]
    pub fn with_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    /// The source without a cache.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the rows are kept: later passes do not read the files.
    pub fn is_complete(&self) -> bool {
        self.rows.get().is_some()
    }

    /// Starts to read all rows once, as [`Source::pass`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Source::pass`].
    pub fn pass(&self, epoch: usize) -> Result<Pass, Error> {
        match self.rows.get() {
            None if epoch == 0 => {
                let recorder = |kind| Recorder::new(Arc::clone(&self.rows), kind, self.source.files.len(), self.bytes, self.folder.clone());
                self.source.recorded_pass(recorder)
            }
            Some(rows) if epoch > 0 => self.source.replayed_pass(epoch, Arc::clone(&self.rows), rows.precision()),
            _ => self.source.pass(epoch),
        }
    }
}
