//! Distances from the rows of a block to the nearest of the stored training rows.
//!
//! Products and the search are one pass, so that no product is ever written to memory. Bounds that would skip stored rows, by their principal
//! axes, leave nearly all of them, since whitened residuals spread alike in all directions.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::nearest::Centre;
use super::product::Matrix;
use super::simd::{self, Pair};
use crate::model::neighbours::{NEAREST, ROUNDING};

/// Stored rows whose products are computed at once. Their sums are as many registers as the smallest machines have, less some.
const AT_ONCE: usize = 6;

/// The values of [`Neighbours`](crate::model::neighbours::Neighbours).
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredRows<'a> {
    /// [rows, axes], minus the middle.
    pub(crate) rows: &'a [f32],
    /// Squared length of each row: `[rows]`.
    pub(crate) squares: &'a [f32],
    /// `[axes]`.
    pub(crate) middle: &'a [f32],
    /// `[rows]`.
    pub(crate) spreads: &'a [f32],
    /// [width, axes], if rows are projected.
    pub(crate) axes: Option<&'a [f32]>,
    /// Number of nearest rows, at most [`NEAREST`].
    pub(crate) count: usize,
}

/// Buffers, reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct SearchScratch {
    projected: Block,
    centred: Block,
    lengths: Vec<f32>,
}

impl StoredRows<'_> {
    /// Computes the mean distance of each row to its nearest stored rows over the mean of their spreads, padding included. `compared` has the columns
    /// of values and residuals.
    pub(crate) fn distances(&self, arch: pulp::Arch, compared: &Block, into: &mut [f32], scratch: &mut SearchScratch) {
        let SearchScratch { projected, centred, lengths } = scratch;
        let axes = self.middle.len();
        let x = match self.axes {
            Some(directions) => {
                projected.reshape(axes, compared.rows());
                let directions = Matrix::by_rows(directions, [compared.columns(), axes], axes);
                projected.matrix_mut().set(1.0, compared.matrix(), directions);
                &*projected
            }
            None => compared,
        };
        centred.reshape(axes, x.rows());
        lengths.clear();
        lengths.resize(x.padded(), 0.0);
        arch.dispatch(Centre { x, middle: self.middle, centred, lengths });
        arch.dispatch(Search { stored: self, x: centred, lengths, into });
    }
}

/// Finds the nearest stored rows of each row, and divides the mean distances.
struct Search<'a> {
    stored: &'a StoredRows<'a>,
    /// [axes, stride].
    x: &'a Block,
    /// Squared length of each row.
    lengths: &'a [f32],
    into: &'a mut [f32],
}

impl WithSimd for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { stored: &StoredRows { rows, squares, middle, spreads, count, .. }, x, lengths, into } = self;
        let axes = middle.len();
        let (values, stride) = (S::as_simd_f32s(x.values()).0, x.stride() / S::F32_LANES);
        let (lengths, into) = (S::as_simd_f32s(lengths).0, S::as_mut_simd_f32s(into).0);
        let zero = simd::splat(simd, 0.0);
        let mut vector = 0;
        while vector < into.len() {
            let values = &values[vector..];
            let mut nearest = Nearest {
                length: simd::load::<S, 2>(lengths, vector),
                squares: [simd::splat(simd, f32::MAX); NEAREST],
                spreads: [zero; NEAREST],
            };
            let mut row = 0;
            while row + AT_ONCE <= squares.len() {
                let products = products::<S, AT_ONCE>(simd, values, stride, &rows[row * axes..][..AT_ONCE * axes], axes);
                nearest.offer(simd, products, &squares[row..][..AT_ONCE], &spreads[row..][..AT_ONCE]);
                row += AT_ONCE;
            }
            while row < squares.len() {
                let product = products::<S, 1>(simd, values, stride, &rows[row * axes..][..axes], axes);
                nearest.offer(simd, product, &squares[row..][..1], &spreads[row..][..1]);
                row += 1;
            }
            let (mut sum, mut spread) = (zero, zero);
            for slot in 0..count {
                sum = simd::add(simd, sum, simd::sqrt(simd, nearest.squares[slot]));
                spread = simd::add(simd, spread, nearest.spreads[slot]);
            }
            // Nothing is near a row with NaN, whose length is NaN; the product makes its distance NaN as well.
            let distance = simd::mul_add(simd, nearest.length, zero, simd::div(simd, sum, spread));
            simd::store::<S, 2>(into, vector, distance);
            vector += 2;
        }
    }
}

/// The products of a pair of vectors of rows with `N` stored rows [N, axes].
#[inline(always)]
fn products<S: Simd, const N: usize>(simd: S, x: &[S::f32s], stride: usize, rows: &[f32], axes: usize) -> [Pair<S>; N] {
    let mut sums = [simd::splat(simd, 0.0); N];
    // Slices of equal length need no checks in the loop.
    let mut of_row = [&rows[..axes]; N];
    for at in 0..N {
        of_row[at] = &rows[at * axes..][..axes];
    }
    for (axis, x) in x.chunks(stride).take(axes).enumerate() {
        let x = [x[0], x[1]];
        for at in 0..N {
            sums[at] = simd::mul_add(simd, x, simd::splat(simd, of_row[at][axis]), sums[at]);
        }
    }
    sums
}

/// The nearest stored rows of a pair of vectors of rows so far.
struct Nearest<S: Simd> {
    /// Squared lengths of the rows.
    length: Pair<S>,
    /// The smallest squared distances, ascending.
    squares: [Pair<S>; NEAREST],
    /// The spreads of their rows, in the same order.
    spreads: [Pair<S>; NEAREST],
}

impl<S: Simd> Nearest<S> {
    /// Takes stored rows among the nearest, where they are nearer than one of these. Most are not.
    #[inline(always)]
    fn offer<const N: usize>(&mut self, simd: S, products: [Pair<S>; N], squares: &[f32], spreads: &[f32]) {
        let mut distances = products;
        let mut found = 0_u32;
        for at in 0..N {
            for part in 0..2 {
                let both = simd.add_f32s(self.length[part], simd.splat_f32s(squares[at]));
                distances[at][part] = simd.mul_add_f32s(products[at][part], simd.splat_f32s(-2.0), both);
                let near = simd.less_than_f32s(distances[at][part], self.squares[NEAREST - 1][part]);
                found |= u32::from(simd.first_true_m32s(near) < S::F32_LANES) << (2 * at + part);
            }
        }
        while found != 0 {
            let (at, part) = ((found.trailing_zeros() / 2) as usize, (found.trailing_zeros() % 2) as usize);
            found &= found - 1;
            self.insert(simd, part, distances[at][part], squares[at], spreads[at]);
        }
    }

    #[inline(always)]
    fn insert(&mut self, simd: S, part: usize, distance: S::f32s, square: f32, spread: f32) {
        let both = simd.add_f32s(self.length[part], simd.splat_f32s(square));
        let is_equal = simd.less_than_f32s(distance, simd.mul_f32s(both, simd.splat_f32s(ROUNDING as f32)));
        let mut distance = simd.select_f32s(is_equal, simd.splat_f32s(0.0), distance);
        let mut spread = simd.splat_f32s(spread);
        for slot in 0..NEAREST {
            let (kept, kept_spread) = (self.squares[slot][part], self.spreads[slot][part]);
            let nearer = simd.less_than_f32s(distance, kept);
            self.squares[slot][part] = simd.select_f32s(nearer, distance, kept);
            self.spreads[slot][part] = simd.select_f32s(nearer, spread, kept_spread);
            distance = simd.select_f32s(nearer, kept, distance);
            spread = simd.select_f32s(nearer, kept_spread, spread);
        }
    }
}
