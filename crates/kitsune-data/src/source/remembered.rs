//! What a model has to remember of how its rows were read.

use super::Source;
use crate::error::Error;
use crate::labels::NormalLabels;
use crate::reading::Reading;

impl Source {
    /// How the files are read, as far as they do not say it themselves: other files are read alike by
    /// [`SourceOptions::with_reading`](crate::SourceOptions::with_reading).
    pub fn reading(&self) -> Reading {
        Reading {
            conditions: self.conditions.clone(),
            normal_labels: self.wanted_normal.iter().flat_map(NormalLabels::labels).cloned().collect(),
            lags: self.lags,
            packets: self.table.packets(),
            columns: if self.names.is_none() && !self.has_all_columns() { self.features.clone() } else { Vec::new() },
            ..self.cells.clone()
        }
    }

    /// Reads the rows in this way. The cells are read already.
    pub(super) fn read_as(self, reading: &Reading) -> Result<Self, Error> {
        let mut source = Self { cells: reading.clone(), ..self };
        if !reading.normal_labels.is_empty() {
            source = source.with_normal_labels(&reading.normal_labels);
        }
        if !reading.conditions.is_empty() {
            source = source.with_conditions(reading.conditions.iter().cloned())?;
        }
        Ok(source.with_lags(reading.lags))
    }

    /// Whether all columns of the files are features.
    fn has_all_columns(&self) -> bool {
        self.features.iter().copied().eq(0..self.table.columns().kinds.len())
    }
}
