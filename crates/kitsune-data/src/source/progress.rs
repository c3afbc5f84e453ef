//! The progress of a pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::rows::missing::Treated;

/// How far a [`Pass`](crate::Pass) is. It is a cheap handle, whose clones can be read on any thread.
#[derive(Clone, Debug, Default)]
pub struct PassProgress {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rows: AtomicU64,
    left_out: AtomicU64,
    dropped: AtomicU64,
    filled: AtomicU64,
    bytes: AtomicU64,
}

impl PassProgress {
    /// A handle for a pass that starts later.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows that the pass has yielded.
    pub fn rows(&self) -> u64 {
        self.inner.rows.load(Ordering::Relaxed)
    }

    /// The rows that were read and left out because of their label.
    pub fn left_out(&self) -> u64 {
        self.inner.left_out.load(Ordering::Relaxed)
    }

    /// The rows that were read and dropped because of missing values.
    pub fn dropped(&self) -> u64 {
        self.inner.dropped.load(Ordering::Relaxed)
    }

    /// The missing values that were filled.
    pub fn filled(&self) -> u64 {
        self.inner.filled.load(Ordering::Relaxed)
    }

    /// The approximate number of bytes of the files that were read, as they are stored.
    pub fn bytes(&self) -> u64 {
        self.inner.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.inner.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_left_out(&self, rows: usize) {
        self.inner.left_out.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_treated(&self, treated: &Treated) {
        self.inner.dropped.fetch_add(treated.omitted.len() as u64, Ordering::Relaxed);
        self.inner.filled.fetch_add(treated.filled as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_bytes(&self, bytes: u64) {
        self.inner.bytes.store(bytes, Ordering::Relaxed);
    }
}
