//! A file as a stream of decompressed bytes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compression::decompressed;

/// A file from its start to its end, decompressed while it is read.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
    live: bool,
}

impl Input {
    /// Waits for the first bytes.
    pub(super) fn new(stored: impl Read + Send + 'static, live: bool) -> io::Result<Self> {
        let consumed = Arc::new(AtomicU64::new(0));
        let reader = decompressed(Counted { stored, consumed: Arc::clone(&consumed), ended: false })?;
        Ok(Self { reader, consumed, live })
    }

    /// The number of bytes that were read, as they are stored: compressed, if the file is.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// The same number as it changes, for whoever gives the input away.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.consumed)
    }

    /// Whether the file is still being written, so that bytes that have arrived must not wait for later ones.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }
}

impl Read for Input {
    /// From a live stream, returns what one read gives.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

struct Counted<R> {
    stored: R,
    consumed: Arc<AtomicU64>,
    /// Whether the end was reached. It is not read again: a terminal would continue.
    ended: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let length = self.stored.read(buffer)?;
        self.ended = length == 0;
        self.consumed.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
