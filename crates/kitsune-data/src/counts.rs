use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a [`Pass`](crate::Pass) is; a cheap handle that may be kept and read on any thread.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rows: AtomicU64,
    left_out: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    /// The rows that the pass has yielded.
    pub fn rows(&self) -> u64 {
        self.inner.rows.load(Ordering::Relaxed)
    }

    /// The rows that were read and left out because of their label.
    pub fn left_out(&self) -> u64 {
        self.inner.left_out.load(Ordering::Relaxed)
    }

    /// The bytes of files that were gone through, about; never more than [`Source::bytes`](crate::Source::bytes).
    pub fn bytes(&self) -> u64 {
        self.inner.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.inner.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_left_out(&self, rows: usize) {
        self.inner.left_out.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_bytes(&self, bytes: u64) {
        self.inner.bytes.store(bytes, Ordering::Relaxed);
    }
}
