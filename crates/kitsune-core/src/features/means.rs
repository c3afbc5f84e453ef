//! Running means of any number of rows.

use crate::features::running::{self, Change};
use crate::rows::number::Number;

/// Factor of the summed values, 2⁻⁶⁴, so that no sum of finite values can overflow. Values above 1e-288 lose no bit by it.
const SCALE: f64 = 1.0 / (1_u128 << 64) as f64;

/// Count and sums of rows. A second number per sum collects its rounding errors (Neumaier 1974, with Knuth's branch-free sum). This gives
/// twice the precision of f64: a thousand million rows do not drift, nor does a column far from 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Means {
    pub(crate) rows: u64,
    /// Sums of the scaled values: `[features]`.
    pub(crate) sum: Vec<f64>,
    /// The rounding errors of the sums: `[features]`.
    pub(crate) lost: Vec<f64>,
}

impl Means {
    pub(crate) fn new(features: usize) -> Self {
        Self { rows: 0, sum: vec![0.0; features], lost: vec![0.0; features] }
    }

    /// Adds rows of finite values, `[features]` each.
    pub(crate) fn push<T: Number>(&mut self, rows: &[&[T]]) {
        self.rows += rows.len() as u64;
        running::push::<Added, T>(&mut self.sum, &mut self.lost, rows);
    }

    /// Adds the rows of another instance.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (f, (sum, lost)) in self.sum.iter_mut().zip(&mut self.lost).enumerate() {
            add(sum, lost, other.sum[f]);
            *lost += other.lost[f];
        }
        self.rows += other.rows;
    }

    /// The means, `[features]`, NaN without a row. Rounding may move a mean outside the values by its last bit at most.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        self.sum.iter().zip(&self.lost).map(|(sum, lost)| (sum + lost) / self.rows as f64 / SCALE)
    }
}

/// Adds a value to the sum of its feature and to the sum's rounding error.
struct Added;

impl Change for Added {
    #[expect(clippy::inline_always, reason = "as the trait says")]
    #[inline(always)]
    fn change(sum: &mut f64, lost: &mut f64, value: f64) {
        add(sum, lost, value * SCALE);
    }
}

/// Adds a value to a sum and the rounding error to `lost`.
#[expect(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn add(sum: &mut f64, lost: &mut f64, value: f64) {
    let total = *sum + value;
    let added = total - *sum;
    *lost += (*sum - (total - added)) + (value - added);
    *sum = total;
}
