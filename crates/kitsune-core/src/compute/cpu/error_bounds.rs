//! Sums and bounds of errors over the rows that train.

use pulp::{Simd, WithSimd};

use super::block::Block;

/// Sums the errors of all columns over the rows of weight 1 (the others have 0), and widens `bounds`, one pair per column, by them.
pub(crate) struct Summary<'a> {
    pub(crate) errors: &'a Block,
    /// Weight of each row, padding included.
    pub(crate) weights: &'a [f32],
    pub(crate) bounds: Option<(&'a mut [f32], &'a mut [f32])>,
}

impl WithSimd for Summary<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { errors, weights, mut bounds } = self;
        let weights = S::as_simd_f32s(&weights[..errors.padded()]).0;
        let zero = simd.splat_f32s(0.0);
        let mut total = 0.0;
        for column in 0..errors.columns() {
            let errors = S::as_simd_f32s(errors.column(column)).0;
            let (mut sum, mut least, mut most) = (zero, simd.splat_f32s(f32::INFINITY), simd.splat_f32s(f32::NEG_INFINITY));
            for vector in 0..errors.len() {
                let (error, counts) = (errors[vector], simd.greater_than_f32s(weights[vector], zero));
                sum = simd.add_f32s(sum, simd.select_f32s(counts, error, zero));
                least = simd.min_f32s(least, simd.select_f32s(counts, error, least));
                most = simd.max_f32s(most, simd.select_f32s(counts, error, most));
            }
            total += f64::from(simd.reduce_sum_f32s(sum));
            if let Some((minimum, maximum)) = &mut bounds {
                minimum[column] = minimum[column].min(simd.reduce_min_f32s(least));
                maximum[column] = maximum[column].max(simd.reduce_max_f32s(most));
            }
        }
        total
    }
}
