//! K-means in host memory.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::model::side_by_side::{LANES, SideBySide, TOGETHER, any_below};
use crate::random::{Draws, Purpose};

/// Maximum number of rounds of Lloyd's algorithm; it mostly converges earlier.
const ROUNDS: usize = 25;

/// Rows per task of a thread.
const SHARED_ROWS: usize = 256;

/// The nearest centre of a row before the first round.
const NONE: usize = usize::MAX;

/// Finds at most `count` centres of rows [rows, features] by Lloyd's algorithm (1982) from a k-means++ start (Arthur and Vassilvitskii,
/// 2007): [centres, features]. Data with fewer distinct rows have fewer centres. The order of additions is fixed, so that the same seed
/// gives the same centres with any number of threads.
pub(crate) fn k_means(rows: &[f32], features: usize, count: usize, seed: u64) -> Vec<f32> {
    let mut centres = spread(rows, features, count, seed);
    if centres.is_empty() {
        return centres;
    }
    let mut assigned = Assigned::new(rows.len() / features, centres.len() / features);
    for _ in 0..ROUNDS {
        let previous = assigned.nearest.clone();
        assigned.assign(rows, features, &SideBySide::of(&centres, features));
        if assigned.nearest == previous {
            break;
        }
        let mut sums = vec![0.0_f64; centres.len()];
        let mut members = vec![0_u32; centres.len() / features];
        for (row, &centre) in rows.chunks_exact(features).zip(&assigned.nearest) {
            members[centre] += 1;
            let sum = &mut sums[centre * features..][..features];
            sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let before = centres.clone();
        // A centre without rows does not move.
        for (centre, members) in members.iter().enumerate().filter(|(_, members)| **members > 0) {
            let values = centres[centre * features..][..features].iter_mut();
            values.zip(&sums[centre * features..]).for_each(|(value, sum)| *value = (sum / f64::from(*members)) as f32);
        }
        let moved = before.chunks_exact(features).zip(centres.chunks_exact(features));
        assigned.moved.iter_mut().zip(moved).for_each(|(moved, (before, after))| *moved = squared_distance(before, after).sqrt());
    }
    centres
}

/// K-means++: each next centre is a row, drawn by its squared distance to the earlier centres.
fn spread(rows: &[f32], features: usize, count: usize, seed: u64) -> Vec<f32> {
    let number = rows.len() / features.max(1);
    let draws = Draws::new(seed, Purpose::Prototypes, 0);
    let mut centres: Vec<f32> = Vec::new();
    let mut distances = vec![f32::INFINITY; number];
    let side_by_side = SideBySide::of(rows, features.max(1));
    let mut next = if number == 0 { None } else { Some((draws.row_bits(0) % number as u64) as usize) };
    while let Some(chosen) = next.filter(|_| centres.len() < count * features) {
        let centre = &rows[chosen * features..][..features];
        centres.extend_from_slice(centre);
        let parts = distances.par_chunks_mut(SHARED_ROWS).enumerate();
        parts.for_each(|(part, distances)| {
            Arch::new().dispatch(Approach { rows: &side_by_side, first_group: part * SHARED_ROWS / LANES, centre, distances });
        });
        let total: f64 = distances.iter().copied().map(f64::from).sum();
        let uniform = (draws.row_bits((centres.len() / features) as u64) >> 11) as f64 / (1_u64 << 53) as f64;
        let mut left = uniform * total;
        next = distances.iter().rposition(|&distance| distance > 0.0).map(|last| {
            let drawn = distances.iter().position(|&distance| {
                left -= f64::from(distance);
                left < 0.0
            });
            drawn.unwrap_or(last)
        });
    }
    centres
}

/// Updates the squared distances of some rows to their nearest centre by one more centre.
struct Approach<'a> {
    rows: &'a SideBySide,
    /// The group that begins with the first of these rows.
    first_group: usize,
    centre: &'a [f32],
    distances: &'a mut [f32],
}

impl WithSimd for Approach<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (part, distances) in self.distances.chunks_mut(TOGETHER * LANES).enumerate() {
            let first = self.first_group + part * TOGETHER;
            let last = first + (distances.len() - 1) / LANES;
            let mut pairs = [(first, self.centre); TOGETHER];
            for (at, (group, _)) in pairs.iter_mut().enumerate() {
                *group = last.min(first + at);
            }
            let squares = self.rows.squares(simd, pairs);
            for (distance, &square) in distances.iter_mut().zip(squares.as_flattened()) {
                *distance = if square < *distance { square } else { *distance };
            }
        }
    }
}

/// The nearest centre of each row, with bounds on its distance to the others. Most centres need not be compared again (Elkan, 2003).
struct Assigned {
    /// Index of the nearest centre: `[rows]`.
    nearest: Vec<usize>,
    /// Lower bounds of the distances, as of the last round: [rows, centres], with as many centres as fill their groups.
    bounds: Vec<[f32; LANES]>,
    /// Distance that each centre has moved since then: `[centres]`, likewise.
    moved: Vec<f32>,
}

impl Assigned {
    fn new(rows: usize, centres: usize) -> Self {
        let groups = centres.div_ceil(LANES);
        Self { nearest: vec![NONE; rows], bounds: vec![[0.0; LANES]; rows * groups], moved: vec![0.0; groups * LANES] }
    }

    fn assign(&mut self, rows: &[f32], features: usize, centres: &SideBySide) {
        let Self { nearest, bounds, moved } = self;
        let parts = rows.par_chunks(SHARED_ROWS * features).zip(nearest.par_chunks_mut(SHARED_ROWS));
        let parts = parts.zip(bounds.par_chunks_mut(SHARED_ROWS * centres.groups()));
        let moved = moved.as_chunks().0;
        parts.for_each(|((rows, nearest), bounds)| Arch::new().dispatch(Assign { rows, features, centres, nearest, bounds, moved }));
    }
}

/// One round over some of the rows.
struct Assign<'a> {
    /// The rows: [rows, features].
    rows: &'a [f32],
    features: usize,
    centres: &'a SideBySide,
    nearest: &'a mut [usize],
    bounds: &'a mut [[f32; LANES]],
    moved: &'a [[f32; LANES]],
}

impl WithSimd for Assign<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, features, centres, nearest, bounds, moved } = self;
        // A bound on the relative rounding error of a distance.
        let rounding = (features + 4) as f32 * f32::EPSILON;
        let groups = moved.len();
        let mut open = Vec::with_capacity(TOGETHER * groups);
        let parts = rows.chunks(TOGETHER * features).zip(nearest.chunks_mut(TOGETHER)).zip(bounds.chunks_mut(TOGETHER * groups));
        for ((rows, nearest), bounds) in parts {
            let mut least = [f32::INFINITY; TOGETHER];
            open.clear();
            for (row, nearest) in nearest.iter().enumerate() {
                // The search starts with the group of the last nearest centre, which mostly remains the nearest.
                open.push((row, if *nearest == NONE { 0 } else { *nearest / LANES }));
                for (bounds, moved) in bounds[row * groups..][..groups].iter_mut().zip(moved) {
                    for lane in 0..LANES {
                        bounds[lane] = bounds[lane] * (1.0 - rounding) - moved[lane] * (1.0 + rounding);
                    }
                }
            }
            let homes = nearest.len();
            let mut next = 0;
            while next < open.len() {
                let mut pairs = [(0, rows); TOGETHER];
                for at in 0..TOGETHER {
                    let (row, group) = open[(next + at).min(open.len() - 1)];
                    pairs[at] = (group, &rows[row * features..]);
                }
                let squares = centres.squares(simd, pairs);
                for (&(row, group), squares) in open[next..].iter().zip(&squares) {
                    let bounds = &mut bounds[row * groups + group];
                    for lane in 0..LANES {
                        bounds[lane] = squares[lane].sqrt();
                    }
                    for (at, &square) in (group * LANES..).zip(squares) {
                        // Among equally near centres the first one is chosen.
                        if square < least[row] || (square == least[row] && at < nearest[row]) {
                            (nearest[row], least[row]) = (at, square);
                        }
                    }
                }
                next += TOGETHER;
                if next <= TOGETHER {
                    // Most groups have no centre that could be as near.
                    for row in 0..homes {
                        let (home, limit) = (open[row].1, least[row].sqrt().next_up());
                        for group in (0..groups).filter(|&group| group != home) {
                            if any_below(&bounds[row * groups + group], limit) {
                                open.push((row, group));
                            }
                        }
                    }
                    next = homes;
                }
            }
        }
    }
}

/// The squared distance, with the additions in the order of [`SideBySide::squares`].
fn squared_distance(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).fold(0.0, |sum, (left, right)| sum + (left - right) * (left - right))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURES: usize = 21;

    /// Rows around a few centres, on a grid, so that rows and distances repeat.
    fn rows(number: usize, steps: f32) -> Vec<f32> {
        let draws = Draws::new(8, Purpose::Sample, 0);
        let centre = |row: usize| draws.row(row as u64 % 9);
        let near = |row: usize, feature| {
            let noise = draws.row(1_000 + row as u64).uniform(feature);
            ((0.8 * centre(row).uniform(feature) + 0.2 * noise) * steps).round() / steps
        };
        (0..number).flat_map(|row| (0..FEATURES).map(move |feature| near(row, feature))).collect()
    }

    /// The reference compares every centre in every round.
    fn naive(rows: &[f32], mut centres: Vec<f32>) -> Vec<f32> {
        let mut previous = Vec::new();
        for _ in 0..ROUNDS {
            let nearest: Vec<usize> = rows
                .chunks(FEATURES)
                .map(|row| {
                    let squares: Vec<f32> = centres.chunks(FEATURES).map(|centre| squared_distance(row, centre)).collect();
                    (0..squares.len()).min_by(|&a, &b| squares[a].total_cmp(&squares[b])).unwrap()
                })
                .collect();
            if nearest == previous {
                break;
            }
            for (at, centre) in centres.chunks_mut(FEATURES).enumerate() {
                let members: Vec<&[f32]> =
                    rows.chunks(FEATURES).zip(&nearest).filter(|(_, nearest)| **nearest == at).map(|(row, _)| row).collect();
                for (feature, value) in centre.iter_mut().enumerate().filter(|_| !members.is_empty()) {
                    *value = (members.iter().map(|row| f64::from(row[feature])).sum::<f64>() / members.len() as f64) as f32;
                }
            }
            previous = nearest;
        }
        centres
    }

    #[test]
    fn centres_that_are_not_looked_at_would_have_changed_nothing() {
        for (number, steps, count) in [(1, 8.0, 3), (40, 2.0, 40), (700, 3.0, 30), (1_500, 1e6, 64), (900, 1.0, 128)] {
            let rows = rows(number, steps);
            let start = spread(&rows, FEATURES, count, 5);
            let found = k_means(&rows, FEATURES, count, 5);
            assert!(found == naive(&rows, start), "{count} centres of {number} rows");
            assert!(!found.is_empty() && found.len() <= count * FEATURES);
        }
    }
}
