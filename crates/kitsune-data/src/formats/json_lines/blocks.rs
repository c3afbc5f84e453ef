//! The rows of a file in blocks, whether they are lines, objects one after another or the elements of an array.

use std::cell::Cell;
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::memchr;
use serde::de::IgnoredAny;

use super::blanks::trimmed_start;
use super::fault::not_json;
use super::scanner::{Arrangement, Misplaced, Scanner};
use crate::error::{Error, TextError};
use crate::fault::RowPosition;
use crate::formats::text_chunks::{Chunk, Chunks, LONGEST_ROW, end_of_lines, line_ends};
use crate::locations::input::Input;

/// Reads a file block by block.
pub(super) struct Blocks {
    file: PathBuf,
    chunks: Chunks<EndOfRows>,
    /// `None` as long as there were only blank lines.
    arrangement: Option<Arrangement>,
    scanner: Scanner,
    /// The element that has begun but not ended, and its line.
    begun: (Vec<u8>, u64),
    /// The number of elements so far.
    elements: u64,
    ended: bool,
}

/// The end of the last whole row of a text. Between elements, and inside them, a text may be cut anywhere.
type EndOfRows = Box<dyn Fn(&[u8]) -> usize + Send>;

/// Consecutive rows of a file, perhaps none.
pub(super) struct Block {
    text: Vec<u8>,
    /// The line in which the text begins, from 1.
    line: u64,
    /// The approximate number of bytes of the file, as it is stored, up to the end of the block.
    pub(super) bytes: u64,
    /// The number of elements before these, and the ranges of these in the text; `None` if each line is a row.
    elements: Option<(u64, Vec<Range<u32>>)>,
    /// What is wrong after the rows.
    pub(super) problem: Option<Error>,
}

/// Some rows of a block.
pub(super) enum Part<'b> {
    /// Whole lines, of which blank ones are no rows, and the number of the first.
    Lines(&'b [u8], u64),
    /// Elements, and their numbers.
    Elements(&'b Block, Range<usize>),
}

impl Blocks {
    /// `size` is the usual size of a block in bytes.
    pub(super) fn new(file: &Path, input: Input, size: usize) -> Result<Self, Error> {
        let chunks = Chunks::new(file, input, size, end_of_rows())?;
        // Another scanner takes over if the rows are elements of an array.
        let scanner = Scanner::new(Arrangement::Objects);
        Ok(Self { file: file.into(), chunks, arrangement: None, scanner, begun: (Vec::new(), 1), elements: 0, ended: false })
    }

    pub(super) fn next(&mut self) -> Result<Option<Block>, Error> {
        if self.ended {
            return Ok(None);
        }
        let Some(chunk) = self.chunks.next()? else {
            self.ended = true;
            return self.scanner.missing().map_or(Ok(None), |missing| Err(self.unfinished(missing)));
        };
        if self.arrangement.is_none() {
            self.arrangement = Arrangement::of(&chunk.text);
            self.scanner = Scanner::new(self.arrangement.unwrap_or(Arrangement::Objects));
        }
        match self.arrangement {
            None | Some(Arrangement::Lines) => {
                let Chunk { text, line, bytes } = chunk;
                Ok(Some(Block { text, line, bytes, elements: None, problem: None }))
            }
            Some(Arrangement::Objects | Arrangement::Array) => self.elements(chunk).map(Some),
        }
    }

    fn elements(&mut self, chunk: Chunk) -> Result<Block, Error> {
        let (mut text, mut line) = (chunk.text, chunk.line);
        let from = self.begun.0.len();
        if from > 0 {
            self.begun.0.append(&mut text);
            (text, line) = std::mem::take(&mut self.begun);
        }
        let mut ranges = Vec::new();
        let scanned = self.scanner.scan(&text, from, &mut ranges);
        let problem = scanned.err().map(|Misplaced { at, reason }| {
            self.ended = true;
            TextError::Misplaced { file: self.file.clone(), line: line + line_ends(&text[..at]), reason: reason.into() }.into()
        });
        let before = self.elements;
        self.elements += ranges.len() as u64;
        if let Some(begun) = self.scanner.begun() {
            self.begun = (text.split_off(begun), line + line_ends(&text));
            if self.begun.0.len() >= LONGEST_ROW {
                return Err(self.unfinished("it never ends"));
            }
        }
        Ok(Block { text, line, bytes: chunk.bytes, elements: Some((before, ranges)), problem })
    }

    /// The error about an element that has not ended where it should, or about an array.
    fn unfinished(&self, reason: &str) -> Error {
        let (file, (text, line)) = (self.file.clone(), &self.begun);
        if text.is_empty() {
            return TextError::Misplaced { file, line: self.chunks.line().saturating_sub(1), reason: reason.into() }.into();
        }
        let position = |lines: u64| object(line + lines, self.elements);
        match serde_json::from_slice::<IgnoredAny>(text) {
            Err(error) if !error.is_eof() => not_json(&error, &self.file, position(error.line().saturating_sub(1) as u64)),
            _ if text.len() >= LONGEST_ROW => TextError::LongRow { file, line: *line, limit: LONGEST_ROW }.into(),
            _ => TextError::NotJson { file, row: position(0), reason: reason.into() }.into(),
        }
    }
}

/// The position of an object, given its line and the number of objects before it.
fn object(line: u64, before: u64) -> RowPosition {
    RowPosition::Object { line, number: u32::try_from(before + 1).unwrap_or(u32::MAX) }
}

/// The end of rows for a file whose arrangement its first bytes show.
fn end_of_rows() -> EndOfRows {
    let arrangement = Cell::new(None);
    Box::new(move |text: &[u8]| {
        if arrangement.get().is_none() {
            arrangement.set(Arrangement::of(text));
        }
        match arrangement.get() {
            None => end_of_lines(&text[..text.len() - trimmed_start(text).len()]),
            Some(Arrangement::Lines) => end_of_lines(text),
            Some(Arrangement::Objects | Arrangement::Array) => text.len(),
        }
    })
}

impl Block {
    /// The number of bytes of its text.
    pub(super) fn length(&self) -> u64 {
        self.text.len() as u64
    }

    /// The rows in parts of at least `size` bytes, but for the last one.
    pub(super) fn parts(&self, size: usize) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let Some((_, ranges)) = &self.elements else {
            let (mut rest, mut line) = (&self.text[..], self.line);
            while !rest.is_empty() {
                let end = memchr(b'\n', rest.get(size..).unwrap_or_default()).map_or(rest.len(), |end| size + end + 1);
                let (part, after) = rest.split_at(end);
                parts.push(Part::Lines(part, line));
                line += line_ends(part);
                rest = after;
            }
            return parts;
        };
        let (mut first, mut bytes) = (0, 0);
        for (element, range) in ranges.iter().enumerate() {
            bytes += range.len();
            if bytes >= size || element + 1 == ranges.len() {
                parts.push(Part::Elements(self, first..element + 1));
                (first, bytes) = (element + 1, 0);
            }
        }
        parts
    }

    /// The number of elements before these, and the ranges of these.
    fn elements(&self) -> (u64, &[Range<u32>]) {
        self.elements.as_ref().map_or((0, &[]), |(before, ranges)| (*before, ranges))
    }
}

impl<'b> Part<'b> {
    /// The texts of the rows. Some lines may be blank.
    pub(super) fn rows(&self) -> Box<dyn Iterator<Item = &'b [u8]> + 'b> {
        match self {
            Self::Lines(text, _) => {
                let mut rest = *text;
                Box::new(iter::from_fn(move || {
                    let end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                    let (line, after) = rest.split_at(end);
                    rest = after;
                    (end > 0).then_some(line)
                }))
            }
            Self::Elements(block, elements) => {
                let ranges = &block.elements().1[elements.clone()];
                Box::new(ranges.iter().map(|range| &block.text[range.start as usize..range.end as usize]))
            }
        }
    }

    /// The position of a row, or of one of its lines, both counted from 0.
    pub(super) fn position(&self, row: usize, line: u64) -> RowPosition {
        match self {
            Self::Lines(_, first) => RowPosition::Line(first + row as u64 + line),
            Self::Elements(block, elements) => {
                let element = elements.start + row;
                let (before, ranges) = block.elements();
                let start = ranges[element].start as usize;
                object(block.line + line_ends(&block.text[..start]) + line, before + element as u64)
            }
        }
    }
}
