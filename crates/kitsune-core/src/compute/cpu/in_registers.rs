//! Autoencoders of few hidden units, which stay in registers from end to end: the tails, and heads over few tails.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::parameters::{Autoencoder, ParametersMut, TrainedRows};
use super::simd::{self, Pair, root, root_slope, size};
use crate::kinds::ErrorMetric;

/// Maximum number of hidden units.
pub(crate) const MOST_HIDDEN: usize = 8;

/// Calls the function for a number of hidden units that is known at compile time.
macro_rules! of_hidden {
    ($autoencoder:expr, $function:ident($($argument:expr),*)) => {
        match $autoencoder.hidden_bias.len() {
            1 => $function::<S, 1>($($argument),*),
            2 => $function::<S, 2>($($argument),*),
            3 => $function::<S, 3>($($argument),*),
            4 => $function::<S, 4>($($argument),*),
            5 => $function::<S, 5>($($argument),*),
            6 => $function::<S, 6>($($argument),*),
            7 => $function::<S, 7>($($argument),*),
            _ => $function::<S, MOST_HIDDEN>($($argument),*),
        }
    };
}

/// Computes errors, and reconstructions if `outputs` is given.
pub(crate) struct Forward<'a> {
    pub(crate) autoencoder: Autoencoder<'a>,
    pub(crate) x: &'a Block,
    /// Error of each row, padding included.
    pub(crate) errors: &'a mut [f32],
    /// A column for each visible unit.
    pub(crate) outputs: Option<&'a mut Block>,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        of_hidden!(self.autoencoder, forward(simd, self));
    }
}

/// Computes errors and the gradient.
pub(crate) struct Train<'a> {
    pub(crate) autoencoder: Autoencoder<'a>,
    pub(crate) rows: TrainedRows<'a>,
    /// Error of each row, padding included.
    pub(crate) errors: &'a mut [f32],
    /// The gradient of this autoencoder is added to these.
    pub(crate) gradient: ParametersMut<'a>,
    pub(crate) scratch: &'a mut Vec<f32>,
}

impl WithSimd for Train<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        of_hidden!(self.autoencoder, train(simd, self));
    }
}

#[inline(always)]
fn forward<S: Simd, const H: usize>(simd: S, task: Forward<'_>) {
    let Forward { autoencoder, x, errors, mut outputs } = task;
    let (vectors, stride) = (x.padded() / S::F32_LANES, x.stride() / S::F32_LANES);
    let (x, errors) = (S::as_simd_f32s(x.values()).0, S::as_mut_simd_f32s(errors).0);
    let share = simd::splat(simd, 1.0 / autoencoder.columns.len() as f32);
    let mut vector = 0;
    while vector < vectors {
        let h = hidden::<S, H>(simd, &autoencoder, x, stride, vector);
        let mut sum = simd::splat(simd, 0.0);
        for (unit, (&column, w)) in autoencoder.columns.iter().zip(autoencoder.weight.chunks_exact(autoencoder.stride)).enumerate() {
            let y = visible(simd, &h, w, autoencoder.visible_bias[unit]);
            let r = simd::sub(simd, y, simd::load::<S, 2>(x, column * stride + vector));
            sum = match autoencoder.error {
                ErrorMetric::Absolute => simd::add(simd, sum, size(simd, r)),
                ErrorMetric::RootMeanSquare => simd::mul_add(simd, r, r, sum),
            };
            if let Some(outputs) = &mut outputs {
                simd::store::<S, 2>(S::as_mut_simd_f32s(outputs.values_mut()).0, unit * stride + vector, y);
            }
        }
        let mean = simd::mul(simd, sum, share);
        let error = match autoencoder.error {
            ErrorMetric::Absolute => mean,
            ErrorMetric::RootMeanSquare => root(simd, mean),
        };
        simd::store::<S, 2>(errors, vector, error);
        vector += 2;
    }
}

#[inline(always)]
fn train<S: Simd, const H: usize>(simd: S, task: Train<'_>) {
    let Train { autoencoder, rows: TrainedRows { targets, seen, weights }, errors, gradient, scratch } = task;
    let (vectors, stride) = (targets.padded() / S::F32_LANES, targets.stride() / S::F32_LANES);
    let (x, seen) = (S::as_simd_f32s(targets.values()).0, S::as_simd_f32s(seen.values()).0);
    let (row_weights, errors) = (S::as_simd_f32s(weights).0, S::as_mut_simd_f32s(errors).0);
    let units = autoencoder.columns.len();
    let share = simd::splat(simd, 1.0 / units as f32);
    let one = simd::splat(simd, 1.0);

    // The buffer holds sums of the gradient in each lane, and the slopes at the visible units for one pair of vectors.
    scratch.clear();
    scratch.resize((units * H + H + units + 2 * units) * S::F32_LANES, 0.0);
    let (weight_sums, rest) = S::as_mut_simd_f32s(scratch).0.split_at_mut(units * H);
    let (hidden_sums, rest) = rest.split_at_mut(H);
    let (visible_sums, slopes) = rest.split_at_mut(units);

    let mut vector = 0;
    while vector < vectors {
        let h = hidden::<S, H>(simd, &autoencoder, seen, stride, vector);
        let row_weight = simd::load::<S, 2>(row_weights, vector);
        let scale = simd::mul(simd, row_weight, share);
        let mut sum = simd::splat(simd, 0.0);
        let mut back = [simd::splat(simd, 0.0); H];
        for (unit, (&column, w)) in autoencoder.columns.iter().zip(autoencoder.weight.chunks_exact(autoencoder.stride)).enumerate() {
            let y = visible(simd, &h, w, autoencoder.visible_bias[unit]);
            let r = simd::sub(simd, y, simd::load::<S, 2>(x, column * stride + vector));
            let slope = simd::mul(simd, r, simd::mul(simd, y, simd::sub(simd, one, y)));
            let slope = match autoencoder.error {
                ErrorMetric::Absolute => {
                    let size = size(simd, r);
                    sum = simd::add(simd, sum, size);
                    simd::div(simd, simd::mul(simd, slope, scale), size)
                }
                ErrorMetric::RootMeanSquare => {
                    sum = simd::mul_add(simd, r, r, sum);
                    slope
                }
            };
            simd::store::<S, 2>(slopes, 2 * unit, slope);
            for j in 0..H {
                back[j] = simd::mul_add(simd, slope, simd::splat(simd, w[j]), back[j]);
            }
        }
        let mean = simd::mul(simd, sum, share);
        match autoencoder.error {
            ErrorMetric::Absolute => simd::store::<S, 2>(errors, vector, mean),
            ErrorMetric::RootMeanSquare => {
                let error = root(simd, mean);
                simd::store::<S, 2>(errors, vector, error);
                let factor = root_slope(simd, mean, error, scale);
                for j in 0..H {
                    back[j] = simd::mul(simd, back[j], factor);
                }
                for unit in 0..units {
                    let slope = simd::load::<S, 2>(slopes, 2 * unit);
                    simd::store::<S, 2>(slopes, 2 * unit, simd::mul(simd, slope, factor));
                }
            }
        }
        for j in 0..H {
            back[j] = simd::mul(simd, back[j], simd::slope(simd, autoencoder.activation, h[j]));
            hidden_sums[j] = simd.add_f32s(hidden_sums[j], simd::sum(simd, back[j]));
        }
        for (unit, (&column, sums)) in autoencoder.columns.iter().zip(weight_sums.chunks_exact_mut(H)).enumerate() {
            let x = simd::load::<S, 2>(seen, column * stride + vector);
            let slope = simd::load::<S, 2>(slopes, 2 * unit);
            for j in 0..H {
                let mut sum = sums[j];
                for p in 0..2 {
                    sum = simd.mul_add_e_f32s(x[p], back[j][p], simd.mul_add_e_f32s(slope[p], h[j][p], sum));
                }
                sums[j] = sum;
            }
            visible_sums[unit] = simd.add_f32s(visible_sums[unit], simd::sum(simd, slope));
        }
        vector += 2;
    }

    for (sums, into) in weight_sums.chunks_exact(H).zip(gradient.weight.chunks_exact_mut(autoencoder.stride)) {
        for j in 0..H {
            into[j] += simd.reduce_sum_f32s(sums[j]);
        }
    }
    for j in 0..H {
        gradient.hidden_bias[j] += simd.reduce_sum_f32s(hidden_sums[j]);
    }
    for unit in 0..units {
        gradient.visible_bias[unit] += simd.reduce_sum_f32s(visible_sums[unit]);
    }
}

/// Computes the hidden units of a pair of vectors.
#[inline(always)]
fn hidden<S: Simd, const H: usize>(simd: S, autoencoder: &Autoencoder<'_>, x: &[S::f32s], stride: usize, vector: usize) -> [Pair<S>; H] {
    let mut h = [simd::splat(simd, 0.0); H];
    for j in 0..H {
        h[j] = simd::splat(simd, autoencoder.hidden_bias[j]);
    }
    for (&column, w) in autoencoder.columns.iter().zip(autoencoder.weight.chunks_exact(autoencoder.stride)) {
        let x = simd::load::<S, 2>(x, column * stride + vector);
        for j in 0..H {
            h[j] = simd::mul_add(simd, x, simd::splat(simd, w[j]), h[j]);
        }
    }
    for j in 0..H {
        h[j] = simd::activate(simd, autoencoder.activation, h[j]);
    }
    h
}

/// Computes a visible unit of a pair of vectors.
#[inline(always)]
fn visible<S: Simd, const H: usize>(simd: S, h: &[Pair<S>; H], w: &[f32], bias: f32) -> Pair<S> {
    let mut y = simd::splat(simd, bias);
    for j in 0..H {
        y = simd::mul_add(simd, h[j], simd::splat(simd, w[j]), y);
    }
    simd::sigmoid(simd, y)
}
