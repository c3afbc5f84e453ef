//! The results of rows, as columns of the output.

use anyhow::Result;
use kitsune_core::online::Observation;
use kitsune_data::Records;

use crate::output::content::SCORE;
use crate::output::reason_columns::explain;
use crate::scoring::Reasons;

/// The results of some rows, in their order: none for a row of the grace period.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) found: Vec<Option<Observation>>,
    pub(super) reasons: Reasons,
}

impl Results {
    /// The flagged rows with their scores. `first` is the number of the first row.
    pub(super) fn flagged(&self, first: usize) -> Vec<(usize, f64)> {
        let flagged = |found: &Option<Observation>| found.filter(|found| found.is_anomaly == Some(true)).map(|found| found.score);
        (first..).zip(&self.found).filter_map(|(row, found)| Some((row, flagged(found)?))).collect()
    }

    /// Appends the results to the records of their rows, with `count` reasons if they are asked for.
    pub(super) fn appended_to(self, records: Records, count: Option<usize>, names: &[String]) -> Result<Records> {
        let rows = self.found.len();
        let scores = self.found.iter().map(|found| found.as_ref().map(|found| found.score as f32)).collect();
        let tails = self.found.iter().map(|found| found.as_ref().map(|found| found.tail_probability)).collect();
        let is = |value: fn(&Observation) -> Option<bool>| self.found.iter().map(|found| found.as_ref().and_then(value)).collect();
        let records = records
            .with_optional_floats(SCORE, scores)?
            .with_optional_booleans("is_anomaly", is(|found| found.is_anomaly))?
            .with_optional_numbers("tail_probability", tails)?
            .with_optional_booleans("drift", is(|found| Some(found.drift)))?;
        match count {
            Some(count) => explain(records, &self.reasons, rows, count, names),
            None => Ok(records),
        }
    }
}
