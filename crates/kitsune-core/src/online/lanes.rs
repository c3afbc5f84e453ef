//! Arithmetic on single vector registers.

use pulp::{Arch, Simd, WithSimd};

use crate::compute::cpu::simd::{TANH_BOUND, TANH_P, TANH_Q};

/// The numbers of a vector register of this machine.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// `Σ c_k x^k` of ascending coefficients.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: [f32; N]) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[N - 1]);
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(coefficients[k]));
    }
    sum
}

/// `1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2`.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.splat_f32s(0.5);
    // The order of the operands matters: the instruction returns the second one if one is NaN.
    let x = simd.max_f32s(simd.splat_f32s(-TANH_BOUND), simd.mul_f32s(x, half));
    let x = simd.min_f32s(simd.splat_f32s(TANH_BOUND), x);
    let square = simd.mul_f32s(x, x);
    let tanh = simd.div_f32s(simd.mul_f32s(x, polynomial(simd, square, TANH_P)), polynomial(simd, square, TANH_Q));
    simd.mul_add_e_f32s(tanh, half, half)
}

/// `y (1 - y)`, the derivative of the sigmoid by its value.
#[inline(always)]
pub(super) fn slope<S: Simd>(simd: S, y: S::f32s) -> S::f32s {
    simd.mul_f32s(y, simd.sub_f32s(simd.splat_f32s(1.0), y))
}
