//! The check of the rows of a CSV chunk before it is parsed.

use std::path::Path;

use memchr::memchr;

use super::cells::{Dialect, QUOTE};
use crate::error::{Error, TextError};
use crate::formats::text_chunks::{Chunk, line_ends};

/// Scans the bytes of one chunk after the other before they are parsed. It checks that each row has all cells, and finds blank lines.
///
/// Blank lines are allowed at the end of a file and an error anywhere else; only a later chunk may show which case it is.
pub(super) struct Scanner<'a> {
    file: &'a Path,
    dialect: Dialect,
    width: usize,
    blank: Option<u64>,
}

/// A chunk after the scan.
pub(super) struct Scanned {
    /// The rows before any problem, without the blank lines after them.
    pub(super) text: Vec<u8>,
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// The bytes of the file, as it is stored, up to its end, about.
    pub(super) bytes: u64,
    pub(super) rows: usize,
    /// Whether there is any quote in the chunk.
    pub(super) quoted: bool,
    /// What ends the file early.
    pub(super) problem: Option<Error>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(file: &'a Path, dialect: Dialect, width: usize) -> Self {
        Self { file, dialect, width, blank: None }
    }

    pub(super) fn scan(&mut self, chunk: Chunk) -> Scanned {
        let Chunk { text, line: first_line, bytes } = chunk;
        let quoted = memchr(QUOTE, &text).is_some();
        let mut scanned = Scanned { text: Vec::new(), line: first_line, bytes, rows: 0, quoted, problem: None };
        let (mut line, mut at, mut end) = (first_line, 0, 0);
        let dialect = self.dialect;
        while let Some(row) = if quoted { dialect.row(&text[at..]) } else { dialect.plain_row(&text[at..]) } {
            let content = &text[at..at + row.length];
            at += row.length;
            if row.cells == 1 && content.trim_ascii().is_empty() {
                self.blank.get_or_insert(line);
            } else if let Some(problem) = (row.cells > 0).then(|| self.problem(line, row.cells)).flatten() {
                scanned.problem = Some(problem);
                break;
            } else if row.cells > 0 {
                // A comment does not move the end, since it may come after blank lines.
                end = at;
                scanned.rows += 1;
            }
            line += if quoted { line_ends(content) } else { 1 };
        }
        scanned.text = text;
        scanned.text.truncate(end);
        scanned
    }

    fn problem(&self, line: u64, cells: usize) -> Option<Error> {
        if let Some(blank) = self.blank {
            return Some(TextError::BlankLine { file: self.file.into(), line: blank }.into());
        }
        (cells != self.width).then(|| TextError::RowWidth { file: self.file.into(), line, found: cells, expected: self.width }.into())
    }
}
