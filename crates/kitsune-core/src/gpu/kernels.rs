//! The kernels. Arrays are contiguous and f32; visible units lie as [rows, clusters, visible], hidden ones as [rows, clusters, hidden],
//! errors as [rows, clusters]. Sizes are arguments, not constants, so a kernel is compiled once for all parts of all models.

use cubecl::prelude::*;

use crate::calibration::{BODY, COMBINED, PARTS, PROTOTYPES, TAILS};

/// Units of a cube that reduces together.
pub(super) const UNITS: u32 = 256;

/// Halvings that leave one of them.
const ROUNDS: u32 = UNITS.trailing_zeros();

#[cube]
fn sigmoid(x: f32) -> f32 {
    1.0f32 / (1.0f32 + (-x).exp())
}

/// The factor of a feature of a row with those two words: see [`word_bits`](crate::random::word_bits) and
/// [`Dropout::factors`](crate::random::Dropout::factors).
#[cube]
fn kept(low: u32, high: u32, feature: u32, threshold: u32, scale: f32) -> f32 {
    let mut x = low + (feature / 2u32) * 0x9E37_79B9u32;
    x = (x ^ (x >> 16u32)) * 0x21F0_AAADu32;
    x = (x ^ (x >> 15u32)) * 0x735A_2D97u32;
    let bits = (x ^ (x >> 15u32)) ^ high;
    let draw = select(feature % 2u32 == 0u32, bits & 0xFFFFu32, bits >> 16u32);
    select(draw < threshold, 0.0f32, scale)
}

/// Leaves the sum of what the units have written in the first place, for the first unit.
#[cube]
fn add_up(values: &mut SharedMemory<f32>) {
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

/// Some columns of rows, less what is dropped: [rows, columns].
#[cube(launch)]
pub(super) fn gather(
    x: &Tensor<f32>,
    columns: &Array<i32>,
    words: &Array<u32>,
    output: &mut Array<f32>,
    threshold: u32,
    scale: f32,
    #[comptime] is_dropped: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let row = ABSOLUTE_POS / columns.len();
        let column = columns[ABSOLUTE_POS % columns.len()] as usize;
        let mut value = x[row * x.stride(0) + column * x.stride(1)];
        if is_dropped {
            value *= kept(words[4 * row], words[4 * row + 1], column as u32, threshold, scale);
        }
        output[ABSOLUTE_POS] = value;
    }
}

/// Hidden units.
#[cube(launch)]
pub(super) fn hide(
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

/// Reconstructions.
#[cube(launch)]
pub(super) fn reconstruct(
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

/// Errors; with slopes, reconstructions become what a row's share of the error changes by with what went into their sigmoid.
#[cube(launch)]
pub(super) fn compare(
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

/// The same for what went into the hidden units.
#[cube(launch)]
pub(super) fn back(
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

/// The gradients of weight, hidden bias and visible bias, of some rows each: [blocks, parameters].
#[cube(launch)]
pub(super) fn gradients(
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

/// The sum over the blocks, to where each parameter of a part has its place, and 0 to where there is none: from `weight_start` on.
#[cube(launch)]
pub(super) fn add_blocks(
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
        let place = weight_start + ABSOLUTE_POS as u32;
        let parameters = weights + hidden_biases + visible_biases;
        let mut parameter = parameters;
        if place < weight_start + weights {
            parameter = place - weight_start;
        } else if place >= hidden_start && place < hidden_start + hidden_biases {
            parameter = weights + place - hidden_start;
        } else if place >= visible_start && place < visible_start + visible_biases {
            parameter = weights + hidden_biases + place - visible_start;
        }
        let mut sum = 0.0f32;
        if parameter < parameters {
            for block in 0..blocks.len() / parameters as usize {
                sum += blocks[block * parameters as usize + parameter as usize];
            }
        }
        output[place as usize] = sum;
    }
}

/// Widens the range of each tail's error by those of the rows that count, and adds up the errors by the rows' shares. A cube for each tail.
#[cube(launch)]
pub(super) fn widen(
    errors: &Array<f32>,
    shares: &Array<f32>,
    minimum: &Array<f32>,
    maximum: &Array<f32>,
    wider_minimum: &mut Array<f32>,
    wider_maximum: &mut Array<f32>,
    losses: &mut Array<f32>,
) {
    let clusters = minimum.len();
    let tail = CUBE_POS;
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let mut lows = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut highs = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut sums = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut low = minimum[tail];
    let mut high = maximum[tail];
    let mut sum = 0.0f32;
    for row in range_stepped(unit, shares.len(), units) {
        let error = errors[row * clusters + tail];
        let share = shares[row];
        if share > 0.0f32 {
            low = min(low, error);
            high = max(high, error);
            sum += error * share;
        }
    }
    lows[unit] = low;
    highs[unit] = high;
    sums[unit] = sum;
    #[unroll]
    for round in 0..ROUNDS {
        sync_cube();
        let half = comptime!(UNITS >> (round + 1));
        if UNIT_POS < half {
            let other = unit + half as usize;
            lows[unit] = min(lows[unit], lows[other]);
            highs[unit] = max(highs[unit], highs[other]);
            sums[unit] += sums[other];
        }
    }
    if UNIT_POS == 0u32 {
        wider_minimum[tail] = lows[0];
        wider_maximum[tail] = highs[0];
        losses[tail] = sums[0];
    }
}

/// What the head sees, as its target and less what is dropped.
#[cube(launch)]
pub(super) fn head_input(
    errors: &Array<f32>,
    minimum: &Array<f32>,
    maximum: &Array<f32>,
    words: &Array<u32>,
    target: &mut Array<f32>,
    seen: &mut Array<f32>,
    threshold: u32,
    scale: f32,
    floor: f32,
    #[comptime] is_scaled: bool,
    #[comptime] is_dropped: bool,
) {
    if ABSOLUTE_POS < errors.len() {
        let row = ABSOLUTE_POS / minimum.len();
        let tail = ABSOLUTE_POS % minimum.len();
        let mut value = errors[ABSOLUTE_POS];
        if is_scaled {
            let low = minimum[tail];
            let width = maximum[tail] - low;
            // Before any error was seen the range is empty, and the errors stay as they are.
            value = select(width < 0.0f32, value, (value - low) / max(width, floor));
        }
        target[ABSOLUTE_POS] = value;
        if is_dropped {
            value *= kept(words[4 * row + 2], words[4 * row + 3], tail as u32, threshold, scale);
        }
        seen[ABSOLUTE_POS] = value;
    }
}

/// Adds the losses of a step to those of the steps before: of the tails, the head, and the body, whose errors may be none. One cube.
#[cube(launch)]
pub(super) fn add_losses(
    tails: &Array<f32>,
    head: &Array<f32>,
    body: &Array<f32>,
    shares: &Array<f32>,
    sums: &mut Array<f32>,
    #[comptime] has_body: bool,
) {
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let mut of_head = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut of_body = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut head_sum = 0.0f32;
    let mut body_sum = 0.0f32;
    for row in range_stepped(unit, shares.len(), units) {
        head_sum += head[row] * shares[row];
        if has_body {
            body_sum += body[row] * shares[row];
        }
    }
    of_head[unit] = head_sum;
    of_body[unit] = body_sum;
    add_up(&mut of_head);
    add_up(&mut of_body);
    if UNIT_POS == 0u32 {
        let mut of_tails = 0.0f32;
        for tail in 0..tails.len() {
            of_tails += tails[tail];
        }
        sums[0] += of_tails;
        sums[1] += of_head[0];
        sums[2] += of_body[0];
    }
}

/// What all gradients are to be multiplied by so that their norm is at most `bound`. One cube.
#[cube(launch)]
pub(super) fn clip(gradient: &Array<f32>, factor: &mut Array<f32>, bound: f32, floor: f32) {
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

/// A step of Adam.
#[cube(launch)]
pub(super) fn adam(
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

/// A step of gradient descent with momentum.
#[cube(launch)]
pub(super) fn descend(
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

/// Squared distances of rows [rows, features] to prototypes [features, prototypes] that lie around a middle: [rows, prototypes].
#[cube(launch)]
pub(super) fn square_distances(x: &Array<f32>, centres: &Array<f32>, middle: &Array<f32>, output: &mut Array<f32>) {
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

/// The mean of the roots of the least few squares of each row.
#[cube(launch)]
pub(super) fn mean_of_nearest(squares: &Array<f32>, output: &mut Array<f32>, #[comptime] nearest: usize) {
    if ABSOLUTE_POS < output.len() {
        let prototypes = squares.len() / output.len();
        let mut least = Array::<f32>::new(nearest);
        #[unroll]
        for place in 0..nearest {
            least[place] = f32::MAX;
        }
        for prototype in 0..prototypes {
            let mut square = squares[ABSOLUTE_POS * prototypes + prototype];
            #[unroll]
            for place in 0..nearest {
                let other = least[place];
                least[place] = min(square, other);
                square = max(square, other);
            }
        }
        let mut sum = 0.0f32;
        #[unroll]
        for place in 0..nearest {
            sum += least[place].sqrt();
        }
        output[ABSOLUTE_POS] = sum / (nearest as f32);
    }
}

/// Scores of rows, as [`Calibration::score`](crate::calibration::Calibration::score) has them; of what is not in them there may be anything.
#[cube(launch)]
pub(super) fn score(
    tails: &Array<f32>,
    body: &Array<f32>,
    prototypes: &Array<f32>,
    of_tails: &Array<f32>,
    of_parts: &Array<f32>,
    output: &mut Array<f32>,
    #[comptime] with_tails: bool,
    #[comptime] with_body: bool,
    #[comptime] with_prototypes: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let clusters = of_tails.len() / 2;
        let mut sum = 0.0f32;
        if with_tails {
            let mut mean = 0.0f32;
            for tail in 0..clusters {
                mean += (tails[ABSOLUTE_POS * clusters + tail] - of_tails[tail]) / of_tails[clusters + tail];
            }
            sum += (mean / clusters as f32 - of_parts[TAILS]) / of_parts[PARTS + TAILS];
        }
        if with_body {
            sum += (body[ABSOLUTE_POS] - of_parts[BODY]) / of_parts[PARTS + BODY];
        }
        if with_prototypes {
            sum += (prototypes[ABSOLUTE_POS] - of_parts[PROTOTYPES]) / of_parts[PARTS + PROTOTYPES];
        }
        if with_tails && (with_body || with_prototypes) {
            let count = comptime!(1.0f32 + if with_body { 1.0 } else { 0.0 } + if with_prototypes { 1.0 } else { 0.0 });
            sum = (sum / count - of_parts[COMBINED]) / of_parts[PARTS + COMBINED];
        }
        output[ABSOLUTE_POS] = max(sum, 0.0f32) + (-sum.abs()).exp().log1p();
    }
}
