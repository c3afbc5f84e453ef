//! The scaler: raw values to inputs in 0-1, feature by feature.

pub(crate) mod device;
pub(crate) mod half_ranked;
pub(crate) mod host;
pub(crate) mod piecewise_linear;
pub(crate) mod range;
pub(crate) mod range_on_device;

pub use range::TrainingRange;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use burn::tensor::TensorData;
use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;
use crate::kinds::{InputScaling, Outside};
use crate::rows::host_rows::{HostRows, Values, as_floats};
use crate::rows::number::Number;
use crate::scaler::half_ranked::{KNOTS, SKEWED, TOGETHER, half_ranked_curve, skewness};
use crate::scaler::host::{HostScaler, OutsideValues};
use crate::scaler::piecewise_linear::KnotTable;
use crate::threads::for_each;

/// Number of rows that a thread scales at a time.
const PART_ROWS: usize = 256;

/// A monotone map per feature: piecewise linear through a few knots, the same number for all features.
///
/// `y = value_0 + Σ_k (value_{k+1} - value_k) · ramp_k(x)` with `ramp_k(x) = (x - knot_k) / (knot_{k+1} - knot_k)`. Each ramp is clamped to
/// 0-1, except beyond the outer knots, where [`Outside`] decides. The simplest case is minimum and maximum: two knots with the values 0 and
/// 1.
///
/// A feature with equal knots was constant in training. Its value maps to the first value and **any other to the last**, so that a change
/// in it remains visible.
///
/// The subtraction is done in f64, so that a column near 1.7e9 that varies by 1,000 is scaled as exactly as one from 0 to 1,000.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "KnotTable")]
pub struct Scaler {
    knots: KnotTable,
    /// The same knots in the order that host rows need.
    host: HostScaler,
}

impl From<KnotTable> for Scaler {
    fn from(knots: KnotTable) -> Self {
        let host = HostScaler::new(&knots);
        Self { knots, host }
    }
}

impl Serialize for Scaler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.knots.serialize(serializer)
    }
}

/// Scaled rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScaledRows {
    /// The rows: F32 [rows, features].
    pub data: TensorData,
    /// Number of values beyond the outer knots.
    pub outside: u64,
    /// Rows, in no order. Every row with such a value is among them.
    pub(crate) outside_rows: Vec<usize>,
}

impl Scaler {
    /// Makes a scaler from each feature's minimum and maximum, both `[features]`, to 0-1.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] if the two differ in length, [`Error::NotFinite`] for a bound that is not finite or a minimum above its
    /// maximum. As row, the latter reports 0 for the minimum and 1 for the maximum.
    pub fn min_max(minimum: Vec<f64>, maximum: Vec<f64>) -> Result<Self, Error> {
        let features = minimum.len();
        if maximum.len() != features {
            return Err(Error::FeatureCount { row: 1, expected: features, found: maximum.len() });
        }
        let mut knots = minimum;
        knots.extend(maximum);
        let values = [vec![0.0; features], vec![1.0; features]].concat();
        Self::from_parts(features, knots, values, Outside::Extend)
    }

    /// Makes a scaler like [`min_max`](Self::min_max), but a feature whose skewness exceeds 2 in magnitude is half-ranked. It becomes the
    /// mean of its min-max value and its rank: the share of training rows that are not above it, by 64 of their quantiles. This spreads
    /// values that crowd at one end of the range, as sizes and counts do, and leaves outliers far from the others. `sample` are raw
    /// training rows [rows, features].
    ///
    /// # Errors
    /// Those of [`min_max`](Self::min_max), also for the sample, and [`Error::TooFewRows`] for an empty sample.
    pub fn half_ranked(minimum: Vec<f64>, maximum: Vec<f64>, sample: &TensorData) -> Result<Self, Error> {
        let features = minimum.len();
        let rows = HostRows::new(sample)?;
        rows.check_features(features, 0)?;
        rows.check_finite(0)?;
        if rows.rows() == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        let skewness = |first: usize| match rows.values() {
            Values::F32(values) => skewness(values, features, first),
            Values::F64(values) => skewness(values, features, first),
        };
        let parts: Vec<_> = (0..features).into_par_iter().step_by(TOGETHER).map(skewness).collect();
        let is_skewed = |f: &usize| minimum[*f] < maximum[*f] && parts[f / TOGETHER][f % TOGETHER].abs() > SKEWED;
        let curve = |f: usize| {
            let mut column = rows.column(f);
            column.sort_unstable_by(f64::total_cmp);
            (f, half_ranked_curve(&column, minimum[f], maximum[f]))
        };
        let curves: Vec<_> = (0..features).into_par_iter().filter(is_skewed).map(curve).collect();
        let scaler = Self::min_max(minimum, maximum)?;
        if curves.is_empty() {
            return Ok(scaler);
        }
        // The other features repeat their last knot, which adds nothing.
        let mut knots = [&scaler.knots()[..features], &scaler.knots()[features..].repeat(KNOTS - 1)].concat();
        let mut values = [&scaler.values()[..features], &scaler.values()[features..].repeat(KNOTS - 1)].concat();
        for (f, curve) in curves {
            for (k, (knot, value)) in curve.into_iter().enumerate() {
                knots[k * features + f] = knot;
                values[k * features + f] = value as f32;
            }
        }
        Self::from_parts(features, knots, values, Outside::Extend)
    }

    /// Makes a scaler for rows that are in 0-1 already. It changes no value and refuses values outside.
    pub fn identity(features: usize) -> Self {
        KnotTable::identity(features).into()
    }

    /// The kind of this scaler. A half-ranked scaler without a skewed feature is one by minimum and maximum.
    pub(crate) fn scaling(&self) -> InputScaling {
        if *self == Self::identity(self.features()) {
            InputScaling::Identity
        } else if self.knots().len() == 2 * self.features() {
            InputScaling::MinMax
        } else {
            InputScaling::HalfRanked
        }
    }

    pub(crate) fn from_parts(features: usize, knots: Vec<f64>, values: Vec<f32>, outside: Outside) -> Result<Self, Error> {
        Ok(KnotTable::new(features, knots, values, outside)?.into())
    }

    /// Replaces the rule for values beyond the outer knots.
    #[must_use]
    pub fn with_outside(self, outside: Outside) -> Self {
        self.knots.with_outside(outside).into()
    }

    /// The knots and their values.
    pub(crate) fn table(&self) -> &KnotTable {
        &self.knots
    }

    /// Number of features of the rows.
    pub fn features(&self) -> usize {
        self.knots.features()
    }

    /// The rule for values beyond the outer knots.
    pub fn outside(&self) -> Outside {
        self.knots.outside
    }

    /// Raw values at the knots, row-major [knots, features].
    pub fn knots(&self) -> &[f64] {
        &self.knots.knots
    }

    /// Scaled values at the knots, row-major [knots, features].
    pub fn values(&self) -> &[f32] {
        &self.knots.values
    }

    /// Whether a feature was constant in training.
    pub fn is_constant(&self, feature: usize) -> bool {
        self.knots.is_constant(feature)
    }

    /// The raw value of a scaled one, the inverse of the map. Scaled values beyond those of the outer knots become these knots.
    pub fn inverse(&self, feature: usize, scaled: f32) -> f64 {
        self.knots.inverse(feature, scaled)
    }

    /// Scales raw rows [rows, features] of any number type.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite, and, if the scaler refuses them, values outside the knots.
    pub fn transform(&self, rows: TensorData) -> Result<ScaledRows, Error> {
        let rows = as_floats(rows);
        self.transform_view(&HostRows::new(&rows)?, 0)
    }

    /// Scales like [`transform`](Self::transform); `first_row` is the number of the first row in errors.
    pub(crate) fn transform_view(&self, rows: &HostRows<'_>, first_row: u64) -> Result<ScaledRows, Error> {
        rows.check_features(self.features(), first_row)?;
        let mut scaled = vec![0.0; rows.rows() * self.features()];
        let outside = Mutex::new(OutsideValues::default());
        for_each(scaled.chunks_mut((PART_ROWS * self.features()).max(1)).enumerate(), |(part, into)| {
            let start = part * PART_ROWS;
            let end = (start + PART_ROWS).min(rows.rows());
            let found = self.scale_into(rows, start..end, into);
            outside.lock().unwrap_or_else(PoisonError::into_inner).append(start, found);
        });
        let OutsideValues { values: outside, rows: outside_rows } = outside.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.check(rows, first_row, &outside_rows)?;
        Ok(ScaledRows { data: TensorData::new(scaled, [rows.rows(), self.features()]), outside, outside_rows })
    }

    /// Scales the rows in `range`, whose width is the scaler's, into [rows, features]. Returns the values beyond the outer knots, with rows
    /// from the start of the range. Values that are not finite are among them, so the caller must pass the rows to [`check`](Self::check).
    pub(crate) fn scale_into(&self, rows: &HostRows<'_>, range: Range<usize>, into: &mut [f32]) -> OutsideValues {
        let range = range.start * self.features()..range.end * self.features();
        match rows.values() {
            Values::F32(values) => self.scale_values(&values[range], into),
            Values::F64(values) => self.scale_values(&values[range], into),
        }
    }

    /// Checks the values of the rows that have values beyond the outer knots or values that are not finite, in whatever order these rows are.
    pub(crate) fn check(&self, rows: &HostRows<'_>, first_row: u64, outside_rows: &[usize]) -> Result<(), Error> {
        rows.check_finite_among(outside_rows, first_row)?;
        if self.outside() != Outside::Refuse {
            return Ok(());
        }
        let features = self.features();
        let (lowest, highest) = (&self.knots()[..features], &self.knots()[self.knots().len() - features..]);
        let mut raw = vec![0.0; features];
        let mut ascending = outside_rows.to_vec();
        ascending.sort_unstable();
        for row in ascending {
            rows.read_row(row, &mut raw);
            let beyond = |&feature: &usize| raw[feature] < lowest[feature] || raw[feature] > highest[feature];
            if let Some(feature) = (0..features).find(beyond) {
                return Err(Error::NotScaled { row: first_row + row as u64, feature, value: raw[feature] });
            }
        }
        Ok(())
    }

    fn scale_values<T: Number>(&self, values: &[T], into: &mut [f32]) -> OutsideValues {
        let outside = self.host.scale(values, into);
        for &feature in self.host.exceptions() {
            for (row, to) in values.chunks_exact(self.features()).zip(into.chunks_exact_mut(self.features())) {
                to[feature] = self.knots.scale_value(feature, row[feature].into());
            }
        }
        outside
    }
}
