//! Reasons: the features that made a row look strange.

use super::config::OnlineScaling;
use super::watch::off;
use super::{OnlineKitsune, Phase};
use crate::error::Error;
use crate::kitsune::reasons::Reason;
use crate::model::excess::Excess;
use crate::scaler::range::distance;

impl OnlineKitsune {
    /// Lists the features that contribute most to the score of a row, at most `count`, the strongest first: as
    /// [`Kitsune::reasons`](crate::Kitsune::reasons). It learns nothing from the row and does not count it.
    ///
    /// # Errors
    /// Those of [`score`](Self::score).
    pub fn reasons(&mut self, row: &[f64], count: usize) -> Result<Vec<Reason>, Error> {
        self.check(row)?;
        self.check_ready()?;
        let Phase::Executing { ensemble, watch } = &mut self.phase else { return Ok(Vec::new()) };
        ensemble.scale(row);
        ensemble.error();
        let reconstruction = ensemble.reconstruction();
        let ranges = ensemble.ranges();
        let standardised = off(ranges.scaled(), &reconstruction).zip(&watch.features).map(|(off, standard)| standard.apply(off) as f32);
        let mut deviations: Vec<f32> = standardised.collect();
        let highest = deviations.iter().copied().fold(1.0, f32::max);
        let (lowest_values, highest_values) = ranges.tolerant();
        let ends: Vec<(f64, f64)> = lowest_values.zip(highest_values).collect();
        for ((deviations, &value), &(low, high)) in deviations.iter_mut().zip(row).zip(&ends) {
            let distance = distance(value, low, high);
            if distance > 0.0 && self.config.scaling == OnlineScaling::Bounded {
                *deviations = deviations.max(0.0) + highest * Excess::share(distance) as f32;
            }
        }
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&left, &right| deviations[right].total_cmp(&deviations[left]));
        let clusters = ensemble.map().clusters();
        let reason = |feature: usize| Reason {
            feature,
            cluster: clusters.iter().position(|cluster| cluster.contains(&feature)),
            value: row[feature],
            expected: ranges.inverse(feature, reconstruction[feature]),
            lowest: Some(ranges.ends().0[feature]),
            highest: Some(ranges.ends().1[feature]),
            deviations: deviations[feature],
        };
        Ok(order.into_iter().take(count).map(reason).collect())
    }
}
