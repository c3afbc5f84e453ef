//! The parser of CSV chunks: the threads share the parts of a chunk, and turn rows into numbers in one pass over the bytes.

use std::path::Path;

use rayon::prelude::*;

use super::parts::{Divided, Part};
use super::plan::Plan;
use crate::error::{Error, TextError};
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::text_chunks::line_ends;

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
    /// The number of good rows, including those that are left out.
    pub(super) rows: usize,
    /// Whether each of these is normal by its label; `None` if the request names no label.
    pub(super) normal: Option<Vec<bool>>,
    /// What is wrong with the row after them.
    pub(super) problem: Option<Error>,
}

/// A part after parsing. Its values are at the start of the part's share of the chunk's values.
#[derive(Default)]
struct ParsedPart {
    /// The number of rows whose values were written.
    written: usize,
    /// The number of good rows.
    rows: usize,
    normal: Vec<bool>,
    blank: Option<u64>,
    problem: Option<Error>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(file: &'a Path, plan: &'a Plan) -> Self {
        Self { file, plan, blank: None }
    }

    pub(super) fn parse(&mut self, Divided { chunk, parts }: &Divided) -> Parsed {
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

        let (mut rows, mut normal, mut problem) = (0, Vec::new(), None);
        let (mut start, mut end) = (0, 0);
        for (part, parsed) in parts.iter().zip(parsed_parts) {
            if let Some(line) = self.blank
                && (parsed.rows > 0 || parsed.problem.is_some())
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
            rows += parsed.rows;
            normal.extend(parsed.normal);
            self.blank = self.blank.or(parsed.blank);
            if parsed.problem.is_some() {
                problem = parsed.problem;
                break;
            }
        }
        values.truncate(end);
        Parsed { values, rows, normal: self.plan.request.label.map(|_| normal), problem }
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
            let (row, is_normal) = if dialect.is_comment(rest) {
                (dialect.row(rest), None)
            } else {
                let (row, is_normal) = self.plan.parse_row(rest, &mut values[parsed.written * features..][..features]);
                (row, Some(is_normal))
            };
            let Some(row) = row else { break };
            let is_blank = row.cells == 1 && rest[..row.length].trim_ascii().is_empty();
            match (is_normal, parsed.blank) {
                (None, _) => {}
                (_, blank) if is_blank => parsed.blank = blank.or_else(|| Some(line(start))),
                (_, Some(line)) => parsed.problem = Some(self.blank_line(line)),
                _ if row.cells != width => {
                    let file = self.file.into();
                    parsed.problem = Some(TextError::RowWidth { file, line: line(start), found: row.cells, expected: width }.into());
                }
                (Some(Err(bad)), _) => parsed.problem = Some(self.bad_cell(bad.column, line(start + bad.offset), bad.flaw)),
                (Some(Ok(is_normal)), _) => {
                    parsed.rows += 1;
                    parsed.written += usize::from(is_normal || request.with_labels);
                    if request.label.is_some() {
                        parsed.normal.push(is_normal);
                    }
                }
            }
            start += row.length;
        }
        parsed
    }

    fn blank_line(&self, line: u64) -> Error {
        TextError::BlankLine { file: self.file.into(), line }.into()
    }

    fn bad_cell(&self, column: usize, line: u64, flaw: Flaw) -> Error {
        let name = self.plan.columns.name(column).cloned();
        let position = Position { file: self.file.into(), row: RowPosition::Line(line), column: column + 1, name };
        Error::Value { position, flaw }
    }
}
