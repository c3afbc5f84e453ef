use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter, memrchr};

use super::cells::{self, QUOTE};
use crate::Error;

/// No row may be longer, or a quote that is never closed would draw a whole file into memory.
const LONGEST_ROW: usize = 64 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file in chunks that end where a row ends.
///
/// The last row always ends with a line end, which is added where the file has none; a byte order mark is dropped.
pub(super) struct Chunks {
    path: PathBuf,
    file: File,
    /// How long chunks should be; one that would not hold a whole row is longer.
    size: usize,
    /// What was read: the chunk that was handed out last, and what comes after it.
    buffer: Vec<u8>,
    handed_out: usize,
    line: u64,
    ended: bool,
}

/// Whole rows, at least one.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) text: &'a [u8],
    /// The line on which it begins, from 1.
    pub(super) line: u64,
}

impl Chunks {
    pub(super) fn open(path: &Path, size: usize) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::read(path))?;
        let mut chunks = Self { path: path.into(), file, size, buffer: Vec::new(), handed_out: 0, line: 1, ended: false };
        chunks.fill(size.max(BYTE_ORDER_MARK.len()))?;
        if chunks.buffer.starts_with(BYTE_ORDER_MARK) {
            chunks.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(chunks)
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        self.line += line_ends(&self.buffer[..self.handed_out]);
        self.buffer.drain(..self.handed_out);
        self.handed_out = 0;
        let mut size = self.size;
        loop {
            self.fill(size)?;
            self.handed_out = end_of_rows(&self.buffer);
            if self.handed_out > 0 {
                return Ok(Some(Chunk { text: &self.buffer[..self.handed_out], line: self.line }));
            }
            if self.ended {
                // Every line is ended by now, so only an open quote can keep text from being a row.
                return if self.buffer.is_empty() { Ok(None) } else { Err(Error::OpenQuote { file: self.path.clone(), line: self.line }) };
            }
            if size >= LONGEST_ROW {
                return Err(Error::LongRow { file: self.path.clone(), line: self.line, limit: LONGEST_ROW });
            }
            size = self.buffer.len().max(size) * 2;
        }
    }

    fn fill(&mut self, size: usize) -> Result<(), Error> {
        let missing = size.saturating_sub(self.buffer.len());
        if self.ended || missing == 0 {
            return Ok(());
        }
        self.buffer.reserve_exact(missing + 1);
        let read = (&mut self.file).take(missing as u64).read_to_end(&mut self.buffer).map_err(Error::read(&self.path))?;
        if read < missing {
            self.ended = true;
            if self.buffer.last().is_some_and(|&byte| byte != b'\n') {
                self.buffer.push(b'\n');
            }
        }
        Ok(())
    }
}

/// How many lines end in a text.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// Where the last whole row of a text ends.
fn end_of_rows(text: &[u8]) -> usize {
    if memchr(QUOTE, text).is_none() {
        return memrchr(b'\n', text).map_or(0, |at| at + 1);
    }
    let mut end = 0;
    while let Some((length, _)) = cells::row(&text[end..]) {
        end += length;
    }
    end
}
