//! A log-normal distribution of scores.

use serde::{Deserialize, Serialize};

use super::normal_scores::NormalScores;
use crate::error::Error;

/// A normal distribution of the logarithm of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct LogNormal {
    /// Lower scores are raised to this one, the smallest positive score, since 0 has no logarithm.
    pub(super) floor: f32,
    /// Mean of the logarithms.
    pub(super) mean: f64,
    /// Deviation of the logarithms, at least the rounding of a score.
    pub(super) deviation: f64,
}

impl LogNormal {
    /// Fits by maximum likelihood: mean and deviation (over n) of the logarithms.
    ///
    /// # Errors
    ///
    /// If a score is negative.
    pub(super) fn fit(scores: &NormalScores) -> Result<Self, Error> {
        let scores = scores.as_slice();
        if scores[0] < 0.0 {
            return Err(Error::NegativeScore { score: scores[0] });
        }
        let floor = scores.iter().copied().find(|&score| score > 0.0).unwrap_or(f32::MIN_POSITIVE);
        let logarithms = scores.iter().map(|&score| f64::from(score.max(floor)).ln());
        let count = scores.len() as f64;
        let mean = logarithms.clone().sum::<f64>() / count;
        let variance = logarithms.map(|log| (log - mean) * (log - mean)).sum::<f64>() / count;
        Ok(Self { floor, mean, deviation: variance.sqrt().max(f32::EPSILON.into()) })
    }

    pub(super) fn tail_probability(self, score: f32) -> f64 {
        upper_tail((f64::from(score.max(self.floor)).ln() - self.mean) / self.deviation)
    }

    /// The score with the given tail probability.
    pub(super) fn quantile(self, tail_probability: f64) -> f64 {
        (self.mean + self.deviation * upper_quantile(tail_probability)).exp()
    }
}

/// The probability that a standard normal value is at least `z`.
fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The standard normal value with the given probability above it, by bisection down to neighbouring numbers. Beyond 38 the probability is 0
/// in f64.
fn upper_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if upper_tail(middle) > probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // These are values of `scipy.stats.norm.isf`, SciPy 1.17.1.
        let table = [
            (0.5, 0.0),
            (0.25, 0.674_489_750_196_081_7),
            (0.05, 1.644_853_626_951_472_9),
            (0.01, 2.326_347_874_040_840_8),
            (1e-3, 3.090_232_306_167_813),
            (1e-6, 4.753_424_308_822_899),
            (1e-12, 7.034_483_825_301_132),
        ];
        for (probability, expected) in table {
            let found = upper_quantile(probability);
            assert!((found - expected).abs() <= 1e-14 * (1.0 + expected), "{probability}: {found} instead of {expected}");
        }
    }

    #[test]
    fn zeros_are_taken_for_the_smallest_positive_score() {
        let fit = |scores: &[f32]| LogNormal::fit(&NormalScores::new(scores.to_vec()).unwrap()).unwrap();
        assert_eq!(fit(&[0.0, 0.0, 0.5, 2.0]), fit(&[0.5, 0.5, 0.5, 2.0]));
        assert_eq!(fit(&[0.0, 0.5, 2.0]).tail_probability(0.0), fit(&[0.0, 0.5, 2.0]).tail_probability(0.5));
    }
}
