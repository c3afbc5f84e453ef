//! The map of a skewed feature: the mean of its position in its range and of its rank.

use crate::scaler::piecewise_linear::position;

/// Knots of a skewed feature.
pub(crate) const KNOTS: usize = 64;

/// Skewness above which a feature is half-ranked.
pub(crate) const SKEWED: f64 = 2.0;

/// Third standardised moment of some values; 0 if all are equal.
pub(crate) fn skewness(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let largest = values.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    // The values are divided by the largest, so that their powers are finite.
    let mean = values.iter().map(|value| value / largest).sum::<f64>() / count;
    let moment = |power| values.iter().map(|value| (value / largest - mean).powi(power)).sum::<f64>() / count;
    let variance: f64 = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

/// Knots and values of a feature by its sorted sample. The last knot is repeated if there are fewer distinct quantiles.
pub(crate) fn half_ranked_curve(sorted: &[f64], minimum: f64, maximum: f64) -> Vec<(f64, f64)> {
    let last = sorted.len() - 1;
    let rank = |value: f64| (sorted.partition_point(|&other| other <= value) - 1) as f64 / last.max(1) as f64;
    let mut curve: Vec<(f64, f64)> = (0..KNOTS).map(|k| sorted[k * last / (KNOTS - 1)]).map(|knot| (knot, rank(knot))).collect();
    curve.dedup();
    // The sample may lack the rows of minimum and maximum.
    let end = curve.len() - 1;
    curve[0].0 = minimum;
    curve[end] = (maximum, 1.0);
    for (knot, value) in &mut curve {
        *value = 0.5 * position(*knot, minimum, maximum) + 0.5 * *value;
    }
    curve.resize(KNOTS, (maximum, 1.0));
    curve
}
