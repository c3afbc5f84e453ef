//! Rows that come in batches.

use std::ops::Range;

use burn::tensor::TensorData;

use super::OnlineKitsune;
use super::observation::Observation;
use crate::error::Error;
use crate::pool::Sender;
use crate::rows::host_rows::{HostRows, floats};

impl OnlineKitsune {
    /// Takes rows [rows, features] of any number type, as [`process`](Self::process) takes each of them: a score for each row, `None` during the grace period.
    ///
    /// # Errors
    /// Those of [`process`](Self::process). A batch with a bad row is not taken at all.
    pub fn process_batch(&mut self, rows: &TensorData) -> Result<Vec<Option<f64>>, Error> {
        let rows = floats(rows);
        let rows = HostRows::new(&rows)?;
        rows.check_features(self.features, self.rows)?;
        rows.check_finite(self.rows)?;
        let mut room = vec![0.0; self.features];
        let mut scores = Vec::with_capacity(rows.rows());
        for at in 0..rows.rows() {
            scores.push(self.process(rows.row(at, &mut room))?);
        }
        Ok(scores)
    }

    /// Takes some rows of a batch [rows, features] of any number type, as [`observe_from`](Self::observe_from) takes each of them: `senders` are those of these
    /// rows, or none at all. `found` is called after each row,
    /// with the detector, which may give reasons, the row, and what it is; it ends the work by an error.
    ///
    /// # Errors
    /// Those of [`observe_from`](Self::observe_from) and of `found`. The rows before the one that fails are taken.
    ///
    /// # Panics
    /// If the batch has not so many rows, or there are other than as many senders.
    pub fn observe_batch<E: From<Error>>(
        &mut self,
        batch: &TensorData,
        rows: Range<usize>,
        senders: Option<&[Sender]>,
        mut found: impl FnMut(&mut Self, &[f64], Option<Observation>) -> Result<(), E>,
    ) -> Result<(), E> {
        let batch = floats(batch);
        let batch = HostRows::new(&batch)?;
        batch.check_features(self.features, self.rows)?;
        assert!(senders.is_none_or(|senders| senders.len() == rows.len()), "there is one sender for each row");
        let mut room = vec![0.0; self.features];
        for (place, at) in rows.enumerate() {
            let row = batch.row(at, &mut room);
            let observation = self.observe_from(senders.map(|senders| senders[place]), row)?;
            found(self, row, observation)?;
        }
        Ok(())
    }
}
