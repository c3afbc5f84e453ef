//! Exact running co-moments, the same bits whatever the batches.

/// Rows that are accumulated together. Blocks start at multiples of it, so the grouping of the additions, and with it every rounding,
/// depends on the rows alone and not on the batches they came in.
pub(crate) const BLOCK_ROWS: usize = 256;

/// Independent partial sums of a dot product: they fill vector registers, and their fixed number fixes the rounding.
const LANES: usize = 4;

/// Other columns whose dot product with one column is taken at once, so that its values are loaded once for all of them.
const TILE: usize = 4;

/// Count, means and co-moments `C[i][j] = Σ (x_i - mean_i)(x_j - mean_j)` of rows, in f64.
///
/// Each block of rows is centred on its own means, multiplied with itself as one symmetric rank-k update, and merged by Chan's formula
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

    /// The co-moments with the open block accounted for.
    pub(crate) fn finished(&self) -> Finished<'_> {
        Finished::new(self)
    }

    /// Takes in the rows of another, as if they had come after these.
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

    /// Accounts for the open block.
    fn flush(&mut self) {
        if let Some(block) = Block::new(&self.pending, self.features()) {
            self.pending.clear();
            self.join(block.rows, &block.mean, |i, row| block.row(i, row));
        }
    }

    /// Takes in `rows` rows of that mean (relative to our shift). `co_moments` appends theirs of a feature with itself and those after it.
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

/// Co-moments with the open block accounted for. They are not copied, since they are by far the largest part of the statistics: what the
/// block adds to a pair is computed when the pair is asked for.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    moments: &'a CoMoments,
    open: Option<(Block, Chan)>,
    /// Means of `x - shift`: [features].
    mean: Vec<f64>,
    /// Co-moment of each feature with itself: [features].
    diagonal: Vec<f64>,
}

impl<'a> Finished<'a> {
    fn new(moments: &'a CoMoments) -> Self {
        let open = Block::new(&moments.pending, moments.features()).map(|block| {
            let chan = Chan::new(moments.count, &moments.mean, block.rows, &block.mean);
            (block, chan)
        });
        let mean = open.as_ref().map_or_else(|| moments.mean.clone(), |(_, chan)| chan.means(&moments.mean));
        let mut finished = Self { moments, open, mean, diagonal: Vec::new() };
        finished.diagonal = (0..moments.features()).map(|f| finished.co_moment(f, f)).collect();
        finished
    }

    /// Correlation of two features, 0 where one of them has no variance: [-1, 1].
    pub(crate) fn correlation(&self, i: usize, j: usize) -> f64 {
        let (c_ii, c_jj) = (self.diagonal[i], self.diagonal[j]);
        let c_ij = self.co_moment(i.min(j), i.max(j));
        // The root of the product makes r(i, i) exactly 1; where the product leaves the range of f64, the product of the roots does not.
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

    /// Appends the co-moments of a feature with itself and those after it.
    fn row(&self, i: usize, row: &mut Vec<f64>) {
        row.extend((i..self.moments.features()).map(|j| self.co_moment(i, j)));
    }
}

/// Rows of one block, at most [`BLOCK_ROWS`], about their own means.
#[derive(Debug)]
struct Block {
    rows: u64,
    /// Means of `x - shift`: [features].
    mean: Vec<f64>,
    /// The centred columns: [features, [`BLOCK_ROWS`]]. What a smaller block lacks stays 0 and adds nothing.
    columns: Vec<f64>,
}

impl Block {
    /// Of rows less the shift, [rows, features]; `None` where there are none.
    fn new(pending: &[f64], features: usize) -> Option<Self> {
        let rows = pending.len().checked_div(features).filter(|&rows| rows > 0)?;
        let mut mean = vec![0.0; features];
        for row in pending.chunks_exact(features) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut mean {
            *sum /= rows as f64;
        }

        let mut columns = vec![0.0; features * BLOCK_ROWS];
        for (r, row) in pending.chunks_exact(features).enumerate() {
            for (f, (x, mean)) in row.iter().zip(&mean).enumerate() {
                columns[f * BLOCK_ROWS + r] = x - mean;
            }
        }
        Some(Self { rows: rows as u64, mean, columns })
    }

    fn column(&self, f: usize) -> &[f64] {
        &self.columns[f * BLOCK_ROWS..(f + 1) * BLOCK_ROWS]
    }

    fn co_moment(&self, i: usize, j: usize) -> f64 {
        let [product] = dot_products(self.column(i), [self.column(j)]);
        product
    }

    /// Appends the co-moments of a feature with itself and those after it.
    fn row(&self, i: usize, row: &mut Vec<f64>) {
        let features = self.mean.len();
        let mut j = i;
        while j + TILE <= features {
            let others: [&[f64]; TILE] = std::array::from_fn(|t| self.column(j + t));
            row.extend(dot_products(self.column(i), others));
            j += TILE;
        }
        row.extend((j..features).map(|j| self.co_moment(i, j)));
    }
}

/// Chan's merge of the statistics of other rows into ours.
#[derive(Debug)]
struct Chan {
    /// Their means less ours: [features].
    delta: Vec<f64>,
    /// What a product of two deltas counts in a co-moment.
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
        ours + (theirs + self.delta[i] * self.delta[j] * self.weight)
    }

    fn means(&self, ours: &[f64]) -> Vec<f64> {
        ours.iter().zip(&self.delta).map(|(mean, delta)| mean + delta * self.theirs / self.total).collect()
    }
}

/// Place of the pair i <= j in a packed upper triangle with its diagonal.
fn packed(features: usize, i: usize, j: usize) -> usize {
    i * (2 * features - i + 1) / 2 + (j - i)
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
