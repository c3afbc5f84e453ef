use std::path::Path;

use super::Parsed;
use super::cells;
use super::chunks::{Chunk, line_ends};
use super::plan::Plan;
use crate::{At, Error, Flaw, Place};

/// Parses a chunk cell by cell: slower than Polars, and right about everything.
///
/// It answers for chunks that Polars did not turn into numbers from end to end, and finds the cell that is to blame. The rows before it
/// are good.
pub(super) fn parse(file: &Path, chunk: Chunk<'_>, rows: usize, plan: &Plan) -> Parsed {
    let features = plan.request.features.len();
    let mut parsed = Parsed { values: Vec::with_capacity(rows * features), left_out: 0, problem: None };
    let (mut rest, mut line) = (chunk.text, chunk.line);
    let mut row = Vec::with_capacity(plan.columns.kinds.len());
    while let Some((length, _)) = cells::row(rest) {
        row.clear();
        row.extend(cells::cells(rest));
        let start = parsed.values.len();
        match plan.parse_row(&row, &mut parsed.values) {
            Ok(true) => {}
            Ok(false) => parsed.left_out += 1,
            Err((column, flaw)) => {
                parsed.values.truncate(start);
                let line = line + lines_before(&row, column);
                let place = Place { file: file.into(), at: At::Line(line), column: column + 1, name: plan.columns.name(column).cloned() };
                parsed.problem = Some(Error::Value { place, flaw });
                break;
            }
        }
        line += line_ends(&rest[..length]);
        rest = &rest[length..];
    }
    parsed
}

impl Plan {
    /// Appends the features of a row, or answers false if it is left out.
    fn parse_row(&self, row: &[&[u8]], values: &mut Vec<f64>) -> Result<bool, (usize, Flaw)> {
        if let Some(label) = self.request.label
            && !cells::is_normal(row[label]).map_err(|flaw| (label, flaw))?
        {
            return Ok(false);
        }
        let start = values.len();
        values.resize(start + self.request.features.len(), 0.0);
        for &(column, feature) in &self.by_column {
            values[start + feature] = cells::number(row[column], self.request.range).map_err(|flaw| (column, flaw))?;
        }
        Ok(true)
    }
}

/// The line ends in the quoted cells of a row before one of its cells.
fn lines_before(row: &[&[u8]], column: usize) -> u64 {
    row[..column].iter().map(|cell| line_ends(cell)).sum()
}
