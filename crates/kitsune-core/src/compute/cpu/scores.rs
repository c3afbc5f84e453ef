//! Scores of the rows of a block, by the formulas of [`Calibration::score`](crate::model::calibration::Calibration::score).

use pulp::{Simd, WithSimd};

use crate::kinds::ScoreKind;
use crate::model::calibration::{ScoreRule, Weights};
use crate::model::parts::ScorePart;
use crate::model::score::{MOST_SURPRISE, counts};

/// The sums that the scores of the rows of a block are computed from, part by part.
pub(crate) struct Scores<'a> {
    rule: ScoreRule,
    of_parts: &'a Weights,
    /// Origin and unit of each part: [2, parts].
    standards: &'a [f32],
    kind: Option<ScoreKind>,
    /// `[rows]`.
    sum: &'a mut Vec<f32>,
    /// Sum of the weights of the parts.
    weights: f32,
}

impl<'a> Scores<'a> {
    /// `rows` scores of a kind, or none. The parts have weights and standards.
    pub(crate) fn new(
        rule: ScoreRule,
        (of_parts, standards): (&'a Weights, &'a [f32]),
        kind: Option<ScoreKind>,
        rows: usize,
        sum: &'a mut Vec<f32>,
    ) -> Self {
        sum.clear();
        sum.resize(rows, 0.0);
        Self { rule, of_parts, standards, kind, sum, weights: 0.0 }
    }

    /// The weight of a part in the score; 0 if it does not count.
    fn weight(&self, part: ScorePart) -> f32 {
        if self.kind.is_some_and(|kind| counts(part, kind)) { self.of_parts[part.column()] } else { 0.0 }
    }

    /// Origin and unit of a part.
    fn standard(&self, part: ScorePart) -> (f32, f32) {
        (self.standards[part.column()], self.standards[ScorePart::COUNT + part.column()])
    }

    /// Adds the values of a part, `[rows]`, if it counts.
    pub(crate) fn add(&mut self, arch: pulp::Arch, part: ScorePart, values: &[f32]) {
        let weight = self.weight(part);
        if weight == 0.0 {
            return;
        }
        self.weights += weight;
        let (origin, unit) = self.standard(part);
        match self.rule {
            ScoreRule::Mean => self.sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * ((value - origin) / unit)),
            ScoreRule::Surprise => arch.dispatch(AddSurprises { values, origin, unit, weight, sum: self.sum }),
        }
    }

    pub(crate) fn finish(self, scores: &mut [f32]) {
        let sums = scores.iter_mut().zip(&*self.sum);
        match self.rule {
            ScoreRule::Mean if self.kind == Some(ScoreKind::Combined) => {
                let (mean, deviation) = self.standard(ScorePart::Combined);
                sums.for_each(|(score, sum)| *score = softplus((sum / self.weights - mean) / deviation));
            }
            ScoreRule::Mean => sums.for_each(|(score, &sum)| *score = softplus(sum)),
            ScoreRule::Surprise => sums.for_each(|(score, sum)| *score = (sum / self.weights).sqrt().sqrt()),
        }
    }
}

/// `ln(1 + exp(x))` without overflow, by the functions of the platform: models of earlier formats have had every bit from them.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Adds the weighted fourth powers of surprises.
struct AddSurprises<'a> {
    values: &'a [f32],
    origin: f32,
    unit: f32,
    weight: f32,
    sum: &'a mut [f32],
}

impl WithSimd for AddSurprises<'_> {
    type Output = ();

    /// A plain loop without calls or branches, which the compiler turns into the vector instructions at hand.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { values, origin, unit, weight, sum } = self;
        for (sum, value) in sum.iter_mut().zip(values) {
            let surprise = quick_softplus((value - origin) / unit);
            // NaN stays, unlike by `f32::min`.
            let surprise = if surprise > MOST_SURPRISE { MOST_SURPRISE } else { surprise };
            let square = surprise * surprise;
            *sum += weight * (square * square);
        }
    }
}

/// `exp(r)` for |r| up to half of `ln 2`, and `ln(1 + t) / t` for t in 0-1, coefficients of ascending powers: minimax fits in relative error, found by
/// Lawson's iteration. The errors are 8e-8 and 5e-9 in exact arithmetic.
const EXP: [f32; 6] = [1.000_000_1, 0.999_999_7, 0.499_988_94, 0.166_675_76, 0.041_915_588, 8.297_629e-3];
const LN_1P: [f32; 10] = [
    1.0,
    -0.499_999_02,
    0.333_299_64,
    -0.249_541_33,
    0.196_759_36,
    -0.153_055_83,
    0.106_036_41,
    -0.056_959_398,
    0.019_851_39,
    -3.244_009_6e-3,
];

/// `ln(1 + exp(x))` without overflow, with a relative error of at most 1e-6. It is positive, down to `exp(-87)`, and NaN for NaN.
#[inline(always)]
pub(crate) fn quick_softplus(x: f32) -> f32 {
    // Added to a number, it leaves the nearest integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const EXPONENT_OF_1: u32 = 127 << 23;
    // `ln 2` as the sum of a number with few bits, whose products with small integers are exact, and the rest.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let size = x.abs();
    // `exp` of less is no normal number.
    let size = if size > 87.0 { 87.0 } else { size };
    let shifted = ROUND - size * std::f32::consts::LOG2_E;
    let twos = shifted - ROUND;
    let rest = -size - twos * LN_2[0] - twos * LN_2[1];
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(EXPONENT_OF_1));
    let exp = polynomial(rest, EXP) * power;
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + exp * polynomial(exp, LN_1P)
}

#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        sum = sum * x + coefficients[k];
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_softplus_is_close_to_the_exact_one() {
        let mut all: Vec<f32> = (-200_000..200_000).map(|at| at as f32 * 1e-3).collect();
        all.extend((-38..38).flat_map(|power| [10_f32.powi(power), -10_f32.powi(power)]));
        for x in all {
            let exact = f64::from(x).max(0.0) + (-f64::from(x).abs()).exp().ln_1p();
            let found = quick_softplus(x);
            let least = (-87.0_f64).exp();
            assert!((f64::from(found) - exact.max(least)).abs() <= 1e-6 * exact.max(least), "{x}: {found} instead of {exact}");
            assert!(found > 0.0);
        }
        assert_eq!(quick_softplus(f32::INFINITY), f32::INFINITY);
        assert!(quick_softplus(f32::NAN).is_nan());
    }

    #[test]
    fn surprises_are_added_to_every_row_whatever_the_number_of_rows() {
        for rows in [1, 7, 16, 33, 128] {
            let values: Vec<f32> = (0..rows).map(|row| row as f32 * 0.3 - 4.0).collect();
            let mut sum = vec![1.0; rows];
            pulp::Arch::new().dispatch(AddSurprises { values: &values, origin: 0.5, unit: 0.25, weight: 3.0, sum: &mut sum });
            for (value, sum) in values.iter().zip(sum) {
                let expected = 1.0 + 3.0 * softplus((value - 0.5) / 0.25).powi(4);
                assert!((sum - expected).abs() <= 1e-5 * expected, "{value}: {sum} instead of {expected}");
            }
        }
    }
}
