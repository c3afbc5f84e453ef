//! Marginals: how rare each value is in its own feature.

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, TensorData, backend::Backend};
use rayon::prelude::*;

use crate::model::recorded::Recorded;
use crate::model::row_major::on_device;

/// Bins of a feature over 0-1. Sixteen or thirty-two do as well.
pub(crate) const BINS: usize = 24;

/// Rows that a bin has beside those in it, so that an empty one is rare, but not impossible.
const PSEUDO_ROWS: f64 = 0.5;

/// Added to the deviation of a feature's rarity: a value that hardly any row has would outweigh all other features.
const DEVIATION_FLOOR: f64 = 0.1;

/// Histograms of the training rows, feature by feature (the histogram-based outlier score of Goldstein and Dengel, 2012).
///
/// Whoever compares a row with single training rows, or with centres of them, takes a burst of anomalies among these for ordinary: it has its own
/// centre, and its rows are each other's neighbours. In each single feature, though, its values are few among those of all ordinary rows.
///
/// The rarity of a value is minus the logarithm of its density, linear between the centres of the bins, so that rounding moves no value far. It is standardised over ordinary rows,
/// and averaged over the features, each with a weight of one over the sum of its squared correlations with the features of its clusters: features that repeat each other count
/// as one.
#[derive(Module, Debug)]
pub(crate) struct Marginals<B: Backend> {
    /// What a value at the centre of each bin adds to the rarity of its row: [features, [`BINS`]]; one row of zeros without marginals.
    pub(crate) rarities: Param<Tensor<B, 2>>,
    /// Burn loses what is recorded for an `Option`.
    is_there: Recorded<B, bool>,
}

impl<B: Backend> Marginals<B> {
    /// Makes marginals of rarities, [features, [`BINS`]]; an empty list gives a model without marginals.
    pub(crate) fn from_values(rarities: Vec<f32>, device: &B::Device) -> Self {
        let is_there = !rarities.is_empty();
        let rarities = if is_there { rarities } else { vec![0.0; BINS] };
        let shape = [rarities.len() / BINS, BINS];
        let rarities = Param::from_tensor(on_device(TensorData::new(rarities, shape), device)).set_require_grad(false);
        Self { rarities, is_there: Recorded::new(is_there) }
    }

    /// The values to save; `None` without marginals.
    pub(crate) fn to_values(&self) -> Option<Vec<f32>> {
        self.is_there().then(|| self.rarities.val().into_data().iter::<f32>().collect())
    }

    pub(crate) fn is_there(&self) -> bool {
        *self.is_there.get()
    }

    /// The rarity of each row.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    /// - output: `[rows]`
    pub(crate) fn rarity(&self, x: Tensor<B, 2>) -> Tensor<B, 1> {
        let ([rows, features], device) = (x.dims(), x.device());
        // Counted from the centre of the first bin.
        let places = (x * BINS as f64 - 0.5).clamp_min(0.0).clamp_max((BINS - 1) as f64);
        let below = places.clone().int().clamp(0, BINS as i64 - 2);
        let share = places - below.clone().float();
        let first = Tensor::<B, 1, Int>::arange(0..features as i64, &device).reshape([1, features]) * BINS as i64;
        let below = (below + first).reshape([rows * features]);
        let all = self.rarities.val().reshape([features * BINS]);
        let at = |places: Tensor<B, 1, Int>| all.clone().select(0, places).reshape([rows, features]);
        let (low, high) = (at(below.clone()), at(below + 1));
        (low.clone() + (high - low) * share).sum_dim(1).reshape([rows])
    }
}

/// Bin below a value in 0-1, counted by centres, and the share of the way to the centre of the next bin.
fn place(x: f32) -> (usize, f64) {
    let place = (f64::from(x) * BINS as f64 - 0.5).clamp(0.0, (BINS - 1) as f64);
    let below = (place as usize).min(BINS - 2);
    (below, place - below as f64)
}

/// Fits rarities, [features, [`BINS`]], to ordinary rows in 0-1.
///
/// # Shapes
/// - rows: [rows, features]
/// - `repeated`: [how much](super::residuals::Explained::repeated) of each feature the others of its cluster repeat, for each of `clusters`
pub(crate) fn rarities(rows: &[f32], features: usize, clusters: &[Vec<usize>], repeated: &[Vec<f64>]) -> Vec<f32> {
    let by_cluster = clusters.iter().flatten().zip(repeated.iter().flatten());
    let mut repeated = vec![1.0; features];
    by_cluster.for_each(|(&feature, share)| repeated[feature] += share);
    let all: f64 = repeated.iter().map(|repeated| 1.0 / repeated).sum();
    let of_feature = |feature: usize| {
        let values: Vec<f32> = rows.iter().skip(feature).step_by(features).copied().collect();
        let logarithms = minus_log_densities(&values);
        let of_value = |&x: &f32| {
            let (below, share) = place(x);
            logarithms[below] + (logarithms[below + 1] - logarithms[below]) * share
        };
        let rarities: Vec<f64> = values.iter().map(of_value).collect();
        let count = rarities.len().max(1) as f64;
        let mean = rarities.iter().sum::<f64>() / count;
        let variance = rarities.iter().map(|rarity| (rarity - mean).powi(2)).sum::<f64>() / count;
        let factor = 1.0 / repeated[feature] / all / (variance.sqrt() + DEVIATION_FLOOR);
        logarithms.map(|logarithm| ((logarithm - mean) * factor) as f32)
    };
    let of_features: Vec<[f32; BINS]> = (0..features).into_par_iter().map(of_feature).collect();
    of_features.concat()
}

/// Minus the logarithm of the density in each bin, of values in 0-1.
fn minus_log_densities(values: &[f32]) -> [f64; BINS] {
    let mut counts = [PSEUDO_ROWS; BINS];
    for &x in values {
        counts[((f64::from(x) * BINS as f64).max(0.0) as usize).min(BINS - 1)] += 1.0;
    }
    let all = values.len() as f64 + PSEUDO_ROWS * BINS as f64;
    counts.map(|count| -(count / all * BINS as f64).ln())
}
