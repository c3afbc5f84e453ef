//! What a detector says of the rows that come.

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
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return Ok(None) };
        Ok(Some(watch.observe(ensemble, Observed { row, sender, score }, self.config.adapt)))
    }
}
