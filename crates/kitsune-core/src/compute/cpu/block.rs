//! A block of rows, transposed so that a vector register holds one column of several rows.

use pulp::{Simd, WithSimd};

use super::product::{Matrix, MatrixMut};
use super::simd::WIDEST;
use crate::random::{Draws, Dropout, word_bits};

/// Maximum number of rows of a block. Many rows make the dense products efficient, few keep a block in a near cache.
pub(crate) const BLOCK_ROWS: usize = 128;

/// The number of rows of a block is padded to a multiple of this: a pair of the widest vectors.
pub(crate) const PADDING: usize = 2 * WIDEST;

/// Floats between the end of a column and the next. Without them columns would be a power of two apart and share a few sets of the cache.
const GAP: usize = 16;

/// Columns of a few rows: [columns, stride]. The first [`rows`](Self::rows) values of each column count. The others, up to
/// [`padded`](Self::padded), take part in the computation but are never read as results. They are finite if the weights are finite.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    values: Vec<f32>,
    columns: usize,
    rows: usize,
}

impl Block {
    /// Changes the size to `columns` columns and `rows` rows, at most [`BLOCK_ROWS`]. The values are undefined, but finite if they were
    /// finite before.
    pub(crate) fn reshape(&mut self, columns: usize, rows: usize) {
        let stride = rows.next_multiple_of(PADDING) + GAP;
        if self.values.len() < columns * stride {
            self.values.resize(columns * stride, 0.0);
        }
        (self.columns, self.rows) = (columns, rows);
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn padded(&self) -> usize {
        self.rows.next_multiple_of(PADDING)
    }

    /// The number of rows that dense products take: as many as whole vectors of the widest kind hold.
    pub(crate) fn filled(&self) -> usize {
        self.rows.next_multiple_of(WIDEST)
    }

    pub(crate) fn stride(&self) -> usize {
        self.padded() + GAP
    }

    /// The values: [columns, stride].
    pub(crate) fn values(&self) -> &[f32] {
        &self.values[..self.columns * self.stride()]
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        let end = self.columns * self.stride();
        &mut self.values[..end]
    }

    /// The [`filled`](Self::filled) rows as a matrix [rows, columns]. Products with the padding among them are never read as results, but the padding has to
    /// be finite.
    pub(crate) fn matrix(&self) -> Matrix<'_> {
        Matrix::by_columns(self.values(), [self.filled(), self.columns], self.stride())
    }

    pub(crate) fn matrix_mut(&mut self) -> MatrixMut<'_> {
        let (shape, stride) = ([self.filled(), self.columns], self.stride());
        MatrixMut::by_columns(self.values_mut(), shape, stride)
    }

    /// One column, padding included.
    pub(crate) fn column(&self, column: usize) -> &[f32] {
        &self.values[column * self.stride()..][..self.padded()]
    }

    pub(crate) fn column_mut(&mut self, column: usize) -> &mut [f32] {
        let (stride, padded) = (self.stride(), self.padded());
        &mut self.values[column * stride..][..padded]
    }

    /// Fills the block with rows, row-major [rows, columns].
    pub(crate) fn fill(&mut self, rows: &[f32], columns: usize) {
        self.reshape(columns, rows.len() / columns.max(1));
        let (stride, padded) = (self.stride(), self.padded());
        for (row, values) in rows.chunks_exact(columns.max(1)).enumerate() {
            for (to, &from) in self.values[row..].iter_mut().step_by(stride).zip(values) {
                *to = from;
            }
        }
        // The padding still has values of earlier rows.
        for column in self.values_mut().chunks_exact_mut(stride) {
            column[rows.len() / columns.max(1)..padded].fill(0.0);
        }
    }

    /// Writes the rows, row-major [rows, columns].
    pub(crate) fn write_rows(&self, into: &mut [f32]) {
        let stride = self.stride();
        for (row, values) in into.chunks_exact_mut(self.columns.max(1)).enumerate() {
            for (to, &from) in values.iter_mut().zip(self.values[row..].iter().step_by(stride)) {
                *to = from;
            }
        }
    }

    /// Applies dropout to the rows, of which the first is row `first` of the step. The result is in `into`; without dropout it is the block
    /// itself.
    pub(crate) fn seen<'a>(&'a self, arch: pulp::Arch, dropout: Option<(Dropout, Draws)>, first: usize, into: &'a mut Self) -> &'a Self {
        let Some((dropout, draws)) = dropout else { return self };
        into.reshape(self.columns, self.rows);
        let mut rows = [[0_u32; BLOCK_ROWS]; 2];
        for row in 0..self.padded() {
            [rows[0][row], rows[1][row]] = draws.row((first + row) as u64).words();
        }
        let stride = self.stride();
        arch.dispatch(DropOut { x: self.values(), rows: &rows, dropout, padded: self.padded(), stride, into: into.values_mut() });
        into
    }
}

/// Multiplies each value by the factor that is drawn for its row and column.
struct DropOut<'a> {
    x: &'a [f32],
    /// The two words of each row.
    rows: &'a [[u32; BLOCK_ROWS]; 2],
    dropout: Dropout,
    padded: usize,
    stride: usize,
    into: &'a mut [f32],
}

impl WithSimd for DropOut<'_> {
    type Output = ();

    /// Plain loops, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, rows, dropout, padded, stride, into } = self;
        let (low, high) = (&rows[0][..padded], &rows[1][..padded]);
        for (word, (x, into)) in (0..).zip(x.chunks(2 * stride).zip(into.chunks_mut(2 * stride))) {
            if x.len() == stride {
                let (x, into) = (&x[..padded], &mut into[..padded]);
                for row in 0..padded {
                    into[row] = x[row] * dropout.factors(word_bits(low[row], high[row], word))[0];
                }
            } else {
                let (first, second) = into.split_at_mut(stride);
                let (x, y) = (&x[..padded], &x[stride..][..padded]);
                let (first, second) = (&mut first[..padded], &mut second[..padded]);
                for row in 0..padded {
                    let factors = dropout.factors(word_bits(low[row], high[row], word));
                    first[row] = x[row] * factors[0];
                    second[row] = y[row] * factors[1];
                }
            }
        }
    }
}
