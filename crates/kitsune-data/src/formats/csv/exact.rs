//! The exact parser of CSV chunks, cell by cell.

use std::path::Path;

use super::cells;
use super::parsed::Parsed;
use super::plan::Plan;
use super::scan::Scanned;
use crate::error::Error;
use crate::fault::{Flaw, Position, RowPosition};
use crate::formats::text_chunks::line_ends;

/// Parses a chunk cell by cell, slower than Polars.
///
/// It takes the chunks that Polars did not convert completely, and finds the bad cell. The rows before that cell are good.
pub(super) fn parse(file: &Path, scanned: &Scanned, plan: &Plan) -> Parsed {
    let features = plan.request.features.len();
    let mut parsed = Parsed { values: Vec::with_capacity(scanned.rows * features), normal: Some(Vec::new()), problem: None };
    let (mut rest, mut line) = (&scanned.text[..], scanned.line);
    let mut cells = Vec::with_capacity(plan.columns.kinds.len());
    while let Some(row) = plan.dialect.row(rest) {
        if row.cells > 0 {
            cells.clear();
            cells.extend(plan.dialect.cells(rest));
            let start = parsed.values.len();
            match plan.parse_row(&cells, &mut parsed.values) {
                Ok(normal) => parsed.normal.get_or_insert_default().push(normal),
                Err((column, flaw)) => {
                    parsed.values.truncate(start);
                    let line = line + lines_before(&cells, column);
                    let name = plan.columns.name(column).cloned();
                    let position = Position { file: file.into(), row: RowPosition::Line(line), column: column + 1, name };
                    parsed.problem = Some(Error::Value { position, flaw });
                    break;
                }
            }
        }
        line += line_ends(&rest[..row.length]);
        rest = &rest[row.length..];
    }
    parsed
}

impl Plan {
    /// Appends the features of a row, unless its label excludes it, and returns whether it is normal.
    fn parse_row(&self, row: &[&[u8]], values: &mut Vec<f64>) -> Result<bool, (usize, Flaw)> {
        let is_normal = match self.request.label {
            Some(label) => cells::is_normal(row[label]).map_err(|flaw| (label, flaw))?,
            None => true,
        };
        if !is_normal && !self.request.with_labels {
            return Ok(false);
        }
        let start = values.len();
        values.resize(start + self.request.features.len(), 0.0);
        for &(column, feature) in &self.by_column {
            values[start + feature] = self.value(row[column]).map_err(|flaw| (column, flaw))?;
        }
        Ok(is_normal)
    }

    /// The number in a cell, or NaN where it may be missing.
    fn value(&self, cell: &[u8]) -> Result<f64, Flaw> {
        match cells::number(cell) {
            Ok(value) => match self.request.flaw(value) {
                None => Ok(value),
                Some(Flaw::NotFinite(_)) => Err(Flaw::NotFinite(cells::shown(cells::content(cell).trim_ascii()))),
                Some(flaw) => Err(flaw),
            },
            Err(Flaw::Empty | Flaw::Missing(_)) if self.request.missing.tolerates() => Ok(f64::NAN),
            Err(flaw) => Err(flaw),
        }
    }
}

/// The line ends in the quoted cells of a row before one of its cells.
fn lines_before(row: &[&[u8]], column: usize) -> u64 {
    row[..column].iter().map(|cell| line_ends(cell)).sum()
}
