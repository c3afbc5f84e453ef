//! The text of a file in chunks of whole rows.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr_iter, memrchr};

use crate::error::{Error, TextError};
use crate::locations::input::Input;

/// The longest row that is read. Without a limit, a quote that is never closed would load the whole file into memory.
pub(crate) const LONGEST_ROW: usize = 64 << 20;
/// The size of a read from an input that is still being written.
const LIVE_BYTES: usize = 64 << 10;
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file in chunks that end where a row ends. The format decides where a row ends.
///
/// The last row always ends with a line end, which is added if the file has none. A byte order mark is removed.
pub(crate) struct Chunks<E> {
    path: PathBuf,
    input: Input,
    /// The usual size of a chunk. A chunk is longer if it would not hold a whole row.
    size: usize,
    /// Returns the end of the last whole row of a text.
    end_of_rows: E,
    /// The text that was read but not returned yet.
    buffer: Vec<u8>,
    line: u64,
    ended: bool,
}

/// Whole rows, at least one.
pub(crate) struct Chunk {
    pub(crate) text: Vec<u8>,
    /// The line in which the chunk begins, from 1.
    pub(crate) line: u64,
    /// The approximate number of bytes of the file, as it is stored, up to the end of the chunk.
    pub(crate) bytes: u64,
}

impl<E: Fn(&[u8]) -> usize> Chunks<E> {
    /// `path` is the name of the file in errors.
    pub(crate) fn new(path: &Path, input: Input, size: usize, end_of_rows: E) -> Result<Self, Error> {
        let mut chunks = Self { path: path.into(), input, size, end_of_rows, buffer: Vec::new(), line: 1, ended: false };
        while !chunks.ended && chunks.buffer.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&chunks.buffer) {
            chunks.fill(size.max(BYTE_ORDER_MARK.len()))?;
        }
        if chunks.buffer.starts_with(BYTE_ORDER_MARK) {
            chunks.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(chunks)
    }

    pub(crate) fn next(&mut self) -> Result<Option<Chunk>, Error> {
        let mut size = self.size;
        loop {
            // Rows that have arrived do not wait for later ones.
            if !self.input.is_live() || (self.end_of_rows)(&self.buffer) == 0 {
                self.fill(size)?;
            }
            let end = (self.end_of_rows)(&self.buffer);
            if end > 0 {
                let rest = self.buffer[end..].to_vec();
                let mut text = std::mem::replace(&mut self.buffer, rest);
                text.truncate(end);
                let chunk = Chunk { line: self.line, bytes: self.input.consumed(), text };
                self.line += line_ends(&chunk.text);
                return Ok(Some(chunk));
            }
            if self.ended {
                // Every line is ended by now, so the rest is a row whose quote is open.
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(TextError::OpenQuote { file: self.path.clone(), line: self.line }.into())
                };
            }
            if self.buffer.len() >= LONGEST_ROW {
                return Err(TextError::LongRow { file: self.path.clone(), line: self.line, limit: LONGEST_ROW }.into());
            }
            if self.buffer.len() >= size {
                size = self.buffer.len() * 2;
            }
        }
    }

    /// The line after the last chunk.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Reads until the buffer holds `size` bytes. From an input that is still being written it reads what has arrived.
    fn fill(&mut self, size: usize) -> Result<(), Error> {
        let missing = size.saturating_sub(self.buffer.len());
        if self.ended || missing == 0 {
            return Ok(());
        }
        let before = self.buffer.len();
        if self.input.is_live() {
            self.buffer.resize(before + missing.min(LIVE_BYTES), 0);
            let read = loop {
                match self.input.read(&mut self.buffer[before..]) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let read = read.map_err(Error::read(&self.path))?;
            self.buffer.truncate(before + read);
            self.ended = read == 0;
        } else {
            self.buffer.reserve_exact(missing + 1);
            let read = (&mut self.input).take(missing as u64).read_to_end(&mut self.buffer).map_err(Error::read(&self.path))?;
            self.ended = read < missing;
        }
        if self.ended && self.buffer.last().is_some_and(|&byte| byte != b'\n') {
            self.buffer.push(b'\n');
        }
        Ok(())
    }
}

/// The number of line ends in a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// The end of the last whole line of a text.
pub(crate) fn end_of_lines(text: &[u8]) -> usize {
    memrchr(b'\n', text).map_or(0, |at| at + 1)
}
