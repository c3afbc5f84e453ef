//! Arithmetic on vector registers, with a row in each lane.
//!
//! The loops are plain and without closures. Code that the compiler does not inline into the dispatched function is compiled without its
//! vector instructions.

use pulp::Simd;

use crate::kinds::Activation;
use crate::model::tied_autoencoder::{ABSOLUTE_FLOOR, SQUARE_FLOOR};

/// Two vectors, so that consecutive operations are independent.
pub(crate) type Pair<S> = [<S as Simd>::f32s; 2];

/// Numbers of the widest vector.
pub(crate) const WIDEST: usize = 16;

/// Bound beyond which tanh is 1 to the last bits.
const TANH_BOUND: f32 = 8.0;

/// `tanh(x) = x P(x²) / Q(x²)`, coefficients of ascending powers. It is the minimax fit in relative error over ±8, found by Lawson's
/// iteration. The error is 6e-9 in exact arithmetic, and at most 3e-7 in f32, half of that for most values.
const TANH_P: [f32; 5] = [1.0, 0.134_445_03, 3.571_604_1e-3, 2.189_476_3e-5, 1.523_056_2e-8];
const TANH_Q: [f32; 5] = [1.0, 0.467_778_3, 2.616_446_7e-2, 3.411_302e-4, 8.522_505e-7];

#[inline(always)]
pub(crate) fn splat<S: Simd, const N: usize>(simd: S, value: f32) -> [S::f32s; N] {
    [simd.splat_f32s(value); N]
}

/// Loads the vectors from this one of a column on.
#[inline(always)]
pub(crate) fn load<S: Simd, const N: usize>(column: &[S::f32s], vector: usize) -> [S::f32s; N] {
    let mut loaded = [column[vector]; N];
    loaded.copy_from_slice(&column[vector..vector + N]);
    loaded
}

#[inline(always)]
pub(crate) fn store<S: Simd, const N: usize>(column: &mut [S::f32s], vector: usize, values: [S::f32s; N]) {
    column[vector..vector + N].copy_from_slice(&values);
}

#[inline(always)]
pub(crate) fn add<S: Simd, const N: usize>(simd: S, mut a: [S::f32s; N], b: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        a[p] = simd.add_f32s(a[p], b[p]);
    }
    a
}

#[inline(always)]
pub(crate) fn sub<S: Simd, const N: usize>(simd: S, mut a: [S::f32s; N], b: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        a[p] = simd.sub_f32s(a[p], b[p]);
    }
    a
}

#[inline(always)]
pub(crate) fn mul<S: Simd, const N: usize>(simd: S, mut a: [S::f32s; N], b: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        a[p] = simd.mul_f32s(a[p], b[p]);
    }
    a
}

/// `a b + c`.
#[inline(always)]
pub(crate) fn mul_add<S: Simd, const N: usize>(simd: S, mut a: [S::f32s; N], b: [S::f32s; N], c: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        a[p] = simd.mul_add_e_f32s(a[p], b[p], c[p]);
    }
    a
}

#[inline(always)]
pub(crate) fn sqrt<S: Simd, const N: usize>(simd: S, mut x: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        x[p] = simd.sqrt_f32s(x[p]);
    }
    x
}

/// The maximum. Returns NaN if `x` is NaN.
#[inline(always)]
pub(crate) fn max<S: Simd, const N: usize>(simd: S, least: [S::f32s; N], mut x: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        // The order of the operands matters: the instruction returns the second one if one is NaN.
        x[p] = simd.max_f32s(least[p], x[p]);
    }
    x
}

#[inline(always)]
pub(crate) fn min<S: Simd, const N: usize>(simd: S, most: [S::f32s; N], mut x: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        x[p] = simd.min_f32s(most[p], x[p]);
    }
    x
}

/// `a / b`. Two rows could share a division, but then the last bit of a row's result would depend on its neighbour.
#[inline(always)]
pub(crate) fn div<S: Simd, const N: usize>(simd: S, mut a: [S::f32s; N], b: [S::f32s; N]) -> [S::f32s; N] {
    for p in 0..N {
        a[p] = simd.div_f32s(a[p], b[p]);
    }
    a
}

#[inline(always)]
pub(crate) fn sum<S: Simd, const N: usize>(simd: S, x: [S::f32s; N]) -> S::f32s {
    let mut sum = x[0];
    for p in 1..N {
        sum = simd.add_f32s(sum, x[p]);
    }
    sum
}

/// `Σ c_k x^k` of ascending coefficients.
#[inline(always)]
fn polynomial<S: Simd, const N: usize, const C: usize>(simd: S, x: [S::f32s; N], coefficients: [f32; C]) -> [S::f32s; N] {
    let mut sum = splat(simd, coefficients[C - 1]);
    let mut k = C - 1;
    while k > 0 {
        k -= 1;
        sum = mul_add(simd, sum, x, splat(simd, coefficients[k]));
    }
    sum
}

#[inline(always)]
pub(crate) fn tanh<S: Simd, const N: usize>(simd: S, x: [S::f32s; N]) -> [S::f32s; N] {
    let x = min(simd, splat(simd, TANH_BOUND), max(simd, splat(simd, -TANH_BOUND), x));
    let square = mul(simd, x, x);
    div(simd, mul(simd, x, polynomial(simd, square, TANH_P)), polynomial(simd, square, TANH_Q))
}

/// `1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2`.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd, const N: usize>(simd: S, x: [S::f32s; N]) -> [S::f32s; N] {
    let half = splat(simd, 0.5);
    mul_add(simd, tanh(simd, mul(simd, x, half)), half, half)
}

#[inline(always)]
pub(crate) fn activate<S: Simd, const N: usize>(simd: S, activation: Activation, x: [S::f32s; N]) -> [S::f32s; N] {
    match activation {
        Activation::Tanh => tanh(simd, x),
        Activation::Sigmoid => sigmoid(simd, x),
    }
}

/// The derivative of an activation as a function of its value.
#[inline(always)]
pub(crate) fn slope<S: Simd, const N: usize>(simd: S, activation: Activation, y: [S::f32s; N]) -> [S::f32s; N] {
    let one = splat(simd, 1.0);
    match activation {
        Activation::Tanh => sub(simd, one, mul(simd, y, y)),
        Activation::Sigmoid => mul(simd, y, sub(simd, one, y)),
    }
}

/// The absolute error of a difference.
#[inline(always)]
pub(crate) fn size<S: Simd, const N: usize>(simd: S, r: [S::f32s; N]) -> [S::f32s; N] {
    sqrt(simd, mul_add(simd, r, r, splat(simd, ABSOLUTE_FLOOR as f32)))
}

/// The root of a mean square.
#[inline(always)]
pub(crate) fn root<S: Simd, const N: usize>(simd: S, mean: [S::f32s; N]) -> [S::f32s; N] {
    sqrt(simd, max(simd, splat(simd, SQUARE_FLOOR as f32), mean))
}

/// The factor from the slope of half the square to that of the root: `scale / error`, and 0 below the floor.
#[inline(always)]
pub(crate) fn root_slope<S: Simd, const N: usize>(simd: S, mean: [S::f32s; N], error: [S::f32s; N], scale: [S::f32s; N]) -> [S::f32s; N] {
    let floor = simd.splat_f32s(SQUARE_FLOOR as f32);
    let mut factor = scale;
    for p in 0..N {
        let slope = simd.div_f32s(scale[p], error[p]);
        factor[p] = simd.select_f32s(simd.less_than_f32s(mean[p], floor), simd.splat_f32s(0.0), slope);
    }
    factor
}
