//! The feature map of a stream: correlations that are kept up to date row by row.

use pulp::{Arch, Simd, WithSimd};

use super::ranges::is_constant;
use crate::error::Error;
use crate::features::clustering::{cut, single_linkage};
use crate::features::map::{Coverage, FeatureMap};
use crate::online::config::OnlineScaling;

/// The farthest from the first row that a value can be.
const FARTHEST: f64 = 1e140;

/// The authors' running correlation: `n += 1; s += x; r = x - s/n; C += r rᵀ`, and the distance of two features is
/// `1 - C_ij / √(C_ii C_jj)`. It weighs the first rows somewhat less than exact co-moments do. Except by the original's rule, values are taken relative to the
/// first row, so that a constant feature is exactly 0.
#[derive(Debug, Clone)]
pub(super) struct OnlineMapper {
    arch: Arch,
    pub(super) rows: u64,
    /// The first row, or zeros by the original's rule: `[features]`, like the next ones.
    pub(super) shift: Vec<f64>,
    pub(super) sums: Vec<f64>,
    pub(super) lowest: Vec<f64>,
    pub(super) highest: Vec<f64>,
    /// The products of two features, each with itself and with later ones: [features · (features + 1) / 2].
    pub(super) products: Vec<f64>,
    residuals: Vec<f64>,
}

impl OnlineMapper {
    pub(super) fn new(features: usize) -> Self {
        Self {
            arch: Arch::new(),
            rows: 0,
            shift: vec![0.0; features],
            sums: vec![0.0; features],
            lowest: vec![f64::INFINITY; features],
            highest: vec![f64::NEG_INFINITY; features],
            products: vec![0.0; features * (features + 1) / 2],
            residuals: vec![0.0; features],
        }
    }

    pub(super) fn features(&self) -> usize {
        self.sums.len()
    }

    /// Takes a row of finite values, `[features]`.
    pub(super) fn learn(&mut self, row: &[f64], scaling: OnlineScaling) {
        if self.rows == 0 && scaling == OnlineScaling::Bounded {
            self.shift.copy_from_slice(row);
        }
        self.rows += 1;
        let rows = self.rows as f64;
        for (feature, &value) in row.iter().enumerate() {
            self.lowest[feature] = self.lowest[feature].min(value);
            self.highest[feature] = self.highest[feature].max(value);
            // So that sums of products are finite whatever the values are.
            let value = (value - self.shift[feature]).clamp(-FARTHEST, FARTHEST);
            self.sums[feature] += value;
            let residual = value - self.sums[feature] / rows;
            self.residuals[feature] = residual;
        }
        self.arch.dispatch(Products { residuals: &self.residuals, products: &mut self.products });
    }

    /// Clusters of at most `max` features.
    pub(super) fn feature_map(&self, max: usize, scaling: OnlineScaling) -> Result<FeatureMap, Error> {
        let features = self.features();
        let constant: Vec<bool> =
            (0..features).map(|f| scaling == OnlineScaling::Bounded && is_constant(self.lowest[f], self.highest[f])).collect();
        let distance = |i: usize, j: usize| {
            let (i, j) = (i.min(j), i.max(j));
            if constant[i] || constant[j] {
                return 1.0;
            }
            let product = |i: usize, j: usize| self.products[i * (2 * features - i + 1) / 2 + j - i];
            let root = product(i, i).sqrt() * product(j, j).sqrt();
            // The original's floor, for features that have not varied.
            let root = if root == 0.0 { 1e-100 } else { root };
            let correlation = product(i, j) / root;
            if correlation.is_finite() { (1.0 - correlation).max(0.0) } else { 1.0 }
        };
        FeatureMap::new(features, cut(features, &single_linkage(features, distance), max), Coverage::Exact)
    }
}

struct Products<'a> {
    residuals: &'a [f64],
    products: &'a mut [f64],
}

impl WithSimd for Products<'_> {
    type Output = ();

    /// Plain loops without calls or branches, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { residuals, mut products } = self;
        for i in 0..residuals.len() {
            let (row, rest) = products.split_at_mut(residuals.len() - i);
            let factor = residuals[i];
            for (product, other) in row.iter_mut().zip(&residuals[i..]) {
                *product += factor * other;
            }
            products = rest;
        }
    }
}
