//! Kernels of the distances to the prototypes.

use cubecl::prelude::*;

/// Squared distances of rows [rows, features] to prototypes [features, prototypes], which are relative to the middle: [rows, prototypes].
#[cube(launch)]
pub(in crate::compute::gpu) fn square_distances(x: &Array<f32>, centres: &Array<f32>, middle: &Array<f32>, output: &mut Array<f32>) {
    if ABSOLUTE_POS < output.len() {
        let features = middle.len();
        let prototypes = centres.len() / features;
        let first = ABSOLUTE_POS / prototypes * features;
        let prototype = ABSOLUTE_POS % prototypes;
        let mut sum = 0.0f32;
        for feature in 0..features {
            let difference = x[first + feature] - middle[feature] - centres[feature * prototypes + prototype];
            sum += difference * difference;
        }
        output[ABSOLUTE_POS] = sum;
    }
}

/// The mean of the roots of the smallest squares of each row.
#[cube(launch)]
pub(in crate::compute::gpu) fn mean_of_nearest(squares: &Array<f32>, output: &mut Array<f32>, #[comptime] nearest: usize) {
    if ABSOLUTE_POS < output.len() {
        let prototypes = squares.len() / output.len();
        let mut least = Array::<f32>::new(nearest);
        #[unroll]
        for slot in 0..nearest {
            least[slot] = f32::MAX;
        }
        for prototype in 0..prototypes {
            let mut square = squares[ABSOLUTE_POS * prototypes + prototype];
            #[unroll]
            for slot in 0..nearest {
                let other = least[slot];
                least[slot] = min(square, other);
                square = max(square, other);
            }
        }
        let mut sum = 0.0f32;
        #[unroll]
        for slot in 0..nearest {
            sum += least[slot].sqrt();
        }
        output[ABSOLUTE_POS] = sum / (nearest as f32);
    }
}
