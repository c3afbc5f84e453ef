//! Raw values to inputs in 0-1, feature by feature.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::error::Error;
use crate::rows::{HostRows, as_floats};

/// Bound of scaled values that are let out of 0-1, so that what is squared later stays finite.
const EXTENT: f64 = 1e6;

/// Knots of a skewed feature.
const KNOTS: usize = 64;

/// Skewness above which a feature is half-ranked.
const SKEWED: f64 = 2.0;

/// Third standardised moment of some values; 0 where they are all the same.
fn skewness(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let largest = values.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    // In parts of the largest, whose powers are finite.
    let mean = values.iter().map(|value| value / largest).sum::<f64>() / count;
    let moment = |power| values.iter().map(|value| (value / largest - mean).powi(power)).sum::<f64>() / count;
    let variance: f64 = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

/// Knots and values of a feature by its sorted sample, the last knot repeated as often as there are fewer different quantiles.
fn half_ranked_curve(sorted: &[f64], minimum: f64, maximum: f64) -> Vec<(f64, f64)> {
    let last = sorted.len() - 1;
    // Halved, so that the difference of the greatest numbers of either sign is finite.
    let position = |value: f64| (0.5 * value - 0.5 * minimum) / (0.5 * maximum - 0.5 * minimum);
    let rank = |value: f64| (sorted.partition_point(|&other| other <= value) - 1) as f64 / last.max(1) as f64;
    let mut curve: Vec<(f64, f64)> = (0..KNOTS).map(|k| sorted[k * last / (KNOTS - 1)]).map(|knot| (knot, rank(knot))).collect();
    curve.dedup();
    // The sample may lack the outermost rows.
    let end = curve.len() - 1;
    curve[0].0 = minimum;
    curve[end] = (maximum, 1.0);
    for (knot, value) in &mut curve {
        *value = 0.5 * position(*knot) + 0.5 * *value;
    }
    curve.resize(KNOTS, (maximum, 1.0));
    curve
}

/// A monotone map per feature: piecewise linear through a few knots, the same number for all features.
///
/// `y = value_0 + Σ_k (value_{k+1} - value_k) · ramp_k(x)`, `ramp_k(x) = (x - knot_k) / (knot_{k+1} - knot_k)`, each ramp cut to 0-1 (the outer
/// ones only as [`Outside`] says). Minimum and maximum are the simplest case: two knots with the values 0 and 1.
///
/// A feature whose knots are all equal was constant in training: its value maps to the first value and **any other to the last**, so that a
/// change in it does not vanish.
///
/// The subtraction is done in f64: a column near 1.7e9 that varies by 1,000 is scaled as exactly as one that varies from 0 to 1,000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    features: usize,
    /// [knots, features], ascending.
    knots: Vec<f64>,
    /// [knots, features], ascending, in 0-1.
    values: Vec<f32>,
    outside: Outside,
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
    /// [`Error::FeatureCount`] when the two differ in length, [`Error::NotFinite`] for a bound that is not finite (row 0 stands for the minimum, 1
    /// for the maximum) or a minimum above its maximum.
    pub fn min_max(minimum: Vec<f64>, maximum: Vec<f64>) -> Result<Self, Error> {
        let features = minimum.len();
        if maximum.len() != features {
            return Err(Error::FeatureCount { row: 1, expected: features, found: maximum.len() });
        }
        let mut knots = minimum;
        knots.extend(maximum);
        let values = [vec![0.0; features], vec![1.0; features]].concat();
        let scaler = Self { features, knots, values, outside: Outside::Extend };
        scaler.validate()?;
        Ok(scaler)
    }

    /// As [`min_max`](Self::min_max), but a feature whose skewness is above 2 in size becomes the mean of that and of its rank among the training
    /// rows: the share of them that are not above it, by 64 of their quantiles. So values that crowd at one end of the range, as sizes and counts
    /// do, come apart, and yet what lies far from all others stays far. `sample` are raw training rows [rows, features].
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
            knots: [vec![0.0; features], vec![1.0; features]].concat(),
            values: [vec![0.0; features], vec![1.0; features]].concat(),
            outside: Outside::Refuse,
        }
    }

    pub(crate) fn from_parts(features: usize, knots: Vec<f64>, values: Vec<f32>, outside: Outside) -> Result<Self, Error> {
        let scaler = Self { features, knots, values, outside };
        scaler.validate()?;
        Ok(scaler)
    }

    /// The same map with another rule for values beyond the outer knots.
    #[must_use]
    pub fn with_outside(self, outside: Outside) -> Self {
        Self { outside, ..self }
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
        let knot = |k: usize| self.knots[k * self.features + feature];
        let value = |k: usize| self.values[k * self.features + feature];
        let rising = |&ramp: &usize| value(ramp) <= scaled && value(ramp) < value(ramp + 1);
        let Some(ramp) = (0..self.ramps()).rev().find(rising).filter(|_| !self.is_constant(feature)) else { return knot(0) };
        let position = f64::from((scaled - value(ramp)) / (value(ramp + 1) - value(ramp))).min(1.0);
        knot(ramp) * (1.0 - position) + knot(ramp + 1) * position
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
        rows.check_finite(first_row)?;
        let mut scaled = vec![0.0; rows.rows() * self.features];
        let mut raw = vec![0.0; self.features];
        let mut sums = vec![0.0; self.features];
        let mut outside = 0;
        for (row, into) in scaled.chunks_exact_mut(self.features.max(1)).enumerate() {
            rows.read_row(row, &mut raw);
            outside += self.count_outside(&raw, first_row + row as u64)?;
            self.scale_row(&raw, &mut sums);
            into.iter_mut().zip(&sums).for_each(|(to, from)| *to = *from as f32);
        }
        Ok(ScaledRows { data: TensorData::new(scaled, [rows.rows(), self.features]), outside })
    }

    fn count_outside(&self, raw: &[f64], row: u64) -> Result<u64, Error> {
        let (lowest, highest) = (&self.knots[..self.features], &self.knots[self.knots.len() - self.features..]);
        let beyond = |feature: usize| raw[feature] < lowest[feature] || raw[feature] > highest[feature];
        let outside = (0..self.features).filter(|&feature| beyond(feature)).count();
        if outside > 0 && self.outside == Outside::Refuse {
            let feature = (0..self.features).find(|&feature| beyond(feature)).unwrap_or(0);
            return Err(Error::NotScaled { row, feature, value: raw[feature] });
        }
        Ok(outside as u64)
    }

    fn scale_row(&self, raw: &[f64], into: &mut [f64]) {
        let features = self.features;
        let ramps = self.ramps();
        let knot = |k: usize, f: usize| self.knots[k * features + f];
        let value = |k: usize, f: usize| f64::from(self.values[k * features + f]);
        for (f, to) in into.iter_mut().enumerate() {
            if self.is_constant(f) {
                *to = value(if raw[f] == knot(0, f) { 0 } else { ramps }, f);
                continue;
            }
            // The ramp that the value lies on: the last whose left knot is not above it.
            let (mut left, mut right) = (0, ramps);
            while right - left > 1 {
                let middle = usize::midpoint(left, right);
                if knot(middle, f) <= raw[f] { left = middle } else { right = middle }
            }
            let (low, high) = self.bounds(left, ramps);
            // Halved, so that the difference of the greatest numbers of either sign is finite.
            let (distance, span) = (0.5 * raw[f] - 0.5 * knot(left, f), 0.5 * knot(left + 1, f) - 0.5 * knot(left, f));
            let position = if span > 0.0 { (distance / span).clamp(low, high) } else { f64::from(u8::from(distance >= 0.0)) };
            *to = value(left, f) + (value(left + 1, f) - value(left, f)) * position;
        }
    }

    /// Ramps per feature: one less than knots.
    fn ramps(&self) -> usize {
        (self.knots.len() / self.features.max(1)).saturating_sub(1)
    }

    /// Where a ramp is cut.
    fn bounds(&self, ramp: usize, ramps: usize) -> (f64, f64) {
        let extend = self.outside == Outside::Extend;
        (if extend && ramp == 0 { -EXTENT } else { 0.0 }, if extend && ramp + 1 == ramps { EXTENT } else { 1.0 })
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

/// A [`Scaler`] for rows that are a tensor on the device already.
///
/// An f32 tensor has lost the low bits of large values; what is left is kept by subtracting each knot in two steps, `(x - high) - low`, with
/// `high` its nearest f32. Values outside the knots cannot be refused here: that would wait for the device.
#[derive(Module, Debug)]
pub(crate) struct DeviceScaler<B: Backend> {
    /// Knots but the last, as f32: [ramps, features].
    high: Param<Tensor<B, 2>>,
    /// What `high` lacks: [ramps, features].
    low: Param<Tensor<B, 2>>,
    /// One over the width of each ramp, 0 where it has none: [ramps, features].
    inverse: Param<Tensor<B, 2>>,
    /// What each ramp adds: [ramps, features].
    rise: Param<Tensor<B, 2>>,
    /// Value at the first knot: [1, features].
    base: Param<Tensor<B, 2>>,
    /// What a change in a constant feature adds, 0 for the others: [1, features].
    jump: Param<Tensor<B, 2>>,
    /// Cuts of the first ramp below and the last above.
    cuts: Carried<B, (f64, f64)>,
}

/// Brings any difference that f32 can tell, down to 1e-37, above 1.
const ANY_DIFFERENCE: f64 = 1e37;

impl<B: Backend> DeviceScaler<B> {
    pub(crate) fn new(scaler: &Scaler, device: &B::Device) -> Self {
        let features = scaler.features;
        let ramps = scaler.ramps();
        let constant = |at: usize| scaler.is_constant(at % features);
        let knots = &scaler.knots[..ramps * features];
        let matrix = |rows: usize, value: &dyn Fn(usize) -> f32| {
            let values: Vec<f32> = (0..rows * features).map(value).collect();
            Param::from_tensor(Tensor::from_data(TensorData::new(values, [rows, features]), device)).set_require_grad(false)
        };
        let (lowest, _) = scaler.bounds(0, ramps);
        let (_, highest) = scaler.bounds(ramps.saturating_sub(1), ramps);
        Self {
            high: matrix(ramps, &|at| knots[at] as f32),
            // A constant feature is compared with its value as f32: what an f32 tensor holds when nothing has changed.
            low: matrix(ramps, &|at| if constant(at) { 0.0 } else { (knots[at] - f64::from(knots[at] as f32)) as f32 }),
            inverse: matrix(ramps, &|at| {
                let span = scaler.knots[at + features] - scaler.knots[at];
                if span > 0.0 { (1.0 / span) as f32 } else { 0.0 }
            }),
            rise: matrix(ramps, &|at| if constant(at) { 0.0 } else { scaler.values[at + features] - scaler.values[at] }),
            base: matrix(1, &|at| scaler.values[at]),
            jump: matrix(1, &|at| if constant(at) { scaler.values[ramps * features + at] - scaler.values[at] } else { 0.0 }),
            cuts: Carried::new((lowest, highest)),
        }
    }

    /// # Shapes
    /// - rows: [rows, features], raw
    /// - output: [rows, features], in 0-1
    pub(crate) fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let [ramps, _] = self.high.dims();
        let (lowest, highest) = *self.cuts.get();
        let part = |param: &Param<Tensor<B, 2>>, ramp: usize| param.val().narrow(0, ramp, 1);
        let above = |ramp: usize| rows.clone() - part(&self.high, ramp) - part(&self.low, ramp);

        let first = above(0);
        let changed = (first.clone().max_pair(first.neg()) * ANY_DIFFERENCE).clamp(0.0, 1.0);
        let mut scaled = changed * self.jump.val() + self.base.val();
        for ramp in 0..ramps {
            let low = if ramp == 0 { lowest } else { 0.0 };
            let high = if ramp + 1 == ramps { highest } else { 1.0 };
            scaled = scaled + (above(ramp) * part(&self.inverse, ramp)).clamp(low, high) * part(&self.rise, ramp);
        }
        scaled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestBackend = burn_ndarray::NdArray;

    fn both(scaler: &Scaler, rows: Vec<f64>) -> (Vec<f32>, Vec<f32>) {
        let shape = [rows.len() / scaler.features(), scaler.features()];
        let data = TensorData::new(rows, shape);
        let device = burn_ndarray::NdArrayDevice::default();
        let on_device = DeviceScaler::<TestBackend>::new(scaler, &device).forward(Tensor::from_data(data.clone(), &device));
        let on_host = scaler.transform(data).unwrap().data;
        (on_host.into_vec().unwrap(), on_device.into_data().into_vec().unwrap())
    }

    #[test]
    fn minimum_and_maximum_become_0_and_1_exactly_and_a_constant_tells_any_change() {
        let scaler = Scaler::min_max(vec![-3.0, 5.5, 0.1], vec![0.3, 5.5, 0.7]).unwrap().with_outside(Outside::Clamp);
        let rows = vec![-3.0, 5.5, 0.1, 0.3, 5.4999, 0.7, -1.35, 6.0, 0.4, -9.0, 5.5, 3.0];
        let expected = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 0.0, 0.0, 1.0];
        let (host, device) = both(&scaler, rows.clone());
        for (at, expected) in expected.iter().enumerate() {
            assert!((host[at] - expected).abs() < 1e-7, "host {at}: {}", host[at]);
            assert!((device[at] - expected).abs() < 1e-6, "device {at}: {}", device[at]);
        }
        assert_eq!(scaler.transform(TensorData::new(rows, [4, 3])).unwrap().outside, 4);
    }

    #[test]
    fn a_column_far_from_zero_keeps_its_low_bits_on_the_host() {
        let near = Scaler::min_max(vec![0.0], vec![1_000.0]).unwrap();
        let far = Scaler::min_max(vec![1.7e9], vec![1.7e9 + 1_000.0]).unwrap();
        let values: Vec<f64> = (0..1_000).map(|v| f64::from(v) + 0.125).collect();
        let shifted = values.iter().map(|v| v + 1.7e9).collect();
        assert_eq!(both(&near, values).0, both(&far, shifted).0);
    }

    #[test]
    fn more_knots_are_a_piecewise_linear_map() {
        // One feature through (0, 0), (1, 0.5), (3, 1).
        let scaler = Scaler::from_parts(1, vec![0.0, 1.0, 3.0], vec![0.0, 0.5, 1.0], Outside::Extend).unwrap();
        let (host, device) = both(&scaler, vec![-1.0, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!(host, [-0.5, 0.25, 0.5, 0.75, 1.5]);
        assert_eq!(device, host);
    }

    #[test]
    fn the_identity_changes_nothing_and_refuses_what_is_outside() {
        let scaler = Scaler::identity(2);
        assert_eq!(both(&scaler, vec![0.0, 1.0, 0.25, 0.5]).0, [0.0, 1.0, 0.25, 0.5]);
        let error = scaler.transform(TensorData::new(vec![0.0, 1.0, 0.5, 1.5], [2, 2])).unwrap_err();
        assert!(matches!(error, Error::NotScaled { row: 1, feature: 1, value: 1.5 }));
    }

    #[test]
    fn values_far_outside_stay_finite() {
        let scaler = Scaler::min_max(vec![0.0, 1.0, -1.7e308], vec![1e-300, 1.0, 1.7e308]).unwrap();
        let (host, _) = both(&scaler, vec![1e300, -1e300, 0.0, 1e-300, 1.0, 1.7e308]);
        assert_eq!(host, [1e6, 1.0, 0.5, 1.0, 0.0, 1.0]);
    }
}
