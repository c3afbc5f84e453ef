//! The excess: what values beyond the range of the training rows add to a score.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::kinds::ScoreKind;
use crate::rows::host_rows::{HostRows, Values};
use crate::rows::number::Number;
use crate::scaler::TrainingRange;

/// Number of kinds of scores.
pub(crate) const KINDS: usize = 7;

/// Distance beyond its range, in widths of that range, at which a single value adds the scale: somewhat less than ten, so that a value ten
/// widths beyond its range is above every threshold that is at most the scale, whatever f32 rounds.
const REACH: f64 = 9.0;

/// The logarithm at this distance.
static AT_REACH: LazyLock<f64> = LazyLock::new(|| REACH.powi(4).ln_1p());

/// What values beyond the range of the training rows add to the scores of their row. The parts of a score cannot show this, because the
/// scaler clamps.
///
/// `added = scale · ln(1 + Σ_f d_f⁴) / ln(1 + REACH⁴)`, where `d_f` is the distance of the value of feature `f` beyond the range of that
/// feature, in widths of the range. Below one width it adds next to nothing, since new ordinary rows leave the range by as much; beyond, it
/// adds with the logarithm of the distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Excess {
    pub(crate) range: TrainingRange,
    /// For each kind of score the highest score of the rows that set the threshold, and at least the threshold: `[kinds]`, in the order of
    /// [`ScoreKind`], 0 for a kind that the model lacks.
    pub(crate) scales: [f32; KINDS],
}

/// The excess for one kind of score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KindExcess<'a> {
    range: &'a TrainingRange,
    /// Factor of the logarithm.
    factor: f64,
}

impl Excess {
    pub(crate) fn of(&self, kind: ScoreKind) -> KindExcess<'_> {
        KindExcess { range: &self.range, factor: f64::from(self.scales[kind as usize]) / *AT_REACH }
    }

    /// Raises the scale of a kind to `least`.
    pub(crate) fn raise_scale(&mut self, kind: ScoreKind, least: f32) {
        let scale = &mut self.scales[kind as usize];
        *scale = scale.max(least);
    }

    /// How much a single value at a distance beyond its range adds, in parts of the scale.
    pub(crate) fn share(distance: f64) -> f64 {
        Self::share_of(distance.powi(4))
    }

    /// How much values add whose distances have this sum of fourth powers, in parts of the scale.
    pub(crate) fn share_of(powers: f64) -> f64 {
        powers.ln_1p() / *AT_REACH
    }
}

impl KindExcess<'_> {
    /// Factor of the logarithm of one plus the fourth powers of the distances.
    pub(crate) fn factor(self) -> f64 {
        self.factor
    }

    /// Raises scores, `[rows]` from the raw row `first` on. `among` are all of these scores, counted from `first`, whose rows have values beyond
    /// the range, and perhaps more. Returns the number of values beyond the range of the training rows.
    pub(crate) fn raise(self, rows: &HostRows<'_>, first: usize, among: &[usize], scores: &mut [f32]) -> u64 {
        let first = first * rows.features();
        match rows.values() {
            Values::F32(values) => self.raise_by(&values[first..], among, scores),
            Values::F64(values) => self.raise_by(&values[first..], among, scores),
        }
    }

    fn raise_by<T: Number>(self, rows: &[T], among: &[usize], scores: &mut [f32]) -> u64 {
        self.range.search(rows, among.iter().copied(), |row, powers| {
            let raised = f64::from(scores[row]) + self.factor * powers.ln_1p();
            // A score is finite unless it is NaN, which stays.
            scores[row] = if raised > f64::from(f32::MAX) { f32::MAX } else { raised as f32 };
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::kinds::Named;

    fn excess(scale: f32) -> Excess {
        let range = TrainingRange::new(vec![0.0, -10.0], vec![1.0, 10.0]).unwrap();
        Excess { range, scales: [scale; KINDS] }
    }

    fn raised(scale: f32, row: [f64; 2], score: f32) -> f32 {
        let (data, mut scores) = (TensorData::new(row.to_vec(), [1, 2]), [score]);
        excess(scale).of(ScoreKind::Body).raise(&HostRows::new(&data).unwrap(), 0, &[0], &mut scores);
        scores[0]
    }

    #[test]
    fn every_kind_of_score_has_a_scale() {
        let all: Vec<usize> = ScoreKind::ALL.iter().map(|&kind| kind as usize).collect();
        assert_eq!(all, (0..KINDS).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_added_is_the_scale_at_nine_widths_and_more_at_ten_on_either_side() {
        for (row, added) in
            [([10.0, 0.0], 8.0), ([0.5, -190.0], 8.0), ([0.5, 10.0], 0.0), ([-1.0, 30.0], 8.0 * 3.0_f32.ln() / 6562.0_f32.ln())]
        {
            assert!((raised(8.0, row, 0.7) - 0.7 - added).abs() < 1e-5, "{row:?}");
        }
        for row in [[11.0, 0.0], [-10.0, 0.0], [0.5, 210.0], [0.5, -210.0]] {
            assert!(raised(8.0, row, 0.0) > 8.3, "{row:?}");
        }
    }

    #[test]
    fn a_score_rises_with_the_distance_and_stays_finite() {
        let mut before = 0.0;
        for distance in [0.01, 0.1, 1.0, 10.0, 1e3, 1e6] {
            let found = raised(3.0, [1.0 + distance, 0.0], 0.1);
            assert!(found > before, "{distance}: {found}");
            before = found;
        }
        assert_eq!(raised(f32::MAX, [1e9, 0.0], 1.0), f32::MAX);
        assert!(raised(3.0, [f64::MAX, f64::MIN], f32::NAN).is_nan());
        assert_eq!(raised(0.0, [1e9, 0.0], 1.5), 1.5);
    }
}
