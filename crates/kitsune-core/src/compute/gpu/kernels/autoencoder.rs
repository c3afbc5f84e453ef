//! Kernels of the autoencoders, forward and backward.

use cubecl::prelude::*;

use super::cube_functions::sigmoid;

/// Computes hidden units.
#[cube(launch)]
pub(in crate::compute::gpu) fn hide(
    seen: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    output: &mut Array<f32>,
    visible: u32,
    hidden: u32,
    #[comptime] is_tanh: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let (visible, hidden) = (visible as usize, hidden as usize);
        let unit = ABSOLUTE_POS % bias.len();
        let first = ABSOLUTE_POS / hidden * visible;
        let column = unit / hidden * visible * hidden + unit % hidden;
        let mut sum = bias[unit];
        for v in 0..visible {
            sum += seen[first + v] * weight[column + v * hidden];
        }
        if is_tanh {
            output[ABSOLUTE_POS] = sum.tanh();
        } else {
            output[ABSOLUTE_POS] = sigmoid(sum);
        }
    }
}

/// Computes reconstructions.
#[cube(launch)]
pub(in crate::compute::gpu) fn reconstruct(
    hidden_units: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    output: &mut Array<f32>,
    visible: u32,
    hidden: u32,
) {
    if ABSOLUTE_POS < output.len() {
        let (visible, hidden) = (visible as usize, hidden as usize);
        let unit = ABSOLUTE_POS % bias.len();
        let first = ABSOLUTE_POS / visible * hidden;
        let mut sum = bias[unit];
        for h in 0..hidden {
            sum += hidden_units[first + h] * weight[unit * hidden + h];
        }
        output[ABSOLUTE_POS] = sigmoid(sum);
    }
}

/// Computes errors. With slopes, the reconstructions are replaced by the derivative of the row's share of the error by the input of their
/// sigmoid.
#[cube(launch)]
pub(in crate::compute::gpu) fn compare(
    reconstructions: &mut Array<f32>,
    target: &Array<f32>,
    error_weight: &Array<f32>,
    shares: &Array<f32>,
    output: &mut Array<f32>,
    visible: u32,
    floor: f32,
    #[comptime] is_absolute: bool,
    #[comptime] with_slope: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let visible = visible as usize;
        let clusters = error_weight.len() / visible;
        let first = ABSOLUTE_POS * visible;
        let unit = ABSOLUTE_POS % clusters * visible;
        let mut sum = 0.0f32;
        for v in 0..visible {
            let difference = reconstructions[first + v] - target[first + v];
            let square = difference * difference;
            if is_absolute {
                sum += (square + floor).sqrt() * error_weight[unit + v];
            } else {
                sum += square * error_weight[unit + v];
            }
        }
        let mut error = sum;
        if !is_absolute {
            error = max(sum, floor).sqrt();
        }
        output[ABSOLUTE_POS] = error;
        if with_slope {
            let mut share = shares[ABSOLUTE_POS / clusters];
            if !is_absolute {
                share = select(sum >= floor, share / error, 0.0f32);
            }
            for v in 0..visible {
                let y = reconstructions[first + v];
                let difference = y - target[first + v];
                let mut slope = difference * error_weight[unit + v] * share;
                if is_absolute {
                    slope /= (difference * difference + floor).sqrt();
                }
                reconstructions[first + v] = slope * (1.0f32 - y) * y;
            }
        }
    }
}

/// Computes the same derivative by the input of the hidden units.
#[cube(launch)]
pub(in crate::compute::gpu) fn back(
    slopes: &Array<f32>,
    weight: &Array<f32>,
    hidden_units: &Array<f32>,
    output: &mut Array<f32>,
    visible: u32,
    hidden: u32,
    #[comptime] is_tanh: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let (visible, hidden) = (visible as usize, hidden as usize);
        let clusters = weight.len() / (visible * hidden);
        let row = ABSOLUTE_POS / hidden;
        let column = row % clusters * visible * hidden + ABSOLUTE_POS % hidden;
        let mut sum = 0.0f32;
        for v in 0..visible {
            sum += slopes[row * visible + v] * weight[column + v * hidden];
        }
        let unit = hidden_units[ABSOLUTE_POS];
        if is_tanh {
            output[ABSOLUTE_POS] = sum - sum * (unit * unit);
        } else {
            output[ABSOLUTE_POS] = sum * (unit - unit * unit);
        }
    }
}

/// Computes the gradients of weight, hidden bias and visible bias over the rows of each block: [blocks, parameters].
#[cube(launch)]
pub(in crate::compute::gpu) fn gradients(
    seen: &Array<f32>,
    before_hidden: &Array<f32>,
    slopes: &Array<f32>,
    hidden_units: &Array<f32>,
    weight_mask: &Array<f32>,
    output: &mut Array<f32>,
    rows: u32,
    block_rows: u32,
    visible: u32,
    hidden: u32,
) {
    if ABSOLUTE_POS < output.len() {
        let (visible, hidden, rows, block_rows) = (visible as usize, hidden as usize, rows as usize, block_rows as usize);
        let weights = weight_mask.len();
        let (of_visible, of_hidden) = (weights / hidden, weights / visible);
        let parameters = weights + of_visible + of_hidden;
        let start = ABSOLUTE_POS / parameters * block_rows;
        let end = min(start + block_rows, rows);
        let parameter = ABSOLUTE_POS % parameters;
        let mut sum = 0.0f32;
        if parameter < weights {
            let v = parameter / hidden;
            let h = v / visible * hidden + parameter % hidden;
            for row in start..end {
                sum += seen[row * of_visible + v] * before_hidden[row * of_hidden + h]
                    + slopes[row * of_visible + v] * hidden_units[row * of_hidden + h];
            }
            sum *= weight_mask[parameter];
        } else if parameter < weights + of_hidden {
            for row in start..end {
                sum += before_hidden[row * of_hidden + parameter - weights];
            }
        } else {
            for row in start..end {
                sum += slopes[row * of_visible + parameter - weights - of_hidden];
            }
        }
        output[ABSOLUTE_POS] = sum;
    }
}

/// Writes the sum over the blocks to the offset of each parameter of a part, and 0 to the gaps between them, from `weight_start` on.
#[cube(launch)]
pub(in crate::compute::gpu) fn add_blocks(
    blocks: &Array<f32>,
    output: &mut Array<f32>,
    weights: u32,
    hidden_biases: u32,
    visible_biases: u32,
    weight_start: u32,
    hidden_start: u32,
    visible_start: u32,
    length: u32,
) {
    if ABSOLUTE_POS < length as usize {
        let offset = weight_start + ABSOLUTE_POS as u32;
        let parameters = weights + hidden_biases + visible_biases;
        let mut parameter = parameters;
        if offset < weight_start + weights {
            parameter = offset - weight_start;
        } else if offset >= hidden_start && offset < hidden_start + hidden_biases {
            parameter = weights + offset - hidden_start;
        } else if offset >= visible_start && offset < visible_start + visible_biases {
            parameter = weights + hidden_biases + offset - visible_start;
        }
        let mut sum = 0.0f32;
        if parameter < parameters {
            for block in 0..blocks.len() / parameters as usize {
                sum += blocks[block * parameters as usize + parameter as usize];
            }
        }
        output[offset as usize] = sum;
    }
}
