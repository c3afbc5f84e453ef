use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use memchr::memchr_iter;

use crate::error::{Error, TextError};
use crate::locations::input::Input;

/// Large enough to be spread over threads, small enough that a few of them do not matter.
pub(crate) const CHUNK_BYTES: usize = 8 << 20;
/// No row may be longer, or a quote that is never closed would draw a whole file into memory.
const LONGEST_ROW: usize = 64 << 20;
/// What is asked of an input that may have little to give for now.
const LIVE_BYTES: usize = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file in chunks that end where a row ends; where that is, the format says.
///
/// The last row always ends with a line end, which is added where the file has none; a byte order mark is dropped.
pub(crate) struct Chunks<E> {
    path: PathBuf,
    input: Input,
    /// How long chunks should be; one that would not hold a whole row is longer.
    size: usize,
    /// Where the last whole row of a text ends.
    end_of_rows: E,
    /// What was read and not yet handed out.
    buffer: Vec<u8>,
    line: u64,
    ended: bool,
}

/// Whole rows, at least one.
pub(crate) struct Chunk {
    pub(crate) text: Vec<u8>,
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// The bytes of the file, as it is stored, up to its end, about.
    pub(crate) bytes: u64,
}

impl<E: Fn(&[u8]) -> usize> Chunks<E> {
    /// `path` is the name to tell.
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
            // Rows that are there already are not kept back for more to come.
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
                // Every line is ended by now, so only an open quote can keep text from being a row.
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

    /// Reads on until there are `size` bytes, or, where more may take its time, whatever there is.
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

/// How many lines end in a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}
