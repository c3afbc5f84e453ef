//! Distances from the rows of a block to the nearest of the stored training rows.
//!
//! All distances are one product. Bounds that would skip stored rows, by their principal axes, leave nearly all of them, since
//! whitened residuals spread alike in all directions.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::nearest::Centre;
use super::product::Matrix;
use crate::model::neighbours::ROUNDING;

/// Stored rows that are compared at once, so that the products stay in a near cache.
const CHUNK: usize = 256;

/// The values of [`Neighbours`](crate::model::neighbours::Neighbours).
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredRows<'a> {
    /// [rows, width], minus the middle.
    pub(crate) rows: &'a [f32],
    /// Squared length of each row: `[rows]`.
    pub(crate) squares: &'a [f32],
    /// `[width]`.
    pub(crate) middle: &'a [f32],
    /// `[rows]`.
    pub(crate) own: &'a [f32],
    /// Number of nearest rows.
    pub(crate) count: usize,
}

/// Buffers, reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct SearchScratch {
    centred: Block,
    products: Block,
    lengths: Vec<f32>,
    nearest: Vec<f32>,
}

impl StoredRows<'_> {
    /// Computes the mean distance of each row to its nearest stored rows over the mean of what these have themselves, padding included.
    pub(crate) fn ratios(&self, arch: pulp::Arch, compared: &Block, into: &mut [f32], scratch: &mut SearchScratch) {
        let SearchScratch { centred, products, lengths, nearest } = scratch;
        let width = self.middle.len();
        centred.reshape(width, compared.rows());
        lengths.clear();
        lengths.resize(compared.padded(), 0.0);
        arch.dispatch(Centre { x: compared, middle: self.middle, centred, lengths });
        nearest.clear();
        nearest.resize(2 * self.count * compared.padded(), 0.0);
        let (least, theirs) = nearest.split_at_mut(self.count * compared.padded());
        least.fill(f32::MAX);
        for (chunk, squares) in self.squares.chunks(CHUNK).enumerate() {
            let first = chunk * CHUNK;
            products.reshape(squares.len(), compared.rows());
            let rows = &self.rows[first * width..][..squares.len() * width];
            products.matrix_mut().set(-2.0, centred.matrix(), Matrix::by_rows(rows, [squares.len(), width], width).transposed());
            arch.dispatch(Select { products, squares, lengths, own: &self.own[first..], least, theirs });
        }
        arch.dispatch(Divide { least, theirs, lengths, into });
    }
}

/// Keeps the smallest squared distances of each row, with what their stored rows have themselves.
struct Select<'a> {
    /// The products -2 x c: [stored, stride].
    products: &'a Block,
    squares: &'a [f32],
    lengths: &'a [f32],
    own: &'a [f32],
    /// The smallest squares, ascending: [vectors, nearest] of vectors.
    least: &'a mut [f32],
    /// What their rows have, in the same order.
    theirs: &'a mut [f32],
}

impl WithSimd for Select<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { products, squares, lengths, own, least, theirs } = self;
        let (lengths, padded) = (S::as_simd_f32s(lengths).0, products.padded());
        let (least, theirs) = (S::as_mut_simd_f32s(least).0, S::as_mut_simd_f32s(theirs).0);
        let count = least.len() / lengths.len();
        let (zero, rounding) = (simd.splat_f32s(0.0), simd.splat_f32s(ROUNDING as f32));
        for (at, (&square, &own)) in squares.iter().zip(own).enumerate() {
            let (products, _) = S::as_simd_f32s(&products.column(at)[..padded]);
            let (square, own) = (simd.splat_f32s(square), simd.splat_f32s(own));
            for vector in 0..lengths.len() {
                let both = simd.add_f32s(square, lengths[vector]);
                let distance = simd.add_f32s(products[vector], both);
                let is_equal = simd.less_than_f32s(distance, simd.mul_f32s(both, rounding));
                let mut distance = simd.select_f32s(is_equal, zero, distance);
                let near = simd.less_than_f32s(distance, least[vector * count + count - 1]);
                if simd.first_true_m32s(near) == S::F32_LANES {
                    continue;
                }
                let mut of_row = own;
                for slot in vector * count..(vector + 1) * count {
                    let nearer = simd.less_than_f32s(distance, least[slot]);
                    let (kept, kept_own) = (least[slot], theirs[slot]);
                    least[slot] = simd.select_f32s(nearer, distance, kept);
                    theirs[slot] = simd.select_f32s(nearer, of_row, kept_own);
                    distance = simd.select_f32s(nearer, kept, distance);
                    of_row = simd.select_f32s(nearer, kept_own, of_row);
                }
            }
        }
    }
}

/// Divides the sum of the distances by the sum of what the nearest rows have.
struct Divide<'a> {
    /// [vectors, nearest] of vectors.
    least: &'a [f32],
    theirs: &'a [f32],
    lengths: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { least, theirs, lengths, into } = self;
        let (least, theirs, lengths) = (S::as_simd_f32s(least).0, S::as_simd_f32s(theirs).0, S::as_simd_f32s(lengths).0);
        let into = S::as_mut_simd_f32s(into).0;
        let count = least.len() / lengths.len();
        let zero = simd.splat_f32s(0.0);
        for vector in 0..lengths.len() {
            let (mut sum, mut sum_own) = (zero, zero);
            for slot in vector * count..(vector + 1) * count {
                sum = simd.add_f32s(sum, simd.sqrt_f32s(least[slot]));
                sum_own = simd.add_f32s(sum_own, theirs[slot]);
            }
            // Nothing is near a row with NaN, whose length is NaN; the product makes the ratio NaN as well.
            into[vector] = simd.mul_add_e_f32s(lengths[vector], zero, simd.div_f32s(sum, sum_own));
        }
    }
}
