//! Blocks of packets to pieces of rows.

use std::path::Path;

use super::block::Block;
use super::column::Column;
use super::kept::Kept;
use super::line::Line;
use super::packets::Needs;
use crate::condition::ColumnTest;
use crate::error::Error;
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::columns::Columns;
use crate::formats::table::{Piece, Request, Skipped};
use crate::labels::RowLabels;
use crate::rows::Values;
use crate::rows::row_numbers::Gaps;

/// Turns blocks into the pieces that were requested.
pub(super) struct Pieces<'a> {
    request: &'a Request,
    columns: &'a Columns,
    needs: Needs,
    features: Vec<Column>,
    /// Whether the features are all statistics in their order.
    takes_all: bool,
    tested: Vec<Column>,
    label: Option<Column>,
    kept: Vec<Kept<'a>>,
}

/// What becomes of the packets of a block.
#[derive(Default)]
struct Fates {
    /// The positions of those that are delivered.
    delivered: Vec<usize>,
    labels: RowLabels,
    left_out: usize,
    unmatched: Gaps,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(request: &'a Request, columns: &'a Columns) -> Self {
        // The other columns stand aside.
        let width = columns.kinds.len() - columns.aside.len();
        let column = |&column: &usize| Column::of(column, width);
        let features: Vec<_> = request.features.iter().map(column).collect();
        let tested: Vec<_> = request.tests.iter().map(|test| column(&test.column)).collect();
        let label = request.label.as_ref().map(column);
        let kept: Vec<_> = request.kept.iter().map(|at| Kept { column: column(at), name: &columns.stored[*at].name }).collect();
        let mut used = features.iter().chain(&tested).chain(&label).chain(kept.iter().map(|kept| &kept.column)).peekable();
        let needs = if used.peek().is_none() {
            Needs::Nothing
        } else if used.any(|column| matches!(column, Column::Statistic(_))) {
            Needs::Statistics(width)
        } else {
            Needs::Headers
        };
        let takes_all = request.features.iter().copied().eq(0..width);
        Self { request, columns, needs, features, takes_all, tested, label, kept }
    }

    pub(super) fn needs(&self) -> Needs {
        self.needs
    }

    /// The rows of the packets that are to be delivered.
    pub(super) fn piece(&self, file: &Path, mut block: Block) -> Result<Piece, Error> {
        let mut fates = Fates::default();
        if !self.tested.is_empty() || self.label.is_some() {
            fates = self.fates(file, &block)?;
            block = block.part(&fates.delivered);
        }
        let kept = Kept::frame(&self.kept, &block);
        let values = if self.takes_all { std::mem::take(&mut block.statistics) } else { self.gathered(&block) };
        if !self.request.accepts(&values) {
            return Err(self.refused(file, &values, &block));
        }
        let Fates { labels, left_out, unmatched, .. } = fates;
        let labels = self.request.with_labels.then_some(labels);
        let (values, skipped) = (Values::F64(values), Skipped::default());
        let Block { blank, bytes, .. } = block;
        Ok(Piece { values, blank, kept, labels, left_out, unmatched, skipped, bytes, more: false })
    }

    fn fates(&self, file: &Path, block: &Block) -> Result<Fates, Error> {
        let mut fates = Fates::default();
        let mut text = String::new();
        for (position, (line, statistics)) in block.rows().enumerate() {
            let meets = |(test, column): (&ColumnTest, &Column)| {
                text.clear();
                column.put(line, statistics, &mut text);
                test.is_met(&text)
            };
            if !self.request.tests.iter().zip(&self.tested).all(meets) {
                fates.unmatched.push(fates.delivered.len());
                continue;
            }
            if let Some(label) = self.label {
                text.clear();
                let is_there = label.put(line, statistics, &mut text);
                let is_normal = is_there.then(|| fates.labels.push(text.as_bytes(), self.request.normal.as_deref())).flatten();
                match is_normal {
                    None => return Err(self.error(file, block, line, self.request.label, Flaw::Label("missing".into()))),
                    Some(false) if !self.request.with_labels => {
                        fates.left_out += 1;
                        fates.labels.truncate(fates.delivered.len());
                        continue;
                    }
                    Some(_) => {}
                }
            }
            fates.delivered.push(position);
        }
        Ok(fates)
    }

    /// The features of the packets that have values, row-major.
    fn gathered(&self, block: &Block) -> Vec<f64> {
        let mut values = Vec::with_capacity((block.lines.len() - block.blank.len()) * self.features.len());
        for (line, statistics) in block.rows().filter(|(_, statistics)| statistics.is_some()) {
            values.extend(self.features.iter().map(|column| column.number(line, statistics).unwrap_or(f64::NAN)));
        }
        values
    }

    /// The error about the first value that cannot be that of a feature.
    fn refused(&self, file: &Path, values: &[f64], block: &Block) -> Error {
        let bad = values.iter().enumerate().find_map(|(at, &value)| Some((at, value, self.request.flaw(value)?)));
        let (at, value, flaw) = bad.unwrap_or((0, f64::NAN, Flaw::Null));
        // A packet has no number that is none, but it may lack a port.
        let flaw = if value.is_nan() { Flaw::Null } else { flaw };
        let mut with_values = block.lines.iter().enumerate().filter(|(position, _)| block.blank.binary_search(position).is_err());
        let width = self.features.len().max(1);
        let line = with_values.nth(at / width).map(|(_, line)| line);
        let column = self.request.features.get(at % width).copied();
        self.error(file, block, line.unwrap_or(&block.lines[0]), column, flaw)
    }

    fn error(&self, file: &Path, block: &Block, line: &Line, column: Option<usize>, flaw: Flaw) -> Error {
        let column = column.unwrap_or_default();
        let row = RowPosition::Row(line.number - block.before);
        let position = Position { file: file.into(), row, column, name: self.columns.name(column).cloned() };
        Error::Value { position, flaw }
    }
}
