//! The kernel of what values beyond the range of the training rows add to a score.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "what a kernel reads is given by reference")]

use cubecl::prelude::*;

use super::cube_functions::{UNITS, add_up};
use crate::scaler::range_on_device::RANGE_ROWS;

/// Adds to each score the excess of its row, with the distances of [`DeviceRange`](crate::scaler::range_on_device::DeviceRange). A cube for
/// each row.
#[cube(launch)]
pub(in crate::compute::gpu) fn raise(rows: &Tensor<f32>, of_range: &Array<f32>, scores: &Array<f32>, output: &mut Array<f32>, factor: f32) {
    let features = of_range.len() / RANGE_ROWS;
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let mut sums = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut row = CUBE_POS;
    // There may be more cubes than rows. The last ones repeat the last row, since all units of a cube must come to its barriers.
    if row >= output.len() {
        row = output.len() - 1;
    }
    let mut sum = 0.0f32;
    for feature in range_stepped(unit, features, units) {
        let value = rows[row * rows.stride(0) + feature * rows.stride(1)];
        let off = (value - of_range[feature] - of_range[features + feature]).abs() - of_range[2 * features + feature];
        let distance = min(max(off, 0.0f32) * of_range[3 * features + feature], of_range[4 * features + feature]);
        sum += distance * distance * distance * distance;
    }
    sums[unit] = sum;
    add_up(&mut sums);
    if UNIT_POS == 0u32 {
        output[row] = scores[row] + factor * sums[0].log1p();
    }
}
