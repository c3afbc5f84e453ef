//! Running minima and maxima.

use crate::features::running::{self, Change};
use crate::rows::host_rows::{HostRows, LISTED_ROWS, Values, all};
use crate::rows::number::Number;

/// The minimum and the maximum of each feature so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    /// Minima: `[features]`; infinity before the first row.
    pub(crate) minimum: Vec<f64>,
    /// Maxima: `[features]`; negative infinity before the first row.
    pub(crate) maximum: Vec<f64>,
}

impl Ranges {
    pub(crate) fn new(features: usize) -> Self {
        Self { minimum: vec![f64::INFINITY; features], maximum: vec![f64::NEG_INFINITY; features] }
    }

    /// Adds rows of finite values, `[features]` each.
    pub(crate) fn push<T: Number>(&mut self, rows: &[&[T]]) {
        running::push::<Widened, T>(&mut self.minimum, &mut self.maximum, rows);
    }

    /// Adds rows of finite values.
    pub(crate) fn take_in(&mut self, rows: &HostRows<'_>) {
        for (_, rows) in rows.batches(LISTED_ROWS) {
            match rows.values() {
                Values::F32(values) => self.push(&all(values, rows.features())),
                Values::F64(values) => self.push(&all(values, rows.features())),
            }
        }
    }

    /// Adds the rows of another instance.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.minimum.iter_mut().zip(&other.minimum) {
            *ours = ours.min(*theirs);
        }
        for (ours, theirs) in self.maximum.iter_mut().zip(&other.maximum) {
            *ours = ours.max(*theirs);
        }
    }
}

/// Widens the range of a feature by a value.
struct Widened;

impl Change for Widened {
    #[expect(clippy::inline_always, reason = "as the trait says")]
    #[inline(always)]
    fn change(minimum: &mut f64, maximum: &mut f64, value: f64) {
        *minimum = if value < *minimum { value } else { *minimum };
        *maximum = if value > *maximum { value } else { *maximum };
    }
}
