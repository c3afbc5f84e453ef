//! The range of each feature over the rows that made a model, and how far other values lie beyond it.

use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::rows::host_rows::{HostRows, Values};
use crate::rows::number::Number;
use crate::scaler::piecewise_linear::KnotTable;

/// Largest distance that counts, in widths of the range, so that the sum of the fourth powers over all features is finite in f32.
pub(crate) const FARTHEST: f64 = 1e6;

/// Values that are compared with their ranges together.
const LANES: usize = 16;

/// Distance of a value that differs from the only value that its feature had. Such a range has no width to measure by. Three widths add half
/// of what nine add.
pub(crate) const CHANGED: f64 = 3.0;

/// The lowest and the highest raw value of each feature over the rows that made a model: rows that trained it, that were trimmed and that
/// were held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredRange")]
pub struct TrainingRange {
    lowest: Vec<f64>,
    highest: Vec<f64>,
}

/// A range as it is stored, before it is checked.
#[derive(Deserialize)]
#[serde(rename = "TrainingRange")]
struct StoredRange {
    lowest: Vec<f64>,
    highest: Vec<f64>,
}

impl TryFrom<StoredRange> for TrainingRange {
    type Error = Error;

    fn try_from(StoredRange { lowest, highest }: StoredRange) -> Result<Self, Error> {
        Self::new(lowest, highest)
    }
}

impl TrainingRange {
    /// Checks that the ends are finite and in order.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] if the two differ in length, [`Error::NotFinite`] for an end that is not finite or a lowest value above its
    /// highest. As row, the latter reports 0 for the lowest and 1 for the highest.
    pub(crate) fn new(lowest: Vec<f64>, highest: Vec<f64>) -> Result<Self, Error> {
        if highest.len() != lowest.len() {
            return Err(Error::FeatureCount { row: 1, expected: lowest.len(), found: highest.len() });
        }
        for (row, ends) in [&lowest, &highest].into_iter().enumerate() {
            if let Some(feature) = (0..ends.len()).find(|&feature| !ends[feature].is_finite() || lowest[feature] > highest[feature]) {
                return Err(Error::NotFinite { row: row as u64, feature, value: ends[feature] });
            }
        }
        Ok(Self { lowest, highest })
    }

    /// The range between the outer knots of a scaler.
    pub(crate) fn of(knots: &KnotTable) -> Self {
        let features = 0..knots.features();
        let highest = features.clone().map(|feature| knots.knot(knots.ramps(feature), feature)).collect();
        Self { lowest: features.map(|feature| knots.knot(0, feature)).collect(), highest }
    }

    /// The lowest values: `[features]`.
    pub fn lowest(&self) -> &[f64] {
        &self.lowest
    }

    /// The highest values: `[features]`.
    pub fn highest(&self) -> &[f64] {
        &self.highest
    }

    /// Widens the range by the range of other rows, `[features]` each.
    pub(crate) fn widen(&mut self, lowest: &[f64], highest: &[f64]) {
        self.lowest.iter_mut().zip(lowest).for_each(|(ours, theirs)| *ours = ours.min(*theirs));
        self.highest.iter_mut().zip(highest).for_each(|(ours, theirs)| *ours = ours.max(*theirs));
    }

    /// Whether all values of `other` lie inside.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        let below = |(ours, theirs): (&f64, &f64)| ours <= theirs;
        self.lowest.iter().zip(&other.lowest).all(below) && other.highest.iter().zip(&self.highest).all(below)
    }

    /// How far the values of a row lie beyond the range, in widths of the range: `[features]`, 0 inside.
    pub(crate) fn distances(&self, rows: &HostRows<'_>, row: usize) -> Vec<f64> {
        let range = row * self.lowest.len()..(row + 1) * self.lowest.len();
        match rows.values() {
            Values::F32(values) => self.distances_of(&values[range]).collect(),
            Values::F64(values) => self.distances_of(&values[range]).collect(),
        }
    }

    /// Calls `found` with each of some of the rows, [rows, features], that has values beyond the range, and with the sum of the fourth powers
    /// of their distances. Returns the number of values beyond the range.
    pub(crate) fn search<T: Number>(&self, rows: &[T], among: impl IntoIterator<Item = usize>, mut found: impl FnMut(usize, f64)) -> u64 {
        let features = self.lowest.len();
        let mut all = 0;
        let arch = Arch::new();
        for row in among {
            let (mut beyond, mut powers) = (0, 0.0);
            let values = &rows[row * features..(row + 1) * features];
            for first in (0..features).step_by(LANES) {
                let end = features.min(first + LANES);
                let (values, lowest, highest) = (&values[first..end], &self.lowest[first..end], &self.highest[first..end]);
                if !arch.dispatch(AnyBeyond { values, lowest, highest }) {
                    continue;
                }
                for distance in distances(values, lowest, highest).filter(|&distance| distance > 0.0) {
                    beyond += 1;
                    powers += distance.powi(4);
                }
            }
            if beyond > 0 {
                found(row, powers);
            }
            all += beyond;
        }
        all
    }

    fn distances_of<T: Number>(&self, row: &[T]) -> impl Iterator<Item = f64> {
        distances(row, &self.lowest, &self.highest)
    }
}

/// The distances of values from their ranges.
fn distances<T: Number>(values: &[T], lowest: &[f64], highest: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().zip(lowest).zip(highest).map(|((&value, &lowest), &highest)| distance(value, lowest, highest))
}

/// Whether any of up to [`LANES`] values is beyond its range. Most are not.
struct AnyBeyond<'a, T> {
    values: &'a [T],
    lowest: &'a [f64],
    highest: &'a [f64],
}

impl<T: Number> WithSimd for AnyBeyond<'_, T> {
    type Output = bool;

    #[expect(clippy::inline_always, reason = "what is not inlined into a loop is not compiled for its vector registers")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let length = self.values.len();
        let (lowest, highest) = (&self.lowest[..length], &self.highest[..length]);
        let mut beyond = 0;
        for f in 0..length {
            let x: f64 = self.values[f].into();
            beyond += u32::from(x < lowest[f]) + u32::from(x > highest[f]);
        }
        beyond > 0
    }
}

/// The distance of a value from a range, in widths of the range. NaN is inside.
pub(crate) fn distance<T: Number>(value: T, lowest: f64, highest: f64) -> f64 {
    let exact: f64 = value.into();
    if !(exact < lowest || exact > highest) {
        return 0.0;
    }
    // Rows of f32 have rounded values, which may lie beyond the ends of the range they were rounded from, but not beyond the rounded ends.
    let (least, most): (f64, f64) = (T::nearest(lowest).into(), T::nearest(highest).into());
    let distance = if exact < least {
        least - exact
    } else if exact > most {
        exact - most
    } else {
        return 0.0;
    };
    if lowest == highest { CHANGED } else { (distance / (highest - lowest)).min(FARTHEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(lowest: &[f64], highest: &[f64]) -> TrainingRange {
        TrainingRange::new(lowest.to_vec(), highest.to_vec()).unwrap()
    }

    #[test]
    fn distances_are_in_widths_of_the_range_on_either_side() {
        let range = range(&[-2.0, 10.0, 7.25], &[2.0, 20.0, 7.25]);
        let rows = [[-2.0, 20.0, 7.25], [-6.0, 25.0, 7.25], [2.0, 10.0, 7.5], [1e300, -1e300, 0.0], [f64::NAN, f64::INFINITY, 7.25]];
        let expected = [[0.0; 3], [1.0, 0.5, 0.0], [0.0, 0.0, CHANGED], [FARTHEST, FARTHEST, CHANGED], [0.0, FARTHEST, 0.0]];
        let mut found = Vec::new();
        let beyond = range.search(rows.as_flattened(), 0..rows.len(), |row, powers| found.push((row, powers)));
        let powers = |row: usize| expected[row].iter().map(|distance: &f64| distance.powi(4)).sum();
        assert_eq!((beyond, found), (7, [1, 2, 3, 4].map(|row| (row, powers(row))).to_vec()));
        let data = burn::tensor::TensorData::new(rows.concat(), [5, 3]);
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(range.distances(&HostRows::new(&data).unwrap(), row), expected);
        }
    }

    #[test]
    fn ranges_that_f64_cannot_measure_have_finite_distances() {
        let range = range(&[-1.7e308, 0.0, 1.0], &[1.7e308, 5e-324, 1.0_f64.next_up()]);
        let mut found = Vec::new();
        range.search(&[f64::MAX, 1.0, 0.0], [0], |_, powers| found.push(powers));
        assert!(found[0].is_finite() && found[0] >= FARTHEST.powi(4), "{found:?}");
    }

    #[test]
    fn what_rounds_to_f32_from_inside_is_inside() {
        // f32 has steps of 128 there.
        let range = range(&[1.7e9 + 70.0, 0.1], &[1.7e9 + 90.0, 0.3]);
        for value in [1.7e9 + 70.0, 1.7e9 + 80.0, 1.7e9 + 90.0] {
            for other in [0.1, 0.2, 0.3] {
                assert_eq!(range.search(&[value as f32, other as f32], [0], |_, powers| assert_eq!(powers, 0.0)), 0, "{value}, {other}");
            }
        }
        assert_eq!(range.search(&[(1.7e9 + 400.0) as f32, 0.2], [0], |_, powers| assert!(powers > 1e4)), 1);
    }

    #[test]
    fn a_range_that_is_none_is_refused() {
        for (lowest, highest) in
            [(vec![0.0], vec![1.0, 2.0]), (vec![2.0], vec![1.0]), (vec![f64::NAN], vec![1.0]), (vec![0.0], vec![f64::INFINITY])]
        {
            assert!(TrainingRange::new(lowest.clone(), highest.clone()).is_err(), "{lowest:?}, {highest:?}");
            let stored = serde_json::json!({ "lowest": lowest, "highest": highest });
            assert!(serde_json::from_value::<TrainingRange>(stored).is_err());
        }
    }
}
