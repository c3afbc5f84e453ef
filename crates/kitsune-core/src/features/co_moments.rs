//! Exact running co-moments, bit for bit equal for any batches.

use crate::features::blocks::{BLOCK_ROWS, Merge, Panels};
use crate::rows::host_rows::all;
use crate::rows::number::Number;

/// Independent partial sums of a dot product: they fill vector registers, and their fixed number fixes the rounding.
const LANES: usize = 4;

/// Count, means and co-moments `C[i][j] = Σ (x_i - mean_i)(x_j - mean_j)` of rows, in f64.
///
/// Each block of rows is centred on its own means, multiplied with itself as one symmetric rank-k update ([`Panels`]), and merged by Chan's formula
/// (Chan, Golub and `LeVeque` 1979). All values are taken relative to the first row, so that a column far from 0 loses nothing and a
/// constant column is exactly 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CoMoments {
    pub(crate) count: u64,
    /// The first row: `[features]`.
    pub(crate) shift: Vec<f64>,
    /// Means of `x - shift`: `[features]`.
    pub(crate) mean: Vec<f64>,
    /// The co-moments: upper triangle with the diagonal, row by row: [features · (features + 1) / 2].
    pub(crate) products: Vec<f64>,
    /// Rows of the incomplete block minus the shift: [rows, features].
    pub(crate) pending: Vec<f64>,
}

impl CoMoments {
    pub(crate) fn new(features: usize) -> Self {
        Self {
            count: 0,
            shift: Vec::new(),
            mean: vec![0.0; features],
            products: vec![0.0; features * (features + 1) / 2],
            pending: Vec::new(),
        }
    }

    pub(crate) fn features(&self) -> usize {
        self.mean.len()
    }

    /// Adds rows of finite values, `[features]` each.
    pub(crate) fn push<T: Number>(&mut self, rows: &[&[T]]) {
        let features = self.features();
        let Some(first) = rows.first() else { return };
        if self.shift.is_empty() {
            self.shift = first.iter().map(|&x| x.into()).collect();
        }
        let open = self.pending.len() / features.max(1);
        let missing = if open == 0 { 0 } else { BLOCK_ROWS - open };
        let (head, rest) = rows.split_at(missing.min(rows.len()));
        self.keep(head);
        let (full, tail) = rest.split_at(rest.len() - rest.len() % BLOCK_ROWS);
        let is_closed = open + head.len() == BLOCK_ROWS;
        if is_closed || !full.is_empty() {
            let mut blocks = Panels::some(features, full.len() / BLOCK_ROWS);
            if is_closed {
                let pending = std::mem::take(&mut self.pending);
                Panels::centre(&mut blocks[..1], &all(&pending, features), &vec![0.0; features]);
                self.add(&blocks[..1]);
            }
            let together = blocks.len() * BLOCK_ROWS;
            for rows in full.chunks(together) {
                let blocks = &mut blocks[..rows.len() / BLOCK_ROWS];
                Panels::centre(blocks, rows, &self.shift);
                self.add(blocks);
            }
        }
        self.keep(tail);
    }

    /// Appends rows to the incomplete block.
    fn keep<T: Number>(&mut self, rows: &[&[T]]) {
        if rows.is_empty() {
            return;
        }
        let features = self.features();
        if self.pending.is_empty() {
            self.pending.reserve_exact(BLOCK_ROWS * features);
        }
        for row in rows {
            self.pending.extend(row.iter().zip(&self.shift).map(|(&x, shift)| x.into() - shift));
        }
    }

    /// Adds full blocks, one after another.
    fn add(&mut self, blocks: &[Panels]) {
        let merge = |panels: &Panels| {
            let chan = Chan::new(self.count, &self.mean, BLOCK_ROWS as u64, panels.mean());
            self.mean = chan.means(&self.mean);
            self.count += BLOCK_ROWS as u64;
            chan
        };
        let chans: Vec<Chan> = blocks.iter().map(merge).collect();
        let merges: Vec<Merge<'_>> = chans.iter().map(Chan::merge).collect();
        Panels::add_to(blocks, &mut self.products, &merges);
    }

    /// The number of rows, those of the incomplete block included.
    pub(crate) fn rows(&self) -> u64 {
        self.count + (self.pending.len() / self.features().max(1)) as u64
    }

    /// The co-moments with the incomplete block included.
    pub(crate) fn finished(&self) -> Finished<'_> {
        Finished::new(self)
    }

    /// Adds the rows of another instance, as if they came after the rows of this one.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.flush();
        if self.shift.is_empty() {
            self.clone_from(other);
            self.flush();
            return;
        }
        if other.rows() == 0 {
            return;
        }
        let theirs = other.finished();
        let mean: Vec<f64> = (0..self.features()).map(|f| (other.shift[f] - self.shift[f]) + theirs.mean[f]).collect();
        self.join(other.rows(), &mean, |i, row| theirs.row(i, row));
    }

    /// Merges the incomplete block.
    fn flush(&mut self) {
        if let Some(block) = OpenBlock::new(&self.pending, self.features()) {
            self.pending.clear();
            self.join(block.rows, &block.mean, |i, row| row.extend((i..block.mean.len()).map(|j| block.co_moment(i, j))));
        }
    }

    /// Adds `rows` rows with the given mean (relative to this shift). `co_moments` appends the co-moments of a feature with itself and with
    /// later features.
    fn join(&mut self, rows: u64, mean: &[f64], co_moments: impl Fn(usize, &mut Vec<f64>)) {
        let features = self.features();
        let chan = Chan::new(self.count, &self.mean, rows, mean);
        let mut theirs = Vec::with_capacity(features);
        for i in 0..features {
            theirs.clear();
            co_moments(i, &mut theirs);
            let ours = &mut self.products[packed(features, i, i)..][..features - i];
            for (j, (ours, theirs)) in (i..).zip(ours.iter_mut().zip(&theirs)) {
                *ours = chan.co_moment(i, j, *ours, *theirs);
            }
        }
        self.mean = chan.means(&self.mean);
        self.count += rows;
    }
}

/// Co-moments with the incomplete block included. They are not copied, since they are by far the largest part of the statistics. The
/// contribution of the block to a pair is computed on request.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    moments: &'a CoMoments,
    open: Option<(OpenBlock, Chan)>,
    /// Means of `x - shift`: `[features]`.
    mean: Vec<f64>,
    /// Co-moment of each feature with itself: `[features]`.
    diagonal: Vec<f64>,
}

impl<'a> Finished<'a> {
    fn new(moments: &'a CoMoments) -> Self {
        let open = OpenBlock::new(&moments.pending, moments.features()).map(|block| {
            let chan = Chan::new(moments.count, &moments.mean, block.rows, &block.mean);
            (block, chan)
        });
        let mean = open.as_ref().map_or_else(|| moments.mean.clone(), |(_, chan)| chan.means(&moments.mean));
        let mut finished = Self { moments, open, mean, diagonal: Vec::new() };
        finished.diagonal = (0..moments.features()).map(|f| finished.co_moment(f, f)).collect();
        finished
    }

    /// Correlation of two features in [-1, 1]; 0 if either has no variance.
    pub(crate) fn correlation(&self, i: usize, j: usize) -> f64 {
        let (c_ii, c_jj) = (self.diagonal[i], self.diagonal[j]);
        let c_ij = self.co_moment(i.min(j), i.max(j));
        // The root of the product makes r(i, i) exactly 1. If the product leaves the range of f64, the product of the roots stays within
        // it.
        let product = c_ii * c_jj;
        let scale = if product.is_normal() { product.sqrt() } else { c_ii.sqrt() * c_jj.sqrt() };
        let correlation = c_ij / scale;
        if correlation.is_finite() { correlation.clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// The co-moment of the pair i <= j.
    fn co_moment(&self, i: usize, j: usize) -> f64 {
        let full_blocks = self.moments.products[packed(self.moments.features(), i, j)];
        match &self.open {
            Some((block, chan)) => chan.co_moment(i, j, full_blocks, block.co_moment(i, j)),
            None => full_blocks,
        }
    }

    /// Appends the co-moments of a feature with itself and with later features.
    fn row(&self, i: usize, row: &mut Vec<f64>) {
        row.extend((i..self.moments.features()).map(|j| self.co_moment(i, j)));
    }
}

/// Rows of the incomplete block, centred on their own means, by columns. A pair is computed on request, with the same order of additions
/// for each pair.
#[derive(Debug)]
struct OpenBlock {
    rows: u64,
    /// Means of `x - shift`: `[features]`.
    mean: Vec<f64>,
    /// The centred columns: [features, height].
    columns: Vec<f64>,
    /// The rows, and further ones of zeros, which add nothing, up to a multiple of the partial sums.
    height: usize,
}

impl OpenBlock {
    /// Centres rows [rows, features] from which the shift was subtracted; `None` without rows.
    fn new(pending: &[f64], features: usize) -> Option<Self> {
        let rows = pending.len().checked_div(features).filter(|&rows| rows > 0)?;
        let mut mean = vec![0.0; features];
        for row in pending.chunks_exact(features) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut mean {
            *sum /= rows as f64;
        }

        let height = rows.next_multiple_of(LANES);
        let mut columns = vec![0.0; features * height];
        for (r, row) in pending.chunks_exact(features).enumerate() {
            for (f, (x, mean)) in row.iter().zip(&mean).enumerate() {
                columns[f * height + r] = x - mean;
            }
        }
        Some(Self { rows: rows as u64, mean, columns, height })
    }

    fn column(&self, f: usize) -> &[f64] {
        &self.columns[f * self.height..(f + 1) * self.height]
    }

    fn co_moment(&self, i: usize, j: usize) -> f64 {
        let mut sums = [0.0; LANES];
        let (left, right) = (self.column(i).as_chunks::<LANES>().0, self.column(j).as_chunks::<LANES>().0);
        for (x, y) in left.iter().zip(right) {
            for lane in 0..LANES {
                sums[lane] += x[lane] * y[lane];
            }
        }
        sums.iter().sum()
    }
}

/// Chan's merge of other statistics into these.
#[derive(Debug)]
struct Chan {
    /// The other means minus these: `[features]`.
    delta: Vec<f64>,
    /// Weight of a product of two deltas in a co-moment.
    weight: f64,
    theirs: f64,
    total: f64,
}

impl Chan {
    fn new(our_rows: u64, our_mean: &[f64], their_rows: u64, their_mean: &[f64]) -> Self {
        let (ours, theirs) = (our_rows as f64, their_rows as f64);
        let total = ours + theirs;
        let delta = their_mean.iter().zip(our_mean).map(|(theirs, ours)| theirs - ours).collect();
        Self { delta, weight: ours * theirs / total, theirs, total }
    }

    fn co_moment(&self, i: usize, j: usize, ours: f64, theirs: f64) -> f64 {
        self.merge().co_moment(i, j, ours, theirs)
    }

    fn merge(&self) -> Merge<'_> {
        Merge { delta: &self.delta, weight: self.weight }
    }

    fn means(&self, ours: &[f64]) -> Vec<f64> {
        ours.iter().zip(&self.delta).map(|(mean, delta)| mean + delta * self.theirs / self.total).collect()
    }
}

/// Index of the pair i <= j in a packed upper triangle with its diagonal.
fn packed(features: usize, i: usize, j: usize) -> usize {
    i * (2 * features - i + 1) / 2 + (j - i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Purpose};

    /// Rows of columns with various correlations, [rows, features].
    fn rows(rows: usize, features: usize) -> Vec<f32> {
        let draws = |row: usize| Draws::new(5, Purpose::Sample, 0).row(row as u64);
        let value = |row: usize, f: usize| draws(row).uniform(f) + f as f32 * draws(row).uniform(f / 3);
        (0..rows).flat_map(|row| (0..features).map(move |f| value(row, f))).collect()
    }

    /// The reference: two passes and no blocks.
    fn naive(rows: &[f32], features: usize) -> Vec<f64> {
        let number = (rows.len() / features) as f64;
        let column = |f: usize| rows.iter().skip(f).step_by(features).map(|&value| f64::from(value));
        let mean: Vec<f64> = (0..features).map(|f| column(f).sum::<f64>() / number).collect();
        let pair = |i: usize, j: usize| column(i).zip(column(j)).map(|(x, y)| (x - mean[i]) * (y - mean[j])).sum::<f64>();
        (0..features).flat_map(|i| (i..features).map(move |j| (i, j))).map(|(i, j)| pair(i, j)).collect()
    }

    #[test]
    fn co_moments_are_those_of_two_passes() {
        for features in [1, 2, 7, 8, 9, 16, 19, 90] {
            for length in [1, 255, 256, 257, 700] {
                let rows = rows(length, features);
                let mut moments = CoMoments::new(features);
                moments.push(&all(&rows, features));
                let finished = moments.finished();
                let found = (0..features).flat_map(|i| (i..features).map(move |j| (i, j))).map(|(i, j)| finished.co_moment(i, j));
                for (found, expected) in found.zip(naive(&rows, features)) {
                    let tolerance = 1e-11 * (features * features * length) as f64;
                    assert!((found - expected).abs() <= tolerance, "{features} features, {length} rows: {found} instead of {expected}");
                }
            }
        }
    }

    #[test]
    fn neither_threads_nor_batches_nor_the_type_of_the_rows_change_a_bit() {
        // One case has few enough features for one thread, the other enough for many.
        for features in [5, 130] {
            let rows = rows(1_100, features);
            let double: Vec<f64> = rows.iter().map(|&value| f64::from(value)).collect();
            let taken = |threads: usize, batch: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    let mut moments = CoMoments::new(features);
                    rows.chunks(batch * features).for_each(|batch| moments.push(&all(batch, features)));
                    moments
                })
            };
            let expected = taken(1, 1_100);
            for (threads, batch) in [(1, 1), (2, 255), (5, 256), (3, 1_100), (4, 700)] {
                assert_eq!(taken(threads, batch), expected, "{features} features, {threads} threads, batches of {batch}");
            }
            let mut of_double = CoMoments::new(features);
            of_double.push(&all(&double, features));
            assert_eq!(of_double, expected);
        }
    }

    #[test]
    fn equal_columns_have_equal_co_moments_wherever_they_stand() {
        let features = 37;
        let mut rows = rows(600, features);
        for row in rows.chunks_exact_mut(features) {
            (row[20], row[36]) = (row[3], row[3]);
        }
        let mut moments = CoMoments::new(features);
        moments.push(&all(&rows, features));
        let finished = moments.finished();
        for f in 0..features {
            let pairs = [3, 20, 36].map(|copy| finished.correlation(f, copy));
            assert!(pairs.iter().all(|&pair| pair == pairs[0]), "{f}: {pairs:?}");
        }
        assert_eq!(finished.correlation(3, 36), 1.0);
    }
}
