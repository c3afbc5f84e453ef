//! The range of each feature, by which rows are scaled one at a time.

use pulp::{Arch, Simd, WithSimd};

use crate::online::config::OnlineScaling;
use crate::scaler::range::distance;

/// A feature is constant if its range is at most this share of its size: what sums and conversions of equal numbers leave.
pub(super) const CONSTANT: f64 = 1e-9;

/// What the original adds to the width of a range.
const ORIGINAL_FLOOR: f64 = 1e-16;

/// The farthest from 0 that a value scaled by the original's rule can be: its square is a finite f32.
const ORIGINAL_FARTHEST: f64 = 1e18;

/// The lowest and the highest value of each feature over the rows that it learned, and the last row that was scaled by them.
#[derive(Debug, Clone)]
pub(super) struct Ranges {
    arch: Arch,
    scaling: OnlineScaling,
    lowest: Vec<f64>,
    highest: Vec<f64>,
    /// One over the width of the range; 0 for a constant feature.
    inverse: Vec<f64>,
    scaled: Vec<f32>,
}

/// Whether a feature with these extremes is constant.
pub(super) fn is_constant(lowest: f64, highest: f64) -> bool {
    highest - lowest <= CONSTANT * lowest.abs().max(highest.abs())
}

impl Ranges {
    /// No row yet.
    pub(super) fn new(features: usize, scaling: OnlineScaling) -> Self {
        Self {
            arch: Arch::new(),
            scaling,
            lowest: vec![f64::INFINITY; features],
            highest: vec![f64::NEG_INFINITY; features],
            inverse: vec![0.0; features],
            scaled: vec![0.0; features],
        }
    }

    /// The ranges that were saved.
    pub(super) fn of(lowest: Vec<f64>, highest: Vec<f64>, scaling: OnlineScaling) -> Self {
        let mut ranges = Self { lowest, highest, ..Self::new(0, scaling) };
        ranges.inverse = vec![0.0; ranges.lowest.len()];
        ranges.scaled = vec![0.0; ranges.lowest.len()];
        (0..ranges.lowest.len()).for_each(|feature| ranges.measure(feature));
        ranges
    }

    /// The lowest and the highest values.
    pub(super) fn ends(&self) -> (&[f64], &[f64]) {
        (&self.lowest, &self.highest)
    }

    /// The last row that was scaled: `[features]`.
    pub(super) fn scaled(&self) -> &[f32] {
        &self.scaled
    }

    /// Widens the ranges by a row and scales it.
    pub(super) fn learn(&mut self, row: &[f64]) {
        if self.scale(row) {
            for (feature, &value) in row.iter().enumerate() {
                if value < self.lowest[feature] || value > self.highest[feature] {
                    self.lowest[feature] = self.lowest[feature].min(value);
                    self.highest[feature] = self.highest[feature].max(value);
                    self.measure(feature);
                }
            }
            self.scale(row);
        }
    }

    /// Scales a row. Returns whether a value is beyond its range; one that is missing or infinite is.
    pub(super) fn scale(&mut self, row: &[f64]) -> bool {
        let Self { arch, scaling, lowest, highest, inverse, scaled } = self;
        let [least, most] = match scaling {
            OnlineScaling::Bounded => [0.0, 1.0],
            OnlineScaling::Original => [-ORIGINAL_FARTHEST, ORIGINAL_FARTHEST],
        };
        arch.dispatch(Scale { row, lowest, highest, inverse, least, most, scaled })
    }

    /// The sum of the fourth powers of the distances of a row's values beyond their ranges, as
    /// [`Kitsune::range`](crate::Kitsune::range) has them.
    pub(super) fn beyond(&self, row: &[f64]) -> f64 {
        let (lowest, highest) = self.tolerant();
        let distances = row.iter().zip(lowest.zip(highest)).map(|(&value, (lowest, highest))| distance(value, lowest, highest));
        distances.map(|distance| distance.powi(4)).sum()
    }

    /// The ranges with that of a constant feature as wide as what counts as equal.
    pub(super) fn tolerant(&self) -> (impl Iterator<Item = f64>, impl Iterator<Item = f64>) {
        let ends = || self.lowest.iter().zip(&self.highest);
        let tolerance = |lowest: f64, highest: f64| {
            if is_constant(lowest, highest) { CONSTANT * lowest.abs().max(highest.abs()) } else { 0.0 }
        };
        let lowest = ends().map(move |(&lowest, &highest)| lowest - tolerance(lowest, highest));
        (lowest, ends().map(move |(&lowest, &highest)| highest + tolerance(lowest, highest)))
    }

    /// The raw value of a scaled one.
    pub(super) fn inverse(&self, feature: usize, scaled: f32) -> f64 {
        let (lowest, highest) = (self.lowest[feature], self.highest[feature]);
        if self.inverse[feature] == 0.0 { lowest } else { lowest + f64::from(scaled) * (highest - lowest) }
    }

    fn measure(&mut self, feature: usize) {
        let (lowest, highest) = (self.lowest[feature], self.highest[feature]);
        self.inverse[feature] = match self.scaling {
            OnlineScaling::Bounded if is_constant(lowest, highest) => 0.0,
            OnlineScaling::Bounded => 1.0 / (highest - lowest),
            OnlineScaling::Original => 1.0 / (highest - lowest + ORIGINAL_FLOOR),
        };
    }
}

struct Scale<'a> {
    row: &'a [f64],
    lowest: &'a [f64],
    highest: &'a [f64],
    inverse: &'a [f64],
    least: f64,
    most: f64,
    scaled: &'a mut [f32],
}

impl WithSimd for Scale<'_> {
    type Output = bool;

    /// A plain loop without calls or branches, which the compiler turns into the vector instructions at hand.
    #[expect(clippy::needless_bitwise_bool, reason = "the other operator is a branch")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { row, lowest, highest, inverse, least, most, scaled } = self;
        let length = scaled.len();
        let (row, lowest, highest, inverse) = (&row[..length], &lowest[..length], &highest[..length], &inverse[..length]);
        // A count, since the compiler makes a loop of single values of one that ends in a truth.
        let mut beyond = 0;
        for f in 0..length {
            let x = row[f];
            beyond += u64::from(!((x >= lowest[f]) & (x <= highest[f])));
            let y = (x - lowest[f]) * inverse[f];
            // NaN, from a range wider than the largest number, becomes the least.
            let y = if y > least { y } else { least };
            scaled[f] = if y < most { y } else { most } as f32;
        }
        beyond > 0
    }
}
