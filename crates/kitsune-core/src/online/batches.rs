//! Rows that come in batches.

use std::ops::Range;

use burn::tensor::TensorData;

use super::OnlineKitsune;
use super::observation::Observation;
use super::side_by_side::SIDE_BY_SIDE;
use super::watch::Observed;
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
        for first in (0..rows.rows()).step_by(SIDE_BY_SIDE) {
            let next = first..rows.rows().min(first + SIDE_BY_SIDE);
            for (at, score) in next.clone().zip(self.scores_ahead(&rows, next, &mut room)) {
                if score.is_nan() {
                    scores.push(self.process(rows.row(at, &mut room))?);
                } else {
                    self.rows += 1;
                    scores.push(Some(score));
                }
            }
        }
        Ok(scores)
    }

    /// Takes some rows of a batch [rows, features] of any number type, as [`observe_from`](Self::observe_from) takes each of them: `senders` are those of these
    /// rows, or none at all. `found` is called after each row,
    /// with the detector, which may give reasons or learn but must stay the same one, the row, and what it is; it ends the work by an error.
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
        for first in rows.clone().step_by(SIDE_BY_SIDE) {
            let next = first..rows.end.min(first + SIDE_BY_SIDE);
            let before = self.rows;
            // What is learned from a row counts for the next one.
            let scores =
                if self.config.adapt.is_some() { [f64::NAN; SIDE_BY_SIDE] } else { self.scores_ahead(&batch, next.clone(), &mut room) };
            let tail_probabilities = self.tail_probabilities(scores);
            for (place, at) in next.enumerate() {
                let (score, tail_probability) = (scores[place], tail_probabilities[place]);
                let (row, sender) = (batch.row(at, &mut room), senders.map(|senders| senders[at - rows.start]));
                // `found` may have taught it something meanwhile.
                let observation = if score.is_nan() || self.rows != before + place as u64 {
                    self.observe_from(sender, row)?
                } else {
                    self.rows += 1;
                    self.observe_scored(Observed { row, sender, score, tail_probability })
                };
                found(self, row, observation)?;
            }
        }
        Ok(())
    }
}
