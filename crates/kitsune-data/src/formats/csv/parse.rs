//! The parser of CSV chunks: the threads share the parts of a chunk, and turn rows into numbers in one pass over the bytes.

use std::path::Path;

use rayon::prelude::*;

use super::parts::{Divided, Part};
use super::plan::Plan;
use super::row::Fate;
use super::zeek::LogHeader;
use crate::error::{Error, TextError};
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::table::Skipped;
use crate::formats::text_chunks::line_ends;
use crate::labels::RowLabels;

/// Parses the chunks of a file in their order.
///
/// Blank lines are allowed at the end of a file and an error anywhere else; only a later chunk may show which case it is.
pub(super) struct Parser<'a> {
    file: &'a Path,
    plan: &'a Plan,
    /// The first blank line so far.
    blank: Option<u64>,
}

/// A chunk after parsing.
pub(super) struct Parsed {
    /// The features of the good rows that are not left out, row-major.
    pub(super) values: Vec<f64>,
    /// What becomes of each good row.
    pub(super) fates: Vec<Fate>,
    /// The labels of the rows that are delivered; `None` if the request names no label.
    pub(super) labels: Option<RowLabels>,
    /// What is no row among these.
    pub(super) skipped: Skipped,
    /// What is wrong with the row after them.
    pub(super) problem: Option<Error>,
}

/// A part after parsing. Its values are at the start of the part's share of the chunk's values.
#[derive(Default)]
struct ParsedPart {
    /// The number of rows whose values were written.
    written: usize,
    /// What becomes of each good row.
    fates: Vec<Fate>,
    /// The labels of the rows whose values were written.
    labels: RowLabels,
    skipped: Skipped,
    blank: Option<u64>,
    problem: Option<Error>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(file: &'a Path, plan: &'a Plan) -> Self {
        Self { file, plan, blank: None }
    }

    pub(super) fn parse(&mut self, Divided { chunk, parts, leading }: &Divided) -> Parsed {
        let features = self.plan.request.features.len();
        let mut values = vec![0.0; features * parts.iter().map(|part| part.most_rows).sum::<usize>()];
        let mut unwritten = &mut values[..];
        let mut work = Vec::with_capacity(parts.len());
        for part in parts {
            let (values, others) = unwritten.split_at_mut(part.most_rows * features);
            work.push((part, values));
            unwritten = others;
        }
        let parsed_parts: Vec<_> = work.into_par_iter().map(|(part, values)| self.part(&chunk.text, part, values)).collect();

        let (mut fates, mut labels, mut skipped, mut problem) = (Vec::new(), RowLabels::default(), *leading, None);
        let (mut start, mut end) = (0, 0);
        for (part, parsed) in parts.iter().zip(parsed_parts) {
            if let Some(line) = self.blank
                && (!parsed.fates.is_empty() || parsed.skipped.headers > 0 || parsed.problem.is_some())
            {
                problem = Some(self.blank_line(line));
                break;
            }
            let written = parsed.written * features;
            if start != end {
                values.copy_within(start..start + written, end);
            }
            start += part.most_rows * features;
            end += written;
            fates.extend(parsed.fates);
            labels.append(&parsed.labels);
            skipped += parsed.skipped;
            self.blank = self.blank.or(parsed.blank);
            if parsed.problem.is_some() {
                problem = parsed.problem;
                break;
            }
        }
        values.truncate(end);
        Parsed { values, fates, labels: self.plan.request.label.map(|_| labels), skipped, problem }
    }

    fn part(&self, text: &[u8], part: &Part, values: &mut [f64]) -> ParsedPart {
        let Plan { dialect, request, columns, .. } = self.plan;
        let (features, width) = (request.features.len(), columns.kinds.len());
        let text = &text[part.bytes.clone()];
        let line = |offset: usize| part.line + line_ends(&text[..offset]);
        let mut parsed = ParsedPart::default();
        let mut start = 0;
        while parsed.problem.is_none() && start < text.len() {
            let rest = &text[start..];
            let (row, fate) = if dialect.is_comment(rest) {
                (dialect.row(rest), None)
            } else {
                let into = &mut values[parsed.written * features..][..features];
                let (row, fate) = self.plan.parse_row(rest, into, &mut parsed.labels);
                (row, Some(fate))
            };
            let Some(row) = row else { break };
            let is_blank = row.cells == 1 && rest[..row.length].trim_ascii().is_empty();
            let is_ordinary = matches!(fate, Some(Ok(Fate::Delivered))) && row.cells == width && !self.plan.suspects_all;
            match (fate, parsed.blank) {
                (None, _) => match &self.plan.log {
                    Some(log) => parsed.problem = self.other_log(log, &rest[..row.length], || line(start)),
                    None => parsed.skipped.comments += 1,
                },
                (_, blank) if is_blank => parsed.blank = blank.or_else(|| Some(line(start))),
                (_, Some(line)) => parsed.problem = Some(self.blank_line(line)),
                _ if !is_ordinary && self.plan.is_header(rest) => parsed.skipped.headers += 1,
                _ if row.cells != width => {
                    let file = self.file.into();
                    parsed.problem = Some(TextError::RowWidth { file, line: line(start), found: row.cells, expected: width }.into());
                }
                (Some(Err(bad)), _) => parsed.problem = Some(self.bad_cell(bad.column, line(start + bad.offset), bad.flaw)),
                (Some(Ok(fate)), _) => {
                    parsed.fates.push(fate);
                    parsed.written += usize::from(fate == Fate::Delivered);
                }
            }
            // A row that is not delivered may have left its label.
            parsed.labels.truncate(parsed.written);
            start += row.length;
        }
        parsed
    }

    /// The error about a line that begins with `#`, if another log begins there whose rows are unlike.
    fn other_log(&self, log: &LogHeader, text: &[u8], line: impl Fn() -> u64) -> Option<Error> {
        let reason = format!("{}: divide the file there", log.check(text).err()?);
        Some(TextError::ZeekHeader { file: self.file.into(), line: line(), reason }.into())
    }

    fn blank_line(&self, line: u64) -> Error {
        TextError::BlankLine { file: self.file.into(), line }.into()
    }

    fn bad_cell(&self, column: usize, line: u64, flaw: Flaw) -> Error {
        let name = self.plan.columns.name(column).cloned();
        let position = Position { file: self.file.into(), row: RowPosition::Line(line), column, name };
        Error::Value { position, flaw }
    }
}
