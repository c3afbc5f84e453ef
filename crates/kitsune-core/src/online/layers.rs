//! The layers of autoencoders with one of these in each lane of a vector register.

use pulp::Simd;

use super::lanes::sigmoid;

/// Hidden units whose sums are in registers at once.
const TILE: usize = 4;

/// Visible units whose sums are in registers at once: half of a cluster of ten, which is the largest by default.
pub(super) const VISIBLE_TILE: usize = 5;

/// The weights and biases of a layer, as they lie in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer<'a> {
    /// The number of units that it computes.
    pub(super) units: usize,
    pub(super) weights: &'a [f32],
    /// From the weight of an input and a unit to that of the next input, and to that of the next unit.
    pub(super) steps: [usize; 2],
    pub(super) biases: &'a [f32],
    /// From the bias of a unit to that of the next.
    pub(super) bias_step: usize,
    /// Whether the products are added to the bias, and not the bias to their sum.
    pub(super) bias_first: bool,
}

/// The sum of vectors.
#[inline(always)]
pub(super) fn sum<S: Simd>(simd: S, values: &[S::f32s]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for value in values {
        sum = simd.add_f32s(sum, *value);
    }
    sum
}

/// The errors of the first `N` visible units. Returns the sum with their squares added. `w` is [visible, hidden], from these units on, and so are values,
/// biases and masks.
#[inline(always)]
pub(super) fn off<S: Simd, const N: usize>(
    simd: S,
    w: &[S::f32s],
    h: &[S::f32s],
    [x, bias, mask]: [&[S::f32s]; 3],
    errors: &mut [S::f32s],
    squares: S::f32s,
) -> S::f32s {
    let (w, x, bias, mask, errors) = (&w[..N * h.len()], &x[..N], &bias[..N], &mask[..N], &mut errors[..N]);
    let mut y = [simd.splat_f32s(0.0); N];
    y.copy_from_slice(bias);
    for unit in 0..h.len() {
        for k in 0..N {
            y[k] = simd.mul_add_e_f32s(w[k * h.len() + unit], h[unit], y[k]);
        }
    }
    let mut squares = squares;
    for k in 0..N {
        let off = simd.mul_f32s(simd.sub_f32s(x[k], sigmoid(simd, y[k])), mask[k]);
        squares = simd.mul_add_e_f32s(off, off, squares);
        errors[k] = off;
    }
    squares
}

/// The products of the visible units with the weights, added up for each hidden unit. `w` is [visible, hidden].
#[inline(always)]
pub(super) fn sums<S: Simd>(simd: S, w: &[S::f32s], x: &[S::f32s], into: &mut [S::f32s]) {
    let hidden = into.len();
    let mut first = 0;
    while first + TILE <= hidden {
        let mut sum = [simd.splat_f32s(0.0); TILE];
        for (w, x) in w.chunks_exact(hidden).zip(x) {
            let w = &w[first..first + TILE];
            for k in 0..TILE {
                sum[k] = simd.mul_add_e_f32s(*x, w[k], sum[k]);
            }
        }
        into[first..first + TILE].copy_from_slice(&sum);
        first += TILE;
    }
    for unit in first..hidden {
        let mut sum = simd.splat_f32s(0.0);
        for (w, x) in w.chunks_exact(hidden).zip(x) {
            sum = simd.mul_add_e_f32s(*x, w[unit], sum);
        }
        into[unit] = sum;
    }
}
