//! Arithmetic on vector registers, with a row in each lane.
//!
//! The loops are plain and without closures. Code that the compiler does not inline into the dispatched function is compiled without its
//! vector instructions.

use pulp::Simd;

use crate::kinds::Activation;
use crate::model::tied_autoencoder::{ABSOLUTE_FLOOR, SQUARE_FLOOR};

/// Two vectors, so that consecutive operations are independent.
pub(crate) type Pair<S> = [<S as Simd>::f32s; 2];

/// Bound beyond which tanh is 1 to the last bits.
pub(crate) const TANH_BOUND: f32 = 8.0;

/// `tanh(x) = x P(x²) / Q(x²)`, coefficients of ascending powers. It is the minimax fit in relative error over ±8, found by Lawson's
/// iteration. The error is 6e-9 in exact arithmetic, and at most 3e-7 in f32, half of that for most values.
pub(crate) const TANH_P: [f32; 5] = [1.0, 0.134_445_03, 3.571_604_1e-3, 2.189_476_3e-5, 1.523_056_2e-8];
pub(crate) const TANH_Q: [f32; 5] = [1.0, 0.467_778_3, 2.616_446_7e-2, 3.411_302e-4, 8.522_505e-7];

#[inline(always)]
pub(crate) fn splat<S: Simd>(simd: S, value: f32) -> Pair<S> {
    [simd.splat_f32s(value); 2]
}

/// Loads the pair of vectors that begins at a vector of a column.
#[inline(always)]
pub(crate) fn load<S: Simd>(column: &[S::f32s], vector: usize) -> Pair<S> {
    [column[vector], column[vector + 1]]
}

#[inline(always)]
pub(crate) fn store<S: Simd>(column: &mut [S::f32s], vector: usize, pair: Pair<S>) {
    [column[vector], column[vector + 1]] = pair;
}

#[inline(always)]
pub(crate) fn add<S: Simd>(simd: S, a: Pair<S>, b: Pair<S>) -> Pair<S> {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

#[inline(always)]
pub(crate) fn sub<S: Simd>(simd: S, a: Pair<S>, b: Pair<S>) -> Pair<S> {
    [simd.sub_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]
}

#[inline(always)]
pub(crate) fn mul<S: Simd>(simd: S, a: Pair<S>, b: Pair<S>) -> Pair<S> {
    [simd.mul_f32s(a[0], b[0]), simd.mul_f32s(a[1], b[1])]
}

/// `a b + c`.
#[inline(always)]
pub(crate) fn mul_add<S: Simd>(simd: S, a: Pair<S>, b: Pair<S>, c: Pair<S>) -> Pair<S> {
    [simd.mul_add_e_f32s(a[0], b[0], c[0]), simd.mul_add_e_f32s(a[1], b[1], c[1])]
}

#[inline(always)]
pub(crate) fn sqrt<S: Simd>(simd: S, x: Pair<S>) -> Pair<S> {
    [simd.sqrt_f32s(x[0]), simd.sqrt_f32s(x[1])]
}

/// The maximum. Returns NaN if `x` is NaN.
#[inline(always)]
pub(crate) fn max<S: Simd>(simd: S, least: Pair<S>, x: Pair<S>) -> Pair<S> {
    // The order of the operands matters: the instruction returns the second one if one is NaN.
    [simd.max_f32s(least[0], x[0]), simd.max_f32s(least[1], x[1])]
}

#[inline(always)]
pub(crate) fn min<S: Simd>(simd: S, most: Pair<S>, x: Pair<S>) -> Pair<S> {
    [simd.min_f32s(most[0], x[0]), simd.min_f32s(most[1], x[1])]
}

/// `a / b`. Two rows could share a division, but then the last bit of a row's result would depend on its neighbour.
#[inline(always)]
pub(crate) fn div<S: Simd>(simd: S, a: Pair<S>, b: Pair<S>) -> Pair<S> {
    [simd.div_f32s(a[0], b[0]), simd.div_f32s(a[1], b[1])]
}

#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, x: Pair<S>) -> S::f32s {
    simd.add_f32s(x[0], x[1])
}

/// `Σ c_k x^k` of ascending coefficients.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: Pair<S>, coefficients: [f32; N]) -> Pair<S> {
    let mut sum = splat(simd, coefficients[N - 1]);
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        sum = mul_add(simd, sum, x, splat(simd, coefficients[k]));
    }
    sum
}

#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: Pair<S>) -> Pair<S> {
    let x = min(simd, splat(simd, TANH_BOUND), max(simd, splat(simd, -TANH_BOUND), x));
    let square = mul(simd, x, x);
    div(simd, mul(simd, x, polynomial(simd, square, TANH_P)), polynomial(simd, square, TANH_Q))
}

/// `1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2`.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: Pair<S>) -> Pair<S> {
    let half = splat(simd, 0.5);
    mul_add(simd, tanh(simd, mul(simd, x, half)), half, half)
}

#[inline(always)]
pub(crate) fn activate<S: Simd>(simd: S, activation: Activation, x: Pair<S>) -> Pair<S> {
    match activation {
        Activation::Tanh => tanh(simd, x),
        Activation::Sigmoid => sigmoid(simd, x),
    }
}

/// The derivative of an activation as a function of its value.
#[inline(always)]
pub(crate) fn slope<S: Simd>(simd: S, activation: Activation, y: Pair<S>) -> Pair<S> {
    let one = splat(simd, 1.0);
    match activation {
        Activation::Tanh => sub(simd, one, mul(simd, y, y)),
        Activation::Sigmoid => mul(simd, y, sub(simd, one, y)),
    }
}

/// The absolute error of a difference.
#[inline(always)]
pub(crate) fn size<S: Simd>(simd: S, r: Pair<S>) -> Pair<S> {
    sqrt(simd, mul_add(simd, r, r, splat(simd, ABSOLUTE_FLOOR as f32)))
}

/// The root of a mean square.
#[inline(always)]
pub(crate) fn root<S: Simd>(simd: S, mean: Pair<S>) -> Pair<S> {
    sqrt(simd, max(simd, splat(simd, SQUARE_FLOOR as f32), mean))
}

/// The factor from the slope of half the square to that of the root: `scale / error`, and 0 below the floor.
#[inline(always)]
pub(crate) fn root_slope<S: Simd>(simd: S, mean: Pair<S>, error: Pair<S>, scale: Pair<S>) -> Pair<S> {
    let floor = simd.splat_f32s(SQUARE_FLOOR as f32);
    let mut factor = scale;
    for p in 0..2 {
        let slope = simd.div_f32s(scale[p], error[p]);
        factor[p] = simd.select_f32s(simd.less_than_f32s(mean[p], floor), simd.splat_f32s(0.0), slope);
    }
    factor
}
