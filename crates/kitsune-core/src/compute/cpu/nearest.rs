//! Distances from the rows of a block to their nearest prototypes.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::product::Matrix;
use super::simd;

/// The values of [`Prototypes`](crate::model::prototypes::Prototypes).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearest<'a> {
    /// Centres minus the middle: [features, prototypes].
    pub(crate) centres: &'a [f32],
    /// Squared length of each centre: `[prototypes]`.
    pub(crate) squares: &'a [f32],
    /// The middle: `[features]`.
    pub(crate) middle: &'a [f32],
    /// Number of nearest prototypes that make a distance.
    pub(crate) count: usize,
}

/// Buffers, reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct NearestScratch {
    centred: Block,
    products: Block,
    lengths: Vec<f32>,
    least: Vec<f32>,
}

impl Nearest<'_> {
    /// Computes the mean distance of each row to its nearest prototypes. In the padding stand numbers without a meaning.
    pub(crate) fn distances(&self, arch: pulp::Arch, x: &Block, into: &mut [f32], scratch: &mut NearestScratch) {
        let NearestScratch { centred, products, lengths, least } = scratch;
        centred.reshape(x.columns(), x.rows());
        lengths.clear();
        lengths.resize(x.padded(), 0.0);
        arch.dispatch(Centre { x, middle: self.middle, centred, lengths });
        products.reshape(self.squares.len(), x.rows());
        let count = self.squares.len();
        products.matrix_mut().set(-2.0, centred.matrix(), Matrix::by_rows(self.centres, [x.columns(), count], count));
        arch.dispatch(Select { products, squares: self.squares, lengths, count: self.count, least, into });
    }
}

/// Subtracts the middle, and sums the squares of each row.
pub(super) struct Centre<'a> {
    pub(super) x: &'a Block,
    pub(super) middle: &'a [f32],
    pub(super) centred: &'a mut Block,
    pub(super) lengths: &'a mut [f32],
}

impl WithSimd for Centre<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, middle, centred, lengths } = self;
        let (padded, stride) = (x.padded(), x.stride());
        let lengths = S::as_mut_simd_f32s(lengths).0;
        for ((into, x), &middle) in centred.values_mut().chunks_exact_mut(stride).zip(x.values().chunks_exact(stride)).zip(middle) {
            let (into, x) = (S::as_mut_simd_f32s(&mut into[..padded]).0, S::as_simd_f32s(&x[..padded]).0);
            let middle = simd.splat_f32s(middle);
            for vector in 0..x.len() {
                let value = simd.sub_f32s(x[vector], middle);
                into[vector] = value;
                lengths[vector] = simd.mul_add_e_f32s(value, value, lengths[vector]);
            }
        }
    }
}

/// Selects the smallest distances by insertion, which takes the same instructions for every row.
struct Select<'a> {
    /// The products -2 x c: [prototypes, stride].
    products: &'a Block,
    squares: &'a [f32],
    lengths: &'a [f32],
    count: usize,
    least: &'a mut Vec<f32>,
    into: &'a mut [f32],
}

impl WithSimd for Select<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { products, squares, lengths, count, least, into } = self;
        let (padded, stride) = (products.padded(), products.stride() / S::F32_LANES);
        let (products, lengths) = (S::as_simd_f32s(products.values()).0, S::as_simd_f32s(lengths).0);
        let into = S::as_mut_simd_f32s(&mut into[..padded]).0;
        least.resize(2 * count * S::F32_LANES, 0.0);
        let least = &mut S::as_mut_simd_f32s(least).0[..2 * count];
        let share = simd::splat(simd, 1.0 / count as f32);
        let zero = simd::splat(simd, 0.0);
        let mut vector = 0;
        while vector < into.len() {
            least.fill(simd.splat_f32s(f32::MAX));
            let length = simd::load::<S, 2>(lengths, vector);
            for (prototype, &square) in squares.iter().enumerate() {
                let product = simd::load::<S, 2>(products, prototype * stride + vector);
                let square = simd::add(simd, product, simd::splat(simd, square));
                let mut distance = simd::max(simd, zero, simd::add(simd, square, length));
                for slot in 0..count {
                    let kept = simd::load::<S, 2>(least, 2 * slot);
                    simd::store::<S, 2>(least, 2 * slot, simd::min(simd, kept, distance));
                    distance = simd::max(simd, kept, distance);
                }
            }
            let mut sum = zero;
            for slot in 0..count {
                sum = simd::add(simd, sum, simd::sqrt(simd, simd::load::<S, 2>(least, 2 * slot)));
            }
            simd::store::<S, 2>(into, vector, simd::mul(simd, sum, share));
            vector += 2;
        }
    }
}
