//! Kernels around the autoencoders: their inputs, and the ranges, losses and scores from their errors.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "what a kernel reads is given by reference")]

use cubecl::prelude::*;

use super::cube_functions::{ROUNDS, UNITS, add_up, kept};
use crate::model::parts::ScorePart;

// The columns of `Calibration::parts`, since kernels take plain numbers.
const TAILS_COLUMN: usize = ScorePart::Tails.column();
const BODY_COLUMN: usize = ScorePart::Body.column();
const PROTOTYPES_COLUMN: usize = ScorePart::Prototypes.column();
const COMBINED_COLUMN: usize = ScorePart::Combined.column();
const PART_COUNT: usize = ScorePart::COUNT;

/// Gathers columns of rows, or all of them, after dropout: [rows, count].
#[cube(launch)]
pub(in crate::compute::gpu) fn gather(
    x: &Tensor<f32>,
    columns: &Array<i32>,
    words: &Array<u32>,
    output: &mut Array<f32>,
    count: u32,
    threshold: u32,
    scale: f32,
    #[comptime] is_all: bool,
    #[comptime] is_dropped: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let row = ABSOLUTE_POS / count as usize;
        let mut column = ABSOLUTE_POS % count as usize;
        if !is_all {
            column = columns[column] as usize;
        }
        let mut value = x[row * x.stride(0) + column * x.stride(1)];
        if is_dropped {
            value *= kept(words[4 * row], words[4 * row + 1], column as u32, threshold, scale);
        }
        output[ABSOLUTE_POS] = value;
    }
}

/// Widens the range of each tail's error by the rows that count, and sums the errors by the rows' shares. A cube for each tail.
#[cube(launch)]
pub(in crate::compute::gpu) fn widen(
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

/// Computes the head's target, and its input, which is the target after dropout.
#[cube(launch)]
pub(in crate::compute::gpu) fn head_input(
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
            // Before any error was seen the range is empty, and the errors are not scaled.
            value = select(width < 0.0f32, value, (value - low) / max(width, floor));
        }
        target[ABSOLUTE_POS] = value;
        if is_dropped {
            value *= kept(words[4 * row + 2], words[4 * row + 3], tail as u32, threshold, scale);
        }
        seen[ABSOLUTE_POS] = value;
    }
}

/// Adds the losses of tails, head and, if there is one, body to the earlier ones. One cube.
#[cube(launch)]
pub(in crate::compute::gpu) fn add_losses(
    tails: &Array<f32>,
    head: &Array<f32>,
    body: &Array<f32>,
    shares: &Array<f32>,
    before: &Array<f32>,
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
        sums[0] = before[0] + of_tails;
        sums[1] = before[1] + of_head[0];
        sums[2] = before[2] + of_body[0];
    }
}

/// Scores rows like [`Calibration::score`](crate::model::calibration::Calibration::score). Arrays of parts that the score does not use may
/// have any content.
#[cube(launch)]
pub(in crate::compute::gpu) fn score(
    tails: &Array<f32>,
    body: &Array<f32>,
    prototypes: &Array<f32>,
    of_tails: &Array<f32>,
    of_parts: &Array<f32>,
    output: &mut Array<f32>,
    #[comptime] with_body: bool,
    #[comptime] with_prototypes: bool,
    #[comptime] is_combined: bool,
) {
    if ABSOLUTE_POS < output.len() {
        let clusters = of_tails.len() / 2;
        let mut sum = 0.0f32;
        if is_combined || !(with_body || with_prototypes) {
            let mut mean = 0.0f32;
            for tail in 0..clusters {
                mean += (tails[ABSOLUTE_POS * clusters + tail] - of_tails[tail]) / of_tails[clusters + tail];
            }
            sum += (mean / clusters as f32 - of_parts[TAILS_COLUMN]) / of_parts[PART_COUNT + TAILS_COLUMN];
        }
        if with_body {
            sum += (body[ABSOLUTE_POS] - of_parts[BODY_COLUMN]) / of_parts[PART_COUNT + BODY_COLUMN];
        }
        if with_prototypes {
            sum += (prototypes[ABSOLUTE_POS] - of_parts[PROTOTYPES_COLUMN]) / of_parts[PART_COUNT + PROTOTYPES_COLUMN];
        }
        if is_combined {
            let count = comptime!(1.0f32 + if with_body { 1.0 } else { 0.0 } + if with_prototypes { 1.0 } else { 0.0 });
            sum = (sum / count - of_parts[COMBINED_COLUMN]) / of_parts[PART_COUNT + COMBINED_COLUMN];
        }
        output[ABSOLUTE_POS] = max(sum, 0.0f32) + (-sum.abs()).exp().log1p();
    }
}

/// Equal shares with sum 1 for the rows that score at most `limit`, and 0 for the others. One cube.
#[cube(launch)]
pub(in crate::compute::gpu) fn shares(scores: &Array<f32>, output: &mut Array<f32>, limit: f32) {
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let mut counts = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut count = 0.0f32;
    for row in range_stepped(unit, scores.len(), units) {
        count += select(scores[row] <= limit, 1.0f32, 0.0f32);
    }
    counts[unit] = count;
    add_up(&mut counts);
    sync_cube();
    let share = 1.0f32 / max(counts[0], 1.0f32);
    for row in range_stepped(unit, scores.len(), units) {
        output[row] = select(scores[row] <= limit, share, 0.0f32);
    }
}
