//! Functions that several kernels inline, and the size of the cubes that reduce.

use cubecl::prelude::*;

/// Number of units of a cube that reduces together.
pub(in crate::compute::gpu) const UNITS: u32 = 256;

/// Number of halvings that leave one unit.
pub(super) const ROUNDS: u32 = UNITS.trailing_zeros();

/// `1 / (1 + exp(-x))`
#[cube]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0f32 / (1.0f32 + (-x).exp())
}

/// The dropout factor of a feature of a row with the given two words: [`word_bits`](crate::random::word_bits) and
/// [`Dropout::factors`](crate::random::Dropout::factors).
#[cube]
pub(super) fn kept(low: u32, high: u32, feature: u32, threshold: u32, scale: f32) -> f32 {
    let mut x = low + (feature / 2u32) * 0x9E37_79B9u32;
    x = (x ^ (x >> 16u32)) * 0x21F0_AAADu32;
    x = (x ^ (x >> 15u32)) * 0x735A_2D97u32;
    let bits = (x ^ (x >> 15u32)) ^ high;
    let draw = select(feature & 1u32 == 0u32, bits & 0xFFFFu32, bits >> 16u32);
    select(draw < threshold, 0.0f32, scale)
}

/// Sums the values of all units into the first one, for the first unit to read.
#[cube]
pub(super) fn add_up(values: &mut SharedMemory<f32>) {
    let unit = UNIT_POS as usize;
    #[unroll]
    for round in 0..ROUNDS {
        sync_cube();
        let half = comptime!(UNITS >> (round + 1));
        if UNIT_POS < half {
            values[unit] += values[unit + half as usize];
        }
    }
}
