//! Raw values to inputs in 0-1, feature by feature.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::scaler::half_ranked::{KNOTS, SKEWED, half_ranked_curve, skewness};
use crate::scaler::host::HostScaler;
use crate::rows::{HostRows, Number, Values, as_floats};
use crate::threads::for_each;

/// Bound of scaled values that are let out of 0-1, so that what is squared later stays finite.
const EXTENT: f64 = 1e6;

/// Rows that a thread scales at a time.
const PART_ROWS: usize = 256;

/// Where a value lies between two different bounds: 0 at the left one, 1 at the right one.
pub(crate) fn position(value: f64, left: f64, right: f64) -> f64 {
    let span = right - left;
    // Halved only where the difference of the greatest numbers of either sign would be infinite: of the least ones it would take the last
    // bit.
    if span.is_finite() { (value - left) / span } else { (0.5 * value - 0.5 * left) / (0.5 * right - 0.5 * left) }
}

/// A monotone map per feature: piecewise linear through a few knots, the same number for all features.
///
/// `y = value_0 + Σ_k (value_{k+1} - value_k) · ramp_k(x)`, `ramp_k(x) = (x - knot_k) / (knot_{k+1} - knot_k)`, each ramp cut to 0-1 (the
/// outer ones only as [`Outside`] says). Minimum and maximum are the simplest case: two knots with the values 0 and 1.
///
/// A feature whose knots are all equal was constant in training: its value maps to the first value and **any other to the last**, so that a
/// change in it does not vanish.
///
/// The subtraction is done in f64: a column near 1.7e9 that varies by 1,000 is scaled as exactly as one that varies from 0 to 1,000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Scaler {
    features: usize,
    /// Ramps of each feature, at least one; it repeats its last knot where others have more: `[features]`.
    ramps: Vec<usize>,
    /// [knots, features], ascending.
    knots: Vec<f64>,
    /// [knots, features], ascending, in 0-1.
    values: Vec<f32>,
    outside: Outside,
    /// What the others amount to on the host.
    #[serde(skip_serializing)]
    host: HostScaler,
}

/// A scaler as it is stored, not checked yet.
#[derive(Deserialize)]
#[serde(rename = "Scaler")]
struct Stored {
    features: usize,
    ramps: Vec<usize>,
    knots: Vec<f64>,
    values: Vec<f32>,
    outside: Outside,
}

impl TryFrom<Stored> for Scaler {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let Stored { features, ramps, knots, values, outside } = stored;
        let is_matrix = if features == 0 { knots.is_empty() } else { knots.len() % features == 0 && knots.len() / features >= 2 };
        if !is_matrix || values.len() != knots.len() {
            return Err(format!("{} knots and {} values are no scaler of {features} features", knots.len(), values.len()));
        }
        let scaler = Self::from_parts(features, knots, values, outside).map_err(|error| error.to_string())?;
        if scaler.ramps == ramps { Ok(scaler) } else { Err("the ramps of a scaler contradict its knots".to_owned()) }
    }
}

/// What becomes of values beyond the outer knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    /// They get the value of the outer knot.
    Clamp,
    /// The outer ramps go on, up to a million on either side.
    Extend,
    /// They are an error.
    Refuse,
}

/// Rows that a [`Scaler`] has mapped.
#[derive(Debug, Clone)]
pub struct ScaledRows {
    /// F32 [rows, features].
    pub data: TensorData,
    /// How many values lay beyond the outer knots.
    pub outside: u64,
}

impl Scaler {
    /// Each feature's range to 0-1; both `[features]`.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] when the two differ in length, [`Error::NotFinite`] for a bound that is not finite (row 0 stands for the
    /// minimum, 1 for the maximum) or a minimum above its maximum.
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

    /// As [`min_max`](Self::min_max), but a feature whose skewness is above 2 in size becomes the mean of that and of its rank among the
    /// training rows: the share of them that are not above it, by 64 of their quantiles. So values that crowd at one end of the range, as
    /// sizes and counts do, come apart, and yet what lies far from all others stays far. `sample` are raw training rows [rows, features].
    ///
    /// # Errors
    /// Those of [`min_max`](Self::min_max), for the sample too, and [`Error::TooFewRows`] for an empty one.
    pub fn half_ranked(minimum: Vec<f64>, maximum: Vec<f64>, sample: &TensorData) -> Result<Self, Error> {
        let features = minimum.len();
        let rows = HostRows::new(sample)?;
        rows.check_features(features, 0)?;
        rows.check_finite(0)?;
        if rows.rows() == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        let mut curves = Vec::new();
        for f in (0..features).filter(|&f| minimum[f] < maximum[f]) {
            let mut column = rows.column(f);
            if skewness(&column).abs() > SKEWED {
                column.sort_unstable_by(f64::total_cmp);
                curves.push((f, half_ranked_curve(&column, minimum[f], maximum[f])));
            }
        }
        let scaler = Self::min_max(minimum, maximum)?;
        if curves.is_empty() {
            return Ok(scaler);
        }
        // The other features repeat their last knot, which adds nothing.
        let mut knots = [&scaler.knots[..features], &scaler.knots[features..].repeat(KNOTS - 1)].concat();
        let mut values = [&scaler.values[..features], &scaler.values[features..].repeat(KNOTS - 1)].concat();
        for (f, curve) in curves {
            for (k, (knot, value)) in curve.into_iter().enumerate() {
                knots[k * features + f] = knot;
                values[k * features + f] = value as f32;
            }
        }
        Self::from_parts(features, knots, values, Outside::Extend)
    }

    /// For rows that are in 0-1 already: changes nothing, and refuses values outside.
    pub fn identity(features: usize) -> Self {
        Self {
            features,
            ramps: vec![1; features],
            knots: [vec![0.0; features], vec![1.0; features]].concat(),
            values: [vec![0.0; features], vec![1.0; features]].concat(),
            outside: Outside::Refuse,
            host: HostScaler::default(),
        }
        .prepared()
    }

    pub(crate) fn from_parts(features: usize, knots: Vec<f64>, values: Vec<f32>, outside: Outside) -> Result<Self, Error> {
        let mut scaler = Self { features, ramps: Vec::new(), knots, values, outside, host: HostScaler::default() };
        scaler.validate()?;
        scaler.ramps = (0..features).map(|feature| scaler.count_ramps(feature)).collect();
        Ok(scaler.prepared())
    }

    fn prepared(mut self) -> Self {
        self.host = HostScaler::new(&self);
        self
    }

    /// The same map with another rule for values beyond the outer knots.
    #[must_use]
    pub fn with_outside(self, outside: Outside) -> Self {
        Self { outside, ..self }.prepared()
    }

    /// Features of the rows.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The rule for values beyond the outer knots.
    pub fn outside(&self) -> Outside {
        self.outside
    }

    /// Raw values at the knots, row-major [knots, features].
    pub fn knots(&self) -> &[f64] {
        &self.knots
    }

    /// Scaled values at the knots, row-major [knots, features].
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether a feature was constant in training.
    pub fn is_constant(&self, feature: usize) -> bool {
        self.knots[feature] == self.knots[self.knots.len() - self.features + feature]
    }

    /// The raw value that becomes a scaled one: the inverse of the map. Scaled values beyond those of the outer knots become these knots.
    pub fn inverse(&self, feature: usize, scaled: f32) -> f64 {
        let rising = |&ramp: &usize| self.value(ramp, feature) <= scaled && self.value(ramp, feature) < self.value(ramp + 1, feature);
        let ramp = (0..self.ramps[feature]).rev().find(rising).filter(|_| !self.is_constant(feature));
        let Some(ramp) = ramp else { return self.knot(0, feature) };
        let (from, to) = (self.value(ramp, feature), self.value(ramp + 1, feature));
        let position = f64::from((scaled - from) / (to - from)).min(1.0);
        self.knot(ramp, feature) * (1.0 - position) + self.knot(ramp + 1, feature) * position
    }

    /// Scales raw rows [rows, features] of any number type.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite, and values outside the knots where these are refused.
    pub fn transform(&self, rows: TensorData) -> Result<ScaledRows, Error> {
        let rows = as_floats(rows);
        self.transform_view(&HostRows::new(&rows)?, 0)
    }

    /// As [`transform`](Self::transform); `first_row` is the number of the first row in errors.
    pub(crate) fn transform_view(&self, rows: &HostRows<'_>, first_row: u64) -> Result<ScaledRows, Error> {
        rows.check_features(self.features, first_row)?;
        let mut scaled = vec![0.0; rows.rows() * self.features];
        let outside = AtomicU64::new(0);
        for_each(scaled.chunks_mut((PART_ROWS * self.features).max(1)).enumerate(), |(part, into)| {
            let start = part * PART_ROWS;
            let end = (start + PART_ROWS).min(rows.rows());
            outside.fetch_add(self.scale_into(rows, start..end, into), Ordering::Relaxed);
        });
        let outside = outside.into_inner();
        self.check(rows, first_row, outside)?;
        Ok(ScaledRows { data: TensorData::new(scaled, [rows.rows(), self.features]), outside })
    }

    /// Scales some of the rows, which have the features of the scaler, into [rows, features]. Gives how many values lay beyond the outer
    /// knots; those that are not finite count as well, so [`check`](Self::check) has to be asked with the sum over all rows.
    pub(crate) fn scale_into(&self, rows: &HostRows<'_>, range: Range<usize>, into: &mut [f32]) -> u64 {
        let range = range.start * self.features..range.end * self.features;
        match rows.values() {
            Values::F32(values) => self.scale_values(&values[range], into),
            Values::F64(values) => self.scale_values(&values[range], into),
        }
    }

    /// Errs where `outside` values were found that may not be there. Only then are the rows gone through once more: to tell which one it was.
    pub(crate) fn check(&self, rows: &HostRows<'_>, first_row: u64, outside: u64) -> Result<(), Error> {
        if outside == 0 {
            return Ok(());
        }
        rows.check_finite(first_row)?;
        if self.outside != Outside::Refuse {
            return Ok(());
        }
        let (lowest, highest) = (&self.knots[..self.features], &self.knots[self.knots.len() - self.features..]);
        let mut raw = vec![0.0; self.features];
        for row in 0..rows.rows() {
            rows.read_row(row, &mut raw);
            let beyond = |&feature: &usize| raw[feature] < lowest[feature] || raw[feature] > highest[feature];
            if let Some(feature) = (0..self.features).find(beyond) {
                return Err(Error::NotScaled { row: first_row + row as u64, feature, value: raw[feature] });
            }
        }
        Ok(())
    }

    fn scale_values<T: Number>(&self, values: &[T], into: &mut [f32]) -> u64 {
        let outside = self.host.scale(values, into);
        for &feature in self.host.exceptions() {
            for (row, to) in values.chunks_exact(self.features).zip(into.chunks_exact_mut(self.features)) {
                to[feature] = self.scale_value(feature, row[feature].into());
            }
        }
        outside
    }

    /// The map as it is defined, for any widths: what [`HostScaler`] does at once for many values.
    pub(crate) fn scale_value(&self, feature: usize, raw: f64) -> f32 {
        let ramps = self.ramps[feature];
        if self.is_constant(feature) {
            return self.value(if raw == self.knot(0, feature) { 0 } else { ramps }, feature);
        }
        // The ramp that the value lies on: the last whose left knot is not above it.
        let (mut ramp, mut beyond) = (0, ramps);
        while beyond - ramp > 1 {
            let middle = usize::midpoint(ramp, beyond);
            if self.knot(middle, feature) <= raw { ramp = middle } else { beyond = middle }
        }
        let (low, high) = self.cuts(ramp, feature);
        let (left, right) = (self.knot(ramp, feature), self.knot(ramp + 1, feature));
        let position = if left < right { position(raw, left, right).clamp(low, high) } else { f64::from(u8::from(raw >= left)) };
        let (from, to) = (f64::from(self.value(ramp, feature)), f64::from(self.value(ramp + 1, feature)));
        (from + (to - from) * position) as f32
    }

    /// Ramps of a feature.
    pub(crate) fn ramps(&self, feature: usize) -> usize {
        self.ramps[feature]
    }

    /// Where a ramp is cut, in parts of its width.
    pub(crate) fn cuts(&self, ramp: usize, feature: usize) -> (f64, f64) {
        let [least, most] = self.outer_cuts();
        let (first, last) = (ramp == 0, ramp + 1 == self.ramps[feature]);
        (if first { least } else { 0.0 }, if last { most } else { 1.0 })
    }

    /// Where the outer ramps are cut.
    pub(crate) fn outer_cuts(&self) -> [f64; 2] {
        if self.outside == Outside::Extend { [-EXTENT, EXTENT] } else { [0.0, 1.0] }
    }

    pub(crate) fn knot(&self, knot: usize, feature: usize) -> f64 {
        self.knots[knot * self.features + feature]
    }

    pub(crate) fn value(&self, knot: usize, feature: usize) -> f32 {
        self.values[knot * self.features + feature]
    }

    /// Knots up to the first that is the last once more, less one; a constant feature has one ramp, from the first to the last.
    fn count_ramps(&self, feature: usize) -> usize {
        let all = self.knots.len() / self.features - 1;
        if self.is_constant(feature) {
            return all;
        }
        (1..=all)
            .find(|&k| self.knot(k, feature) == self.knot(all, feature) && self.value(k, feature) == self.value(all, feature))
            .unwrap_or(all)
    }

    fn validate(&self) -> Result<(), Error> {
        for (at, knot) in self.knots.iter().enumerate() {
            let (row, feature) = ((at / self.features) as u64, at % self.features);
            let previous = if row == 0 { f64::NEG_INFINITY } else { self.knots[at - self.features] };
            if !knot.is_finite() || *knot < previous {
                return Err(Error::NotFinite { row, feature, value: *knot });
            }
        }
        Ok(())
    }
}
