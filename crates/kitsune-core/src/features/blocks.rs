//! Products of all pairs of columns in a block of rows. A statistics pass spends most of its time here.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::rows::number::Number;

/// Rows that are accumulated together. Blocks start at multiples of this number. So the grouping of the additions, and with it every
/// rounding, depends on the rows only and not on their batches.
pub(crate) const BLOCK_ROWS: usize = 256;

/// Columns of a panel, as many as the widest vector register has numbers.
const WIDTH: usize = 8;

/// Bytes of the blocks that are centred and multiplied together, unless a single one has more. Threads then meet less often.
const TOGETHER: usize = 1 << 20;

/// Number of panel pairs from which on threads share them. With fewer, waking a thread takes longer than it saves.
const SHARED: usize = 64;

/// Neighbouring columns of a block, centred on their own means and stored so that a register loads contiguous numbers of a row. Columns
/// beyond the last are 0.
type Panel = [[f64; WIDTH]; BLOCK_ROWS];

/// A full block of rows, centred on their own means.
pub(crate) struct Panels {
    panels: Vec<Panel>,
    /// Means of `x - shift`: `[features]`.
    mean: Vec<f64>,
}

/// The change that one block makes to the co-moments of earlier blocks, by Chan's formula.
#[derive(Clone, Copy)]
pub(crate) struct Merge<'a> {
    /// Means of the block minus the earlier means: `[features]`.
    pub(crate) delta: &'a [f64],
    /// Weight of a product of two entries of `delta`.
    pub(crate) weight: f64,
}

impl Merge<'_> {
    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    pub(crate) fn co_moment(self, i: usize, j: usize, before: f64, of_block: f64) -> f64 {
        before + (of_block + self.delta[i] * self.delta[j] * self.weight)
    }
}

impl Panels {
    fn new(features: usize) -> Self {
        Self { panels: vec![[[0.0; WIDTH]; BLOCK_ROWS]; features.div_ceil(WIDTH)], mean: vec![0.0; features] }
    }

    /// Makes room for as many blocks as are worth centring together, of `blocks` to come: one at least.
    pub(crate) fn some(features: usize, blocks: usize) -> Vec<Self> {
        let most = TOGETHER / (size_of::<Panel>() * features.div_ceil(WIDTH)).max(1);
        (0..blocks.min(most).max(1)).map(|_| Self::new(features)).collect()
    }

    /// Means of `x - shift` in the last centred block: `[features]`.
    pub(crate) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Stores [`BLOCK_ROWS`] rows for each of some blocks, `[features]` each, minus the shift, centred on the means of their block.
    pub(crate) fn centre<T: Number>(blocks: &mut [Self], rows: &[&[T]], shift: &[f64]) {
        if blocks.iter().any(Self::shared) {
            blocks.par_iter_mut().zip(rows.par_chunks(BLOCK_ROWS)).for_each(|(block, rows)| block.centre_block(rows, shift));
        } else {
            blocks.iter_mut().zip(rows.chunks(BLOCK_ROWS)).for_each(|(block, rows)| block.centre_block(rows, shift));
        }
    }

    fn centre_block<T: Number>(&mut self, rows: &[&[T]], shift: &[f64]) {
        let centre = |(at, (panel, mean)): (usize, (&mut Panel, &mut [f64]))| {
            Arch::new().dispatch(Centring { rows, first: at * WIDTH, shift: &shift[at * WIDTH..], panel, mean });
        };
        if self.shared() {
            self.panels.par_iter_mut().zip(self.mean.par_chunks_mut(WIDTH)).enumerate().for_each(centre);
        } else {
            self.panels.iter_mut().zip(self.mean.chunks_mut(WIDTH)).enumerate().for_each(centre);
        }
    }

    /// Merges the co-moments of blocks, one after another, into those of earlier rows, a packed upper triangle. One thread computes each
    /// co-moment and adds the rows in their order, so the result does not depend on the number of threads.
    pub(crate) fn add_to(blocks: &[Self], triangle: &mut [f64], merges: &[Merge<'_>]) {
        let Some(Self { panels, mean }) = blocks.first() else { return };
        let features = mean.len();
        let mut stripes = Vec::with_capacity(panels.len());
        let mut rest = triangle;
        for first in (0..features).step_by(WIDTH) {
            let rows = WIDTH.min(features - first);
            let (stripe, others) = rest.split_at_mut((features - first) * rows - rows * (rows - 1) / 2);
            stripes.push((first / WIDTH, stripe));
            rest = others;
        }
        let add = |(left, triangle): (usize, &mut [f64])| Arch::new().dispatch(Stripe { blocks, left, triangle, features, merges });
        if blocks[0].shared() {
            stripes.into_par_iter().with_max_len(1).for_each(add);
        } else {
            stripes.into_iter().for_each(add);
        }
    }

    fn shared(&self) -> bool {
        self.panels.len() * (self.panels.len() + 1) / 2 >= SHARED
    }
}

/// The centring of one panel.
struct Centring<'a, T> {
    /// The rows, `[features]` each.
    rows: &'a [&'a [T]],
    /// First column of the panel.
    first: usize,
    /// Shift of the panel's columns and later ones.
    shift: &'a [f64],
    panel: &'a mut Panel,
    /// Means of the panel's columns.
    mean: &'a mut [f64],
}

impl<T: Number> WithSimd for Centring<'_, T> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let columns = self.mean.len();
        let mut shift = [0.0; WIDTH];
        shift[..columns].copy_from_slice(&self.shift[..columns]);
        let mut sum = [0.0; WIDTH];
        for (to, row) in self.panel.iter_mut().zip(self.rows) {
            let row = &row[self.first..];
            let mut raw = [0.0; WIDTH];
            if let Some(full) = row.first_chunk::<WIDTH>() {
                for c in 0..WIDTH {
                    raw[c] = full[c].into();
                }
            } else {
                for c in 0..columns {
                    raw[c] = row[c].into();
                }
            }
            for c in 0..WIDTH {
                to[c] = raw[c] - shift[c];
                sum[c] += to[c];
            }
        }
        for sum in &mut sum {
            *sum /= BLOCK_ROWS as f64;
        }
        for to in self.panel.iter_mut() {
            for c in 0..WIDTH {
                to[c] -= sum[c];
            }
        }
        self.mean.copy_from_slice(&sum[..columns]);
    }
}

/// The co-moments of the columns of one panel with themselves and with later columns.
struct Stripe<'a> {
    blocks: &'a [Panels],
    left: usize,
    /// The rows of the packed triangle for these columns.
    triangle: &'a mut [f64],
    features: usize,
    /// What each block changes.
    merges: &'a [Merge<'a>],
}

impl WithSimd for Stripe<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let first = self.left * WIDTH;
        for (block, &merge) in self.blocks.iter().zip(self.merges) {
            for right in self.left..block.panels.len() {
                let products = products(simd, &block.panels[self.left], &block.panels[right]);
                // A feature's row of the triangle begins on the diagonal.
                let mut start = 0;
                for i in first..self.features.min(first + WIDTH) {
                    let from = i.max(right * WIDTH);
                    let to = self.features.min((right + 1) * WIDTH);
                    let row = &mut self.triangle[start + from - i..start + to - i];
                    let of_block = &products[i - first][from - right * WIDTH..];
                    for (j, (sum, &product)) in (from..).zip(row.iter_mut().zip(of_block)) {
                        *sum = merge.co_moment(i, j, *sum, product);
                    }
                    start += self.features - i;
                }
            }
        }
    }
}

/// Products of each column of one panel with each column of another.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn products<S: Simd>(simd: S, left: &Panel, right: &Panel) -> [[f64; WIDTH]; WIDTH] {
    let mut products = [[0.0; WIDTH]; WIDTH];
    for part in 0..WIDTH / S::F64_LANES {
        let mut sums = [simd.splat_f64s(0.0); WIDTH];
        for row in 0..BLOCK_ROWS {
            let (lanes, _) = S::as_simd_f64s(&right[row]);
            for i in 0..WIDTH {
                sums[i] = simd.mul_add_e_f64s(simd.splat_f64s(left[row][i]), lanes[part], sums[i]);
            }
        }
        for i in 0..WIDTH {
            S::as_mut_simd_f64s(&mut products[i]).0[part] = sums[i];
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::*;
    use crate::random::{Draws, Purpose};
    use crate::rows::host_rows::all;

    #[test]
    fn registers_of_any_width_give_the_same_co_moments() {
        let features = 21;
        let value = |row: usize, f: usize| Draws::new(1, Purpose::Sample, 0).row(row as u64).uniform(f) + f as f32;
        let rows: Vec<f32> = (0..BLOCK_ROWS).flat_map(|row| (0..features).map(move |f| value(row, f))).collect();
        let delta: Vec<f64> = (0..features).map(|f| f as f64 - 7.0).collect();
        let merge = Merge { delta: &delta, weight: 0.5 };
        let mut blocks = Panels::some(features, 1);
        Panels::centre(&mut blocks, &all(&rows, features), &vec![1.0; features]);
        let mut triangle = vec![3.0; features * (features + 1) / 2];
        Panels::add_to(&blocks, &mut triangle, &[merge]);

        let check = |found: &[f64], expected: &[f64], which: &str| {
            let off = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{which}: {off}");
        };
        let last = features.div_ceil(WIDTH) - 1;
        let stripe = |mut triangle: Vec<f64>, dispatch: &dyn Fn(Stripe<'_>)| {
            dispatch(Stripe { blocks: &blocks, left: last, triangle: &mut triangle, features, merges: &[merge] });
            triangle
        };
        let start = triangle.len() - 15;
        let scalar = stripe(vec![3.0; 15], &|op| Simd::vectorize(Scalar::new(), op));
        check(&scalar, &triangle[start..], "scalar");
        #[cfg(target_arch = "x86_64")]
        if let Some(v3) = pulp::x86::V3::try_new() {
            check(&stripe(vec![3.0; 15], &|op| Simd::vectorize(v3, op)), &triangle[start..], "AVX2");
        }
    }
}
