//! The cells of a row that are features or the label, and the cell that is wrong.

use super::cells::Row;
use super::plan::{Plan, Target};
use super::value::Value;
use super::zeek::LogHeader;
use crate::fault::Flaw;
use crate::labels::RowLabels;

/// A cell that is wrong.
pub(super) struct BadCell {
    pub(super) column: usize,
    /// The offset of the cell in bytes from the start of its row.
    pub(super) offset: usize,
    pub(super) flaw: Flaw,
}

/// What becomes of a row that has no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Delivered,
    /// Its label is not normal.
    LeftOut,
    /// It does not meet the conditions.
    Unmatched,
}

impl Plan {
    /// Parses the row at the start of `text`, which must hold all of it, into `features`, and adds its label to `labels`. Returns the row, and
    /// what becomes of it.
    ///
    /// A row with too few cells is parsed up to its end. The caller checks the number of cells.
    pub(super) fn parse_row(&self, text: &[u8], features: &mut [f64], labels: &mut RowLabels) -> (Option<Row>, Result<Fate, BadCell>) {
        if !self.meets_conditions(text) {
            return (self.dialect.row(text), Ok(Fate::Unmatched));
        }
        let mut cells = self.dialect.cells(text);
        let mut is_normal = Ok(true);
        let mut bad = None;
        for &(column, target) in &self.parsed {
            while cells.taken() < column && cells.next().is_some() {}
            let offset = cells.offset();
            // Nearly all cells are plain numbers. One pass over their bytes finds value and end.
            if let Target::Feature(feature) = target
                && let Some(number) = cells.plain_number(|number| self.plain.contains(number))
            {
                features[feature] = number;
                continue;
            }
            let Some(cell) = cells.next() else { break };
            let bad_cell = |flaw| BadCell { column, offset, flaw };
            match target {
                Target::Label => {
                    let is_known = labels.push(self.dialect.content(cell).trim_ascii(), self.request.normal.as_deref());
                    is_normal = is_known.ok_or_else(|| bad_cell(Flaw::Label("missing".into())));
                }
                Target::Feature(feature) => match self.value(cell) {
                    Ok(value) => features[feature] = value,
                    Err(flaw) => bad = bad.or_else(|| Some(bad_cell(flaw))),
                },
            }
        }
        let fate = match (is_normal, bad) {
            // The features of a row that is left out need not be numbers.
            (Ok(false), _) if !self.request.with_labels => Ok(Fate::LeftOut),
            (Ok(_), None) => Ok(Fate::Delivered),
            (Err(bad), _) | (Ok(_), Some(bad)) => Err(bad),
        };
        (cells.rest(), fate)
    }

    /// Whether the row at the start of `text` meets the conditions.
    fn meets_conditions(&self, text: &[u8]) -> bool {
        let mut cells = self.dialect.cells(text);
        self.request.tests.iter().all(|test| {
            while cells.taken() < test.column && cells.next().is_some() {}
            let content = self.dialect.content(cells.next().unwrap_or_default());
            let text = String::from_utf8_lossy(content.trim_ascii_end());
            let is_unset = self.log.as_ref().and_then(LogHeader::unset) == Some(text.as_bytes());
            if is_unset { test.is_met_by_missing(&text) } else { test.is_met(&text) }
        })
    }

    /// The number in a cell, or NaN where it may be missing.
    fn value(&self, cell: &[u8]) -> Result<f64, Flaw> {
        match Value::of(cell, self.dialect, &self.missing) {
            Value::Number(value) => match self.request.flaw(value) {
                None => Ok(value),
                Some(Flaw::NotFinite(_)) => Err(Flaw::NotFinite(self.dialect.text(cell))),
                Some(Flaw::Missing(_)) => Err(Flaw::Missing(self.dialect.text(cell))),
                Some(flaw) => Err(flaw),
            },
            Value::Missing if self.request.missing.tolerates() => Ok(f64::NAN),
            Value::Missing | Value::Other => self.dialect.number(cell, &self.missing),
        }
    }
}
