//! The knots of a scaler as plain numbers. They define the map, value by value.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::Outside;

/// Bound of scaled values that may leave 0-1, so that their squares stay finite.
pub(crate) const EXTENT: f64 = 1e6;

/// The piecewise linear maps of all features, as [`Scaler`](super::Scaler) defines them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredTable", rename = "Scaler")]
pub(crate) struct KnotTable {
    pub(super) features: usize,
    /// Number of ramps of each feature, at least one: `[features]`. A feature with fewer ramps than others repeats its last knot.
    ramps: Vec<usize>,
    /// Raw values at the knots: [knots, features], ascending.
    pub(super) knots: Vec<f64>,
    /// Scaled values at the knots: [knots, features], ascending, in 0-1.
    pub(super) values: Vec<f32>,
    pub(super) outside: Outside,
}

/// Knots as they are stored, before they are checked.
#[derive(Deserialize)]
#[serde(rename = "Scaler")]
struct StoredTable {
    features: usize,
    ramps: Vec<usize>,
    knots: Vec<f64>,
    values: Vec<f32>,
    outside: Outside,
}

impl TryFrom<StoredTable> for KnotTable {
    type Error = String;

    fn try_from(stored: StoredTable) -> Result<Self, String> {
        let StoredTable { features, ramps, knots, values, outside } = stored;
        let is_matrix = if features == 0 { knots.is_empty() } else { knots.len() % features == 0 && knots.len() / features >= 2 };
        if !is_matrix || values.len() != knots.len() {
            return Err(format!("{} knots and {} values are no scaler of {features} features", knots.len(), values.len()));
        }
        let checked = Self::new(features, knots, values, outside).map_err(|error| error.to_string())?;
        if checked.ramps == ramps { Ok(checked) } else { Err("the ramps of a scaler contradict its knots".to_owned()) }
    }
}

/// The position of a value between two different bounds: 0 at the left one, 1 at the right one.
pub(crate) fn position(value: f64, left: f64, right: f64) -> f64 {
    let span = right - left;
    // The values are halved only if their difference would be infinite. Halving the smallest numbers would lose the last bit.
    if span.is_finite() { (value - left) / span } else { (0.5 * value - 0.5 * left) / (0.5 * right - 0.5 * left) }
}

impl KnotTable {
    /// Checks that the knots of each feature are finite and ascend.
    pub(crate) fn new(features: usize, knots: Vec<f64>, values: Vec<f32>, outside: Outside) -> Result<Self, Error> {
        let mut table = Self { features, ramps: Vec::new(), knots, values, outside };
        table.validate()?;
        table.ramps = (0..features).map(|feature| table.count_ramps(feature)).collect();
        Ok(table)
    }

    /// The knots 0 and 1 with the values 0 and 1. Values beyond them are refused.
    pub(crate) fn identity(features: usize) -> Self {
        Self {
            features,
            ramps: vec![1; features],
            knots: [vec![0.0; features], vec![1.0; features]].concat(),
            values: [vec![0.0; features], vec![1.0; features]].concat(),
            outside: Outside::Refuse,
        }
    }

    /// Replaces the rule for values beyond the outer knots.
    pub(crate) fn with_outside(self, outside: Outside) -> Self {
        Self { outside, ..self }
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// Whether a feature was constant in training.
    pub(crate) fn is_constant(&self, feature: usize) -> bool {
        self.knots[feature] == self.knots[self.knots.len() - self.features + feature]
    }

    /// The raw value of a scaled one, the inverse of the map. Scaled values beyond those of the outer knots become these knots.
    pub(crate) fn inverse(&self, feature: usize, scaled: f32) -> f64 {
        let rising = |&ramp: &usize| self.value(ramp, feature) <= scaled && self.value(ramp, feature) < self.value(ramp + 1, feature);
        let ramp = (0..self.ramps[feature]).rev().find(rising).filter(|_| !self.is_constant(feature));
        let Some(ramp) = ramp else { return self.knot(0, feature) };
        let (from, to) = (self.value(ramp, feature), self.value(ramp + 1, feature));
        let position = f64::from((scaled - from) / (to - from)).min(1.0);
        self.knot(ramp, feature) * (1.0 - position) + self.knot(ramp + 1, feature) * position
    }

    /// The median of a half-ranked feature in training, by its ranks; `None` for other features.
    pub(crate) fn median(&self, feature: usize) -> Option<f64> {
        let ramps = self.ramps[feature];
        if ramps < 2 || self.is_constant(feature) {
            return None;
        }
        let (lowest, highest) = (self.knot(0, feature), self.knot(ramps, feature));
        // The value at a knot is the mean of its position in the range and of its rank.
        let rank = |knot| 2.0 * f64::from(self.value(knot, feature)) - position(self.knot(knot, feature), lowest, highest);
        let above = (0..=ramps).find(|&knot| rank(knot) >= 0.5)?;
        let below = above.saturating_sub(1);
        let share = if rank(below) < rank(above) { (0.5 - rank(below)) / (rank(above) - rank(below)) } else { 0.0 };
        Some(self.knot(below, feature) + share.max(0.0) * (self.knot(above, feature) - self.knot(below, feature)))
    }

    /// The definition of the map, for any widths. [`HostScaler`] computes it for many values at once.
    pub(crate) fn scale_value(&self, feature: usize, raw: f64) -> f32 {
        let ramps = self.ramps[feature];
        if self.is_constant(feature) {
            return self.value(if raw == self.knot(0, feature) { 0 } else { ramps }, feature);
        }
        // The ramp of the value is the last one whose left knot is not above it.
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

    /// Number of ramps of a feature.
    pub(crate) fn ramps(&self, feature: usize) -> usize {
        self.ramps[feature]
    }

    /// Bounds of the position in a ramp, in parts of its width.
    pub(crate) fn cuts(&self, ramp: usize, feature: usize) -> (f64, f64) {
        let [least, most] = self.outer_cuts();
        let (first, last) = (ramp == 0, ramp + 1 == self.ramps[feature]);
        (if first { least } else { 0.0 }, if last { most } else { 1.0 })
    }

    /// Bounds of the position in the outer ramps.
    pub(crate) fn outer_cuts(&self) -> [f64; 2] {
        if self.outside == Outside::Extend { [-EXTENT, EXTENT] } else { [0.0, 1.0] }
    }

    pub(crate) fn knot(&self, knot: usize, feature: usize) -> f64 {
        self.knots[knot * self.features + feature]
    }

    pub(crate) fn value(&self, knot: usize, feature: usize) -> f32 {
        self.values[knot * self.features + feature]
    }

    /// The number of ramps: the index of the first knot that equals the last one. A constant feature has one ramp, from the first
    /// knot to the last.
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
