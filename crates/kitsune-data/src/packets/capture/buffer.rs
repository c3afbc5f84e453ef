//! The bytes of a capture that were read, but not yet used.

use std::io::{ErrorKind, Read, Result};
use std::ops::Range;

/// Enough for thousands of packets, and for any but those of a faulty or malicious capture.
const FIRST_BYTES: usize = 1 << 20;

/// A buffer in front of a reader: what lies ahead is in one piece, and what was passed stays until more is read.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    reader: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes to pass over that have not been read yet.
    to_skip: u64,
    position: u64,
}

impl<R: Read> Buffer<R> {
    /// The most bytes that can lie ahead.
    pub(super) const LARGEST: usize = 64 << 20;

    pub(super) fn new(reader: R) -> Self {
        Self { reader, bytes: vec![0; FIRST_BYTES], start: 0, end: 0, to_skip: 0, position: 0 }
    }

    /// Whether `wanted` bytes lie ahead, reading what is missing; no if the stream ends before. Nothing is lost if reading fails.
    #[inline]
    pub(super) fn ahead(&mut self, wanted: usize) -> Result<bool> {
        if self.to_skip == 0 && self.end - self.start >= wanted { Ok(true) } else { self.read_ahead(wanted) }
    }

    /// What lies ahead and was read already.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.within(self.start..self.end)
    }

    /// Where `length` bytes are that begin `offset` bytes ahead, for `within`. It holds until the next reading.
    #[inline]
    pub(super) fn range(&self, offset: usize, length: usize) -> Range<usize> {
        self.start + offset..self.start + offset + length
    }

    /// The bytes of a range.
    #[inline]
    pub(super) fn within(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Passes over `length` bytes, which need not have been read.
    #[inline]
    pub(super) fn consume(&mut self, length: u64) {
        let present = length.min((self.end - self.start) as u64);
        self.start += present as usize;
        self.position += present;
        self.to_skip += length - present;
    }

    /// The number of bytes that were passed.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether there is a rest, or should have been one.
    pub(super) fn has_rest(&self) -> bool {
        self.start < self.end || self.to_skip > 0
    }

    #[cold]
    fn read_ahead(&mut self, wanted: usize) -> Result<bool> {
        loop {
            if self.to_skip > 0 {
                let skipped = std::mem::take(&mut self.to_skip);
                self.consume(skipped);
            }
            if self.to_skip == 0 && self.end - self.start >= wanted {
                return Ok(true);
            }
            // Moving what is left costs little if it is the smaller half, and makes room for large reads.
            if self.start > self.bytes.len() / 2 || self.start == self.end || self.end == self.bytes.len() {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            // A length is believed only as far as there are bytes: it costs no memory to claim a large one.
            if self.end == self.bytes.len() {
                if self.end >= Self::LARGEST {
                    return Ok(false);
                }
                self.bytes.resize((self.end * 2).min(Self::LARGEST), 0);
            }
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            let most = room.len();
            match self.reader.read(room) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read.min(most),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
