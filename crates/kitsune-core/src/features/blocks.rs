//! The products of all columns of a block of rows with each other: where a pass of statistics spends its time.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::rows::number::Number;

/// Rows that are accumulated together. Blocks start at multiples of it, so the grouping of the additions, and with it every rounding,
/// depends on the rows alone and not on the batches they came in.
pub(crate) const BLOCK_ROWS: usize = 256;

/// Columns of a panel: the numbers of the widest vector register.
const WIDTH: usize = 8;

/// Pairs of panels from which on threads share them: below, waking one up takes longer than it saves.
const SHARED: usize = 64;

/// Neighbouring columns of a block, about their own means: what a register needs of a row is in one place. Columns that there are not are 0.
type Panel = [[f64; WIDTH]; BLOCK_ROWS];

/// A full block of rows about their own means.
pub(crate) struct Panels {
    panels: Vec<Panel>,
    /// Means of `x - shift`: [features].
    mean: Vec<f64>,
}

/// What one block changes in the co-moments of those before it, by Chan's formula.
#[derive(Clone, Copy)]
pub(crate) struct Merge<'a> {
    /// The means of the block less those before: [features].
    pub(crate) delta: &'a [f64],
    /// What a product of two of them counts.
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
    pub(crate) fn new(features: usize) -> Self {
        Self { panels: vec![[[0.0; WIDTH]; BLOCK_ROWS]; features.div_ceil(WIDTH)], mean: vec![0.0; features] }
    }

    /// Means of `x - shift` of the block that was centred last: [features].
    pub(crate) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Takes [`BLOCK_ROWS`] rows less the shift, [rows, features], about their own means.
    pub(crate) fn centre<T: Number>(&mut self, rows: &[T], shift: &[f64]) {
        let features = self.mean.len();
        let centre = |(at, (panel, mean)): (usize, (&mut Panel, &mut [f64]))| {
            Arch::new().dispatch(Centring { rows, features, first: at * WIDTH, shift: &shift[at * WIDTH..], panel, mean });
        };
        if self.shared() {
            self.panels.par_iter_mut().zip(self.mean.par_chunks_mut(WIDTH)).enumerate().for_each(centre);
        } else {
            self.panels.iter_mut().zip(self.mean.chunks_mut(WIDTH)).enumerate().for_each(centre);
        }
    }

    /// Merges the co-moments of the block into those of the rows before it: the packed upper triangle. Each is the work of one thread and
    /// adds up the rows in their order, so nothing depends on how many threads there are.
    pub(crate) fn add_to(&self, triangle: &mut [f64], merge: Merge<'_>) {
        let features = self.mean.len();
        let mut stripes = Vec::with_capacity(self.panels.len());
        let mut rest = triangle;
        for first in (0..features).step_by(WIDTH) {
            let rows = WIDTH.min(features - first);
            let (stripe, others) = rest.split_at_mut((features - first) * rows - rows * (rows - 1) / 2);
            stripes.push((first / WIDTH, stripe));
            rest = others;
        }
        let add =
            |(left, triangle): (usize, &mut [f64])| Arch::new().dispatch(Stripe { panels: &self.panels, left, triangle, features, merge });
        if self.shared() {
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
    /// [rows, features]
    rows: &'a [T],
    features: usize,
    /// Its first column.
    first: usize,
    /// Of its columns and those after them.
    shift: &'a [f64],
    panel: &'a mut Panel,
    /// Of its columns.
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
        for (to, row) in self.panel.iter_mut().zip(self.rows.chunks_exact(self.features)) {
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

/// The co-moments of the columns of one panel with themselves and those after them.
struct Stripe<'a> {
    panels: &'a [Panel],
    left: usize,
    /// Their rows of the packed triangle.
    triangle: &'a mut [f64],
    features: usize,
    merge: Merge<'a>,
}

impl WithSimd for Stripe<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let first = self.left * WIDTH;
        for right in self.left..self.panels.len() {
            let products = products(simd, &self.panels[self.left], &self.panels[right]);
            // The row of a feature begins with itself.
            let mut start = 0;
            for i in first..self.features.min(first + WIDTH) {
                let from = i.max(right * WIDTH);
                let to = self.features.min((right + 1) * WIDTH);
                let row = &mut self.triangle[start + from - i..start + to - i];
                let of_block = &products[i - first][from - right * WIDTH..];
                for (j, (sum, &product)) in (from..).zip(row.iter_mut().zip(of_block)) {
                    *sum = self.merge.co_moment(i, j, *sum, product);
                }
                start += self.features - i;
            }
        }
    }
}

/// Products of each column of one panel with each of another.
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

    #[test]
    fn registers_of_any_width_give_the_same_co_moments() {
        let features = 21;
        let value = |row: usize, f: usize| Draws::new(1, Purpose::Sample, 0).row(row as u64).uniform(f) + f as f32;
        let rows: Vec<f32> = (0..BLOCK_ROWS).flat_map(|row| (0..features).map(move |f| value(row, f))).collect();
        let delta: Vec<f64> = (0..features).map(|f| f as f64 - 7.0).collect();
        let merge = Merge { delta: &delta, weight: 0.5 };
        let mut panels = Panels::new(features);
        panels.centre(&rows, &vec![1.0; features]);
        let mut triangle = vec![3.0; features * (features + 1) / 2];
        panels.add_to(&mut triangle, merge);

        let check = |found: &[f64], expected: &[f64], which: &str| {
            let off = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{which}: {off}");
        };
        let last = features.div_ceil(WIDTH) - 1;
        let stripe = |mut triangle: Vec<f64>, dispatch: &dyn Fn(Stripe<'_>)| {
            dispatch(Stripe { panels: &panels.panels, left: last, triangle: &mut triangle, features, merge });
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
