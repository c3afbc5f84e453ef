//! Arithmetic on single vector registers.

use pulp::{Arch, Simd, WithSimd};

use crate::compute::cpu::simd::{self, WIDEST};

/// The farthest from 0 that the head's input can be.
const FARTHEST: f32 = 1e18;

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

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let [y] = simd::sigmoid(simd, [x]);
    y
}

/// `y (1 - y)`, the derivative of the sigmoid by its value.
#[inline(always)]
pub(super) fn slope<S: Simd>(simd: S, y: S::f32s) -> S::f32s {
    simd.mul_f32s(y, simd.sub_f32s(simd.splat_f32s(1.0), y))
}

/// The sum of the numbers of a vector: the halves are added, then the halves of the sum, and so on.
#[inline(always)]
pub(super) fn total<S: Simd>(simd: S, vector: S::f32s) -> f32 {
    let mut numbers = [0.0; WIDEST];
    simd.partial_store_f32s(&mut numbers[..S::F32_LANES], vector);
    let mut half = S::F32_LANES / 2;
    while half > 0 {
        for at in 0..half {
            numbers[at] += numbers[at + half];
        }
        half /= 2;
    }
    numbers[0]
}

/// An error of a tail, scaled for the head by the lowest and the highest one. `floors` are added to the width of the range, and the least width.
#[inline(always)]
pub(super) fn scaled_error<S: Simd>(simd: S, error: S::f32s, [lowest, highest]: [S::f32s; 2], [added, least]: [S::f32s; 2]) -> S::f32s {
    let width = simd.max_f32s(simd.add_f32s(simd.sub_f32s(highest, lowest), added), least);
    simd.min_f32s(simd.splat_f32s(FARTHEST), simd.div_f32s(simd.sub_f32s(error, lowest), width))
}
