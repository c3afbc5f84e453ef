//! Kernels of the optimizers.

use cubecl::prelude::*;

use super::cube_functions::{UNITS, add_up};

/// Computes the factor that reduces the norm of all gradients to at most `bound`. One cube.
#[cube(launch)]
pub(in crate::compute::gpu) fn clip(gradient: &Array<f32>, factor: &mut Array<f32>, bound: f32, floor: f32) {
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let mut squares = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut sum = 0.0f32;
    for parameter in range_stepped(unit, gradient.len(), units) {
        sum += gradient[parameter] * gradient[parameter];
    }
    squares[unit] = sum;
    add_up(&mut squares);
    if UNIT_POS == 0u32 {
        factor[0] = min(bound / (squares[0].sqrt() + floor), 1.0f32);
    }
}

/// Takes a step of Adam.
#[cube(launch)]
pub(in crate::compute::gpu) fn adam(
    parameters: &Array<f32>,
    gradient: &Array<f32>,
    factor: &Array<f32>,
    first: &mut Array<f32>,
    second: &mut Array<f32>,
    output: &mut Array<f32>,
    beta_1: f32,
    beta_2: f32,
    rest_1: f32,
    rest_2: f32,
    rate: f32,
    epsilon: f32,
) {
    if ABSOLUTE_POS < output.len() {
        let slope = gradient[ABSOLUTE_POS] * factor[0];
        let mean = first[ABSOLUTE_POS] * beta_1 + slope * rest_1;
        let square = second[ABSOLUTE_POS] * beta_2 + slope * slope * rest_2;
        first[ABSOLUTE_POS] = mean;
        second[ABSOLUTE_POS] = square;
        output[ABSOLUTE_POS] = parameters[ABSOLUTE_POS] - mean * rate / (square.sqrt() + epsilon);
    }
}

/// Takes a step of gradient descent with momentum.
#[cube(launch)]
pub(in crate::compute::gpu) fn descend(
    parameters: &Array<f32>,
    gradient: &Array<f32>,
    factor: &Array<f32>,
    velocity: &mut Array<f32>,
    output: &mut Array<f32>,
    momentum: f32,
    rate: f32,
) {
    if ABSOLUTE_POS < output.len() {
        let change = velocity[ABSOLUTE_POS] * momentum + gradient[ABSOLUTE_POS] * factor[0];
        velocity[ABSOLUTE_POS] = change;
        output[ABSOLUTE_POS] = parameters[ABSOLUTE_POS] - change * rate;
    }
}
