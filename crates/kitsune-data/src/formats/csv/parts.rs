//! A chunk divided into parts of whole rows, which threads parse side by side.

use std::ops::Range;

use super::cells::Dialect;
use crate::formats::table::Skipped;
use crate::formats::text_chunks::{Chunk, line_ends};

/// Large enough to be shared among threads, and so small that the numbers of a chunk are still in a near cache when they are used.
pub(super) const CHUNK_BYTES: usize = 2 << 20;

/// The size is so small that the threads of a large machine finish a chunk at about the same time, and so large that handing a part to a
/// thread costs little.
pub(super) const PART_BYTES: usize = 128 << 10;

/// A chunk and how it is divided.
pub(super) struct Divided {
    pub(super) chunk: Chunk,
    pub(super) parts: Vec<Part>,
    /// What was skipped before the chunk.
    pub(super) leading: Skipped,
}

/// Whole rows of a chunk.
pub(super) struct Part {
    /// The range of their bytes in the text of the chunk.
    pub(super) bytes: Range<usize>,
    /// The line in which they begin, from 1.
    pub(super) line: u64,
    /// An upper bound on the number of good rows.
    pub(super) most_rows: usize,
}

/// Divides a chunk of rows that should have `width` cells into parts of about `size` bytes.
pub(super) fn divided(chunk: Chunk, dialect: Dialect, width: usize, size: usize) -> Divided {
    let (mut parts, mut start, mut line) = (Vec::new(), 0, chunk.line);
    while start < chunk.text.len() {
        let rest = &chunk.text[start..];
        let mut length = 0;
        let mut size = size;
        while length == 0 {
            length = dialect.end_of_rows(&rest[..size.min(rest.len())]);
            size *= 2;
        }
        let lines = line_ends(&rest[..length]);
        // A cell takes at least one byte, its delimiter or line end, and lines may be blank. The parser begins one more row before it finds
        // that the row is bad.
        let most_rows = (lines as usize).min(length / width.max(1) + 1);
        parts.push(Part { bytes: start..start + length, line, most_rows });
        start += length;
        line += lines;
    }
    Divided { chunk, parts, leading: Skipped::default() }
}
