//! The layers of autoencoders with one of these in each lane of a vector register, for some rows side by side. What a row has does not depend on the others.

use pulp::Simd;

use super::lanes::sigmoid;

/// Rows that are scored side by side: while the results of one are awaited, the other is computed.
pub(super) const SIDE_BY_SIDE: usize = 2;

/// Hidden units whose sums are in registers at once.
const TILE: usize = 4;

/// Visible units whose sums are in registers at once: half of a cluster of ten, which is the largest by default.
pub(super) const VISIBLE_TILE: usize = 5;

/// The sum of vectors.
#[inline(always)]
pub(super) fn sum<S: Simd>(simd: S, values: &[S::f32s]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for value in values {
        sum = simd.add_f32s(sum, *value);
    }
    sum
}

/// Units of some rows side by side: [units, rows], a cluster in each lane.
type Units<'a, S, const ROWS: usize> = &'a [[<S as Simd>::f32s; ROWS]];

/// The errors of the first `N` visible units. Adds their squares to `squares`. `w` is [visible, hidden], from these units on, and so are values, biases and masks.
#[inline(always)]
pub(super) fn off<S: Simd, const N: usize, const ROWS: usize>(
    simd: S,
    w: &[S::f32s],
    (h, x): (Units<'_, S, ROWS>, Units<'_, S, ROWS>),
    [bias, mask]: [&[S::f32s]; 2],
    errors: &mut [[S::f32s; ROWS]],
    squares: &mut [S::f32s; ROWS],
) {
    let (w, x, bias, mask, errors) = (&w[..N * h.len()], &x[..N], &bias[..N], &mask[..N], &mut errors[..N]);
    let mut y = [[simd.splat_f32s(0.0); ROWS]; N];
    for k in 0..N {
        y[k] = [bias[k]; ROWS];
    }
    for unit in 0..h.len() {
        for k in 0..N {
            for row in 0..ROWS {
                y[k][row] = simd.mul_add_e_f32s(w[k * h.len() + unit], h[unit][row], y[k][row]);
            }
        }
    }
    for k in 0..N {
        for row in 0..ROWS {
            let off = simd.mul_f32s(simd.sub_f32s(x[k][row], sigmoid(simd, y[k][row])), mask[k]);
            squares[row] = simd.mul_add_e_f32s(off, off, squares[row]);
            errors[k][row] = off;
        }
    }
}

/// The products of the visible units with the weights, added up for each hidden unit. `w` is [visible, hidden].
#[inline(always)]
pub(super) fn sums<S: Simd, const ROWS: usize>(simd: S, w: &[S::f32s], x: &[[S::f32s; ROWS]], into: &mut [[S::f32s; ROWS]]) {
    let hidden = into.len();
    let mut first = 0;
    while first + TILE <= hidden {
        let mut sum = [[simd.splat_f32s(0.0); ROWS]; TILE];
        for (w, x) in w.chunks_exact(hidden).zip(x) {
            let w = &w[first..first + TILE];
            for k in 0..TILE {
                for row in 0..ROWS {
                    sum[k][row] = simd.mul_add_e_f32s(x[row], w[k], sum[k][row]);
                }
            }
        }
        into[first..first + TILE].copy_from_slice(&sum);
        first += TILE;
    }
    for unit in first..hidden {
        let mut sum = [simd.splat_f32s(0.0); ROWS];
        for (w, x) in w.chunks_exact(hidden).zip(x) {
            for row in 0..ROWS {
                sum[row] = simd.mul_add_e_f32s(x[row], w[unit], sum[row]);
            }
        }
        into[unit] = sum;
    }
}
