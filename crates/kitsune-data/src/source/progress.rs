//! The progress of a pass.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::formats::table::Skipped;
use crate::remark::Remark;
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
    unmatched: AtomicU64,
    incomplete: AtomicU64,
    repeated_headers: AtomicU64,
    comments: AtomicU64,
    dropped: AtomicU64,
    filled: AtomicU64,
    bytes: AtomicU64,
    remarks: Mutex<Vec<Remark>>,
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

    /// The rows that were read and left out because they do not meet the conditions of
    /// [`Source::with_conditions`](crate::Source::with_conditions).
    pub fn unmatched(&self) -> u64 {
        self.inner.unmatched.load(Ordering::Relaxed)
    }

    /// The rows that were read and dropped because their file has too few rows before them for
    /// [`Source::with_lags`](crate::Source::with_lags).
    pub fn incomplete(&self) -> u64 {
        self.inner.incomplete.load(Ordering::Relaxed)
    }

    /// The rows that were skipped because they are the header of their file once more. They have neither a number nor a line in outputs.
    pub fn repeated_headers(&self) -> u64 {
        self.inner.repeated_headers.load(Ordering::Relaxed)
    }

    /// The comments that were skipped. They have neither a number nor a line in outputs.
    pub fn comments(&self) -> u64 {
        self.inner.comments.load(Ordering::Relaxed)
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

    /// What is to be said of the packets of captures, up to the last file that was read to its end: what was odd, how often, and what became of
    /// it. Packets without any address have a line in outputs, but no values and no results.
    pub fn remarks(&self) -> Vec<Remark> {
        self.inner.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_remarks(&self, remarks: Vec<Remark>) {
        *self.inner.remarks.lock().unwrap_or_else(PoisonError::into_inner) = remarks;
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.inner.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_left_out(&self, rows: usize) {
        self.inner.left_out.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_unmatched(&self, rows: usize) {
        self.inner.unmatched.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_incomplete(&self, rows: usize) {
        self.inner.incomplete.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_skipped(&self, skipped: Skipped) {
        self.inner.repeated_headers.fetch_add(skipped.headers as u64, Ordering::Relaxed);
        self.inner.comments.fetch_add(skipped.comments as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_treated(&self, treated: &Treated) {
        self.inner.dropped.fetch_add(treated.dropped as u64, Ordering::Relaxed);
        self.inner.filled.fetch_add(treated.filled as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_bytes(&self, bytes: u64) {
        self.inner.bytes.store(bytes, Ordering::Relaxed);
    }
}
