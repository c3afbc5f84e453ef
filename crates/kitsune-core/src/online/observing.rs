//! What a detector says of the rows that come.

use super::layers::SIDE_BY_SIDE;
use super::observation::Observation;
use super::watch::Observed;
use super::{OnlineKitsune, Phase};
use crate::error::Error;
use crate::pool::Sender;

impl OnlineKitsune {
    /// Takes the next row as [`process`](Self::process) does, and says what it is and whether the scores have changed. Learns from it by the rule of
    /// [`OnlineConfig::adapt`](super::OnlineConfig::adapt). Where scores are [pooled](super::OnlineConfig::pool), this row is by itself.
    ///
    /// # Errors
    /// Those of [`process`](Self::process).
    pub fn observe(&mut self, row: &[f64]) -> Result<Option<Observation>, Error> {
        self.observe_from(None, row)
    }

    /// Takes the next row as [`observe`](Self::observe) does. Where scores are [pooled](super::OnlineConfig::pool), it has the score of its sender.
    ///
    /// # Errors
    /// Those of [`process`](Self::process).
    pub fn observe_from(&mut self, sender: Option<Sender>, row: &[f64]) -> Result<Option<Observation>, Error> {
        if !matches!(self.phase, Phase::Executing { .. }) {
            self.learn_from(sender, row)?;
            return Ok(None);
        }
        let score = self.score(row)?;
        Ok(self.observe_scored(Observed { row, sender, score }))
    }

    /// Says what a row is that was scored and counted.
    pub(super) fn observe_scored(&mut self, observed: Observed<'_>) -> Option<Observation> {
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return None };
        Some(watch.observe(ensemble, observed, self.config.adapt))
    }

    /// The scores of the next rows by themselves, if these are alike whether the rows come one by one or side by side: none of them is learned, and none
    /// has values that need a second look.
    pub(super) fn scores_side_by_side(&mut self, rows: [&[f64]; SIDE_BY_SIDE]) -> Option<[f64; SIDE_BY_SIDE]> {
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return None };
        if self.config.adapt.is_some() || rows.iter().any(|row| row.len() != self.features) {
            return None;
        }
        watch.scores_within(ensemble, rows).filter(|scores| scores.iter().all(|score| score.is_finite()))
    }
}
