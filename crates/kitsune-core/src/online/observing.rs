//! What a detector says of the rows that come.

use std::ops::Range;

use super::observation::Observation;
use super::side_by_side::SIDE_BY_SIDE;
use super::watch::Observed;
use super::{OnlineKitsune, Phase};
use crate::error::Error;
use crate::pool::Sender;
use crate::rows::host_rows::HostRows;

/// Fewer rows take less time one by one than side by side.
const FEWEST: usize = 8;

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
        Ok(self.observe_scored(Observed { row, sender, score, tail_probability: None }))
    }

    /// Says what a row is that was scored and counted.
    pub(super) fn observe_scored(&mut self, observed: Observed<'_>) -> Option<Observation> {
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return None };
        Some(watch.observe(ensemble, observed, self.config.adapt))
    }

    /// The scores of the next rows by themselves, which are some rows of a batch, at most [`SIDE_BY_SIDE`]. NaN stands where a row has to be scored when its
    /// turn comes: in the grace period, and if a value needs a second look. So it does where rows are few.
    pub(super) fn scores_ahead(&mut self, batch: &HostRows<'_>, rows: Range<usize>, room: &mut [f64]) -> [f64; SIDE_BY_SIDE] {
        let mut scores = [f64::NAN; SIDE_BY_SIDE];
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return scores };
        if rows.len() < FEWEST {
            return scores;
        }
        let mut is_beyond = [true; SIDE_BY_SIDE];
        for (place, at) in rows.enumerate() {
            is_beyond[place] = ensemble.put(place, batch.row(at, room));
        }
        let found = watch.scores_side_by_side(ensemble);
        for ((score, found), is_beyond) in scores.iter_mut().zip(found).zip(is_beyond) {
            if !is_beyond && found.is_finite() {
                *score = found;
            }
        }
        scores
    }

    /// The tail probabilities of scores by themselves, unless these are not the ones that count.
    pub(super) fn tail_probabilities(&self, scores: [f64; SIDE_BY_SIDE]) -> [Option<f64>; SIDE_BY_SIDE] {
        let watch = self.watch().filter(|watch| watch.pool.is_none() && !scores.iter().all(|score| score.is_nan()));
        watch.map_or([None; SIDE_BY_SIDE], |watch| watch.normal.tail_probabilities(scores.map(|score| score as f32)).map(Some))
    }
}
