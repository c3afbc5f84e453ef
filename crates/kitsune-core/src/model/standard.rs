//! Means and deviations that make values of different kinds comparable.

/// Minimum deviation that divides an error. A tail of constant features has a deviation near 0. With this floor, a change that moves its
/// error by one hundredth of the input range counts as one deviation.
pub(crate) const DEVIATION_FLOOR: f64 = 1e-2;

/// Minimum deviation that divides a mean of standardised errors: a hundredth of the deviation of one error.
pub(crate) const MEAN_FLOOR: f64 = 1e-2;

/// Share of the ordinary rows below the value from which the tail of a part is measured. Beyond it there are enough rows of a sample, and few of
/// the body of their distribution.
const TAIL: f64 = 0.9;

/// Mean and deviation of a value over a sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standard {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl Standard {
    pub(crate) fn of(values: impl Iterator<Item = f64> + Clone, floor: f64) -> Self {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let deviation = (values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
        Self { mean, deviation: deviation.max(floor) }
    }

    /// Origin and unit of a surprise: the unit is the mean excess over the quantile of [`TAIL`], and that quantile is `ln(1 / (1 - TAIL))` units above
    /// the origin, as in an exponential distribution.
    pub(crate) fn of_surprise(mut values: Vec<f64>, floor: f64) -> Self {
        let deviation = Self::of(values.iter().copied(), floor).deviation;
        let at = ((values.len() - 1) as f64 * TAIL).round() as usize;
        let (_, &mut quantile, above) = values.select_nth_unstable_by(at, f64::total_cmp);
        // Sorted, so that the sum does not depend on the way of the selection.
        above.sort_unstable_by(f64::total_cmp);
        let beyond = above.iter().filter(|&&value| value > quantile).map(|value| value - quantile);
        let count = beyond.clone().count();
        let excess = if count == 0 { 0.0 } else { beyond.sum::<f64>() / count as f64 };
        // Few rows have no tail to speak of; a quarter of their deviation is half the mean excess of a normal distribution.
        let unit = excess.max(deviation / 4.0).max(floor);
        Self { mean: quantile - unit * (1.0 / (1.0 - TAIL)).ln(), deviation: unit }
    }

    pub(crate) fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    /// The standards as rows: [2, standards].
    pub(crate) fn flat(standards: &[Self]) -> Vec<f32> {
        let means = standards.iter().map(|standard| standard.mean as f32);
        means.chain(standards.iter().map(|standard| standard.deviation as f32)).collect()
    }
}
