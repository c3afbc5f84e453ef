//! The map of a skewed feature: the mean of its position in its range and of its rank.

use pulp::{Arch, Simd, WithSimd};

use crate::rows::number::Number;
use crate::scaler::piecewise_linear::position;

/// Knots of a skewed feature.
pub(crate) const KNOTS: usize = 64;

/// Skewness above which a feature is half-ranked.
pub(crate) const SKEWED: f64 = 2.0;

/// Features whose skewness is found together: a cache line of f64.
pub(crate) const TOGETHER: usize = 8;

/// Third standardised moments of the values of [`TOGETHER`] features, from `first` on, over rows [rows, features]; 0 for a feature whose values are all equal, and
/// beyond the last feature.
pub(crate) fn skewness<T: Number>(rows: &[T], features: usize, first: usize) -> [f64; TOGETHER] {
    Arch::new().dispatch(Skewness { rows, features, first })
}

struct Skewness<'a, T> {
    rows: &'a [T],
    features: usize,
    first: usize,
}

impl<T: Number> WithSimd for Skewness<'_, T> {
    type Output = [f64; TOGETHER];

    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vector registers at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; TOGETHER] {
        let count = (self.rows.len() / self.features) as f64;
        let mut largest = [f64::MIN_POSITIVE; TOGETHER];
        for row in self.rows.chunks_exact(self.features) {
            let values = self.of_row(row);
            for f in 0..TOGETHER {
                let size = values[f].abs();
                largest[f] = if size > largest[f] { size } else { largest[f] };
            }
        }
        // The values are divided by the largest, so that their powers are finite.
        let mut mean = [0.0; TOGETHER];
        for row in self.rows.chunks_exact(self.features) {
            let values = self.of_row(row);
            for f in 0..TOGETHER {
                mean[f] += values[f] / largest[f];
            }
        }
        for mean in &mut mean {
            *mean /= count;
        }
        let (mut squares, mut cubes) = ([0.0; TOGETHER], [0.0; TOGETHER]);
        for row in self.rows.chunks_exact(self.features) {
            let values = self.of_row(row);
            for f in 0..TOGETHER {
                let apart = values[f] / largest[f] - mean[f];
                squares[f] += apart * apart;
                cubes[f] += apart * (apart * apart);
            }
        }
        let mut skewness = [0.0; TOGETHER];
        for f in 0..TOGETHER {
            let variance: f64 = squares[f] / count;
            if variance > 0.0 {
                skewness[f] = cubes[f] / count / variance.powf(1.5);
            }
        }
        skewness
    }
}

impl<T: Number> Skewness<'_, T> {
    /// The values of a row, 0 beyond its last.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn of_row(&self, row: &[T]) -> [f64; TOGETHER] {
        let row = &row[self.first..];
        let mut values = [0.0; TOGETHER];
        if let Some(full) = row.first_chunk::<TOGETHER>() {
            for f in 0..TOGETHER {
                values[f] = full[f].into();
            }
        } else {
            for f in 0..row.len() {
                values[f] = row[f].into();
            }
        }
        values
    }
}

/// Knots and values of a feature by its sorted sample. The last knot is repeated if there are fewer distinct quantiles.
pub(crate) fn half_ranked_curve(sorted: &[f64], minimum: f64, maximum: f64) -> Vec<(f64, f64)> {
    let last = sorted.len() - 1;
    let rank = |value: f64| (sorted.partition_point(|&other| other <= value) - 1) as f64 / last.max(1) as f64;
    let mut curve: Vec<(f64, f64)> = (0..KNOTS).map(|k| sorted[k * last / (KNOTS - 1)]).map(|knot| (knot, rank(knot))).collect();
    curve.dedup();
    // The sample may lack the rows of minimum and maximum.
    let end = curve.len() - 1;
    curve[0].0 = minimum;
    curve[end] = (maximum, 1.0);
    for (knot, value) in &mut curve {
        *value = 0.5 * position(*knot, minimum, maximum) + 0.5 * *value;
    }
    curve.resize(KNOTS, (maximum, 1.0));
    curve
}
