//! The cells of a row that are features or the label, and the cell that is wrong.

use super::cells::{self, Row};
use super::plan::{Plan, Target};
use crate::fault::Flaw;

/// A cell that is wrong.
pub(super) struct BadCell {
    pub(super) column: usize,
    /// The offset of the cell in bytes from the start of its row.
    pub(super) offset: usize,
    pub(super) flaw: Flaw,
}

impl Plan {
    /// Parses the row at the start of `text`, which must hold all of it, into `features`. Returns the row, and whether its label says that it
    /// is normal.
    ///
    /// A row with too few cells is parsed up to its end. The caller checks the number of cells.
    pub(super) fn parse_row(&self, text: &[u8], features: &mut [f64]) -> (Option<Row>, Result<bool, BadCell>) {
        let mut cells = self.dialect.cells(text);
        let mut is_normal = Ok(true);
        let mut bad = None;
        for &(column, target) in &self.parsed {
            while cells.taken() < column && cells.next().is_some() {}
            let offset = cells.offset();
            // Nearly all cells are plain numbers. One pass over their bytes finds value and end.
            if let Target::Feature(feature) = target
                && let Some(number) = cells.plain_number(|number| self.request.range.contains(number))
            {
                features[feature] = number;
                continue;
            }
            let Some(cell) = cells.next() else { break };
            let bad_cell = |flaw| BadCell { column, offset, flaw };
            match target {
                Target::Label => is_normal = cells::is_normal(cell).map_err(bad_cell),
                Target::Feature(feature) => match self.value(cell) {
                    Ok(value) => features[feature] = value,
                    Err(flaw) => bad = bad.or_else(|| Some(bad_cell(flaw))),
                },
            }
        }
        let is_normal = match (is_normal, bad) {
            // The features of a row that is left out need not be numbers.
            (Ok(is_normal), Some(bad)) if is_normal || self.request.with_labels => Err(bad),
            (is_normal, _) => is_normal,
        };
        (cells.rest(), is_normal)
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
