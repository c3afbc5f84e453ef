//! Exact running co-moments, the same bits whatever the batches.

/// Rows that are accumulated together. Blocks start at multiples of it, so the grouping of the additions, and with it every rounding, depends
/// on the rows alone and not on the batches they came in.
pub(crate) const BLOCK_ROWS: usize = 256;

/// Independent partial sums of a dot product: they fill vector registers, and their fixed number fixes the rounding.
const LANES: usize = 4;

/// Other columns whose dot product with one column is taken at once, so that its values are loaded once for all of them.
const TILE: usize = 4;

/// Count, means and co-moments `C[i][j] = Σ (x_i - mean_i)(x_j - mean_j)` of rows, in f64.
///
/// Each block of rows is centred on its own means, multiplied with itself as one symmetric rank-k update, and merged by Chan's formula (Chan,
/// Golub and `LeVeque` 1979). All values are taken relative to the first row, so that a column far from 0 loses nothing and a constant column
/// is exactly 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CoMoments {
    pub(crate) count: u64,
    /// The first row: `[features]`.
    pub(crate) shift: Vec<f64>,
    /// Means of `x - shift`: `[features]`.
    pub(crate) mean: Vec<f64>,
    /// The co-moments: upper triangle with the diagonal, row by row: [features · (features + 1) / 2].
    pub(crate) products: Vec<f64>,
    /// Rows of the block that is not full yet, less the shift: [rows, features].
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

    /// Takes in one row of finite values.
    pub(crate) fn push(&mut self, row: &[f64]) {
        if self.shift.is_empty() {
            self.shift = row.to_vec();
        }
        self.pending.extend(row.iter().zip(&self.shift).map(|(x, shift)| x - shift));
        if self.pending.len() == BLOCK_ROWS * self.features() {
            self.flush();
        }
    }

    /// Rows taken in, those of the open block included.
    pub(crate) fn rows(&self) -> u64 {
        self.count + (self.pending.len() / self.features().max(1)) as u64
    }

    /// A copy whose open block is accounted for.
    pub(crate) fn finished(&self) -> Self {
        let mut finished = self.clone();
        finished.flush();
        finished
    }

    /// Takes in the rows of another, as if they had come after these.
    pub(crate) fn merge(&mut self, other: &Self) {
        let other = other.finished();
        self.flush();
        if self.shift.is_empty() {
            *self = other;
            return;
        }
        if other.count == 0 {
            return;
        }
        let mean: Vec<f64> = (0..self.features()).map(|f| (other.shift[f] - self.shift[f]) + other.mean[f]).collect();
        self.merge_moments(other.count, &mean, |at| other.products[at]);
    }

    /// Correlation of two features of finished co-moments, 0 where one of them has no variance: [-1, 1].
    pub(crate) fn correlation(&self, i: usize, j: usize) -> f64 {
        let (c_ii, c_jj) = (self.products[self.at(i, i)], self.products[self.at(j, j)]);
        let c_ij = self.products[self.at(i.min(j), i.max(j))];
        // The root of the product makes r(i, i) exactly 1; where the product leaves the range of f64, the product of the roots does not.
        let product = c_ii * c_jj;
        let scale = if product.is_normal() { product.sqrt() } else { c_ii.sqrt() * c_jj.sqrt() };
        let correlation = c_ij / scale;
        if correlation.is_finite() { correlation.clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// Place of the pair i <= j in the packed triangle.
    fn at(&self, i: usize, j: usize) -> usize {
        packed(self.features(), i, j)
    }

    /// Accounts for the open block.
    fn flush(&mut self) {
        let features = self.features();
        let rows = self.pending.len() / features.max(1);
        if rows == 0 {
            return;
        }
        let mut mean = vec![0.0; features];
        for row in self.pending.chunks_exact(features) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut mean {
            *sum /= rows as f64;
        }

        // Centred columns one after the other; the rows that a last, smaller block lacks stay 0 and add nothing.
        let mut columns = vec![0.0; features * BLOCK_ROWS];
        for (r, row) in self.pending.chunks_exact(features).enumerate() {
            for (f, (x, mean)) in row.iter().zip(&mean).enumerate() {
                columns[f * BLOCK_ROWS + r] = x - mean;
            }
        }
        self.pending.clear();
        let block = symmetric_product(&columns, features);
        self.merge_moments(rows as u64, &mean, |at| block[at]);
    }

    /// Chan's merge with `count` rows of that mean (relative to our shift) and those co-moments.
    fn merge_moments(&mut self, count: u64, mean: &[f64], co_moments: impl Fn(usize) -> f64) {
        let (ours, theirs) = (self.count as f64, count as f64);
        let total = ours + theirs;
        let delta: Vec<f64> = mean.iter().zip(&self.mean).map(|(theirs, ours)| theirs - ours).collect();
        let weight = ours * theirs / total;
        let mut at = 0;
        for (i, delta_i) in delta.iter().enumerate() {
            for delta_j in &delta[i..] {
                self.products[at] += co_moments(at) + delta_i * delta_j * weight;
                at += 1;
            }
        }
        self.mean.iter_mut().zip(&delta).for_each(|(mean, delta)| *mean += delta * theirs / total);
        self.count += count;
    }
}

/// Place of the pair i <= j in a packed upper triangle with its diagonal.
fn packed(features: usize, i: usize, j: usize) -> usize {
    i * (2 * features - i + 1) / 2 + (j - i)
}

/// Dot products of every pair of columns of [`BLOCK_ROWS`] rows: the packed upper triangle of `XᵀX`.
fn symmetric_product(columns: &[f64], features: usize) -> Vec<f64> {
    let column = |f: usize| &columns[f * BLOCK_ROWS..(f + 1) * BLOCK_ROWS];
    let mut product = Vec::with_capacity(features * (features + 1) / 2);
    for i in 0..features {
        let mut j = i;
        while j + TILE <= features {
            let others: [&[f64]; TILE] = std::array::from_fn(|t| column(j + t));
            product.extend(dot_products(column(i), others));
            j += TILE;
        }
        for j in j..features {
            product.extend(dot_products(column(i), [column(j)]));
        }
    }
    product
}

/// Dot products of one column with `N` others; each rounds the same whatever `N` is.
fn dot_products<const N: usize>(column: &[f64], others: [&[f64]; N]) -> [f64; N] {
    let mut sums = [[0.0; LANES]; N];
    let others = others.map(|other| other.as_chunks::<LANES>().0);
    for (chunk, x) in column.as_chunks::<LANES>().0.iter().enumerate() {
        for n in 0..N {
            let y = &others[n][chunk];
            for lane in 0..LANES {
                sums[n][lane] += x[lane] * y[lane];
            }
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}
