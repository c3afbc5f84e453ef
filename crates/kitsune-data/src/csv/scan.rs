use std::path::Path;

use memchr::{memchr, memchr_iter};

use super::cells::{self, QUOTE};
use super::chunks::{Chunk, line_ends};
use crate::Error;

/// Looks at the bytes of chunk after chunk, before anything is parsed: whether each row has its cells, and where lines are blank.
///
/// Blank lines are nothing at the end of a file and an error anywhere else; which it is may show only in a later chunk.
pub(super) struct Scanner<'a> {
    file: &'a Path,
    width: usize,
    blank: Option<u64>,
}

/// What a chunk is.
pub(super) struct Scan<'a> {
    /// The rows before any problem, without the blank lines after them.
    pub(super) text: &'a [u8],
    pub(super) rows: usize,
    /// Whether there is any quote in the chunk.
    pub(super) quoted: bool,
    /// What ends the file early.
    pub(super) problem: Option<Error>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(file: &'a Path, width: usize) -> Self {
        Self { file, width, blank: None }
    }

    pub(super) fn scan<'t>(&mut self, chunk: Chunk<'t>) -> Scan<'t> {
        let quoted = memchr(QUOTE, chunk.text).is_some();
        let mut scan = Scan { text: &[], rows: 0, quoted, problem: None };
        let mut line = chunk.line;
        let mut at = 0;
        while let Some((length, cells)) = if quoted { cells::row(&chunk.text[at..]) } else { plain_row(&chunk.text[at..]) } {
            let row = &chunk.text[at..at + length];
            at += length;
            if row.trim_ascii().is_empty() {
                self.blank.get_or_insert(line);
            } else if let Some(problem) = self.problem(line, cells) {
                scan.problem = Some(problem);
                break;
            } else {
                scan.text = &chunk.text[..at];
                scan.rows += 1;
            }
            line += if quoted { line_ends(row) } else { 1 };
        }
        scan
    }

    fn problem(&self, line: u64, cells: usize) -> Option<Error> {
        if let Some(blank) = self.blank {
            return Some(Error::BlankLine { file: self.file.into(), line: blank });
        }
        (cells != self.width).then(|| Error::RowWidth { file: self.file.into(), line, found: cells, expected: self.width })
    }
}

/// What [`cells::row`] says, for text without quotes.
fn plain_row(text: &[u8]) -> Option<(usize, usize)> {
    let end = memchr(b'\n', text)?;
    Some((end + 1, memchr_iter(b',', &text[..end]).count() + 1))
}
