//! The generalised Pareto distribution of the excesses above a high threshold.

use serde::{Deserialize, Serialize};

/// Step between the coordinates `ln(1 + t)` of [`Profile`] at which the likelihood is first evaluated. The likelihood changes over a
/// distance of about 1.
const STEP: f64 = 0.25;

/// Coordinate where the search begins. Below it the end of the distribution and the largest excess are equal in f64.
const START: f64 = -36.0;

/// Width at which the search for a maximum stops. The likelihood is flat there: the square of the width is below the rounding of f64.
const PRECISION: f64 = 1e-9;

/// Generalised Pareto distribution of excesses `y >= 0`: `P(Y >= y) = (1 + shape · y / scale)^(-1 / shape)`, or `exp(-y / scale)` for shape
/// 0. With a shape below 0 it ends at `-scale / shape`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct GeneralisedPareto {
    /// Shape, at least -1.
    pub(super) shape: f64,
    /// Scale, above 0.
    pub(super) scale: f64,
}

impl GeneralisedPareto {
    /// Fits by maximum likelihood among shapes of at least -1. With lower shapes the likelihood grows without bound as the end of the
    /// distribution approaches the largest excess. `excesses` are above 0, at least one.
    ///
    /// Given `t = shape / scale`, the best shape is the mean of `ln(1 + t · y)` (Grimshaw, 1993), so one unknown remains. Its likelihood
    /// may have several maxima. It is evaluated in steps over the range of all possible maxima, and each local maximum of these is refined.
    pub(super) fn fit(excesses: &[f64]) -> Self {
        let largest = excesses.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let profile = Profile::new(excesses.iter().map(|y| y / largest).collect());
        let steps = ((profile.end() - START) / STEP).ceil() as usize;
        let coordinate = |step: usize| START + step as f64 * STEP;
        let costs: Vec<f64> = (0..=steps).map(|step| profile.at(coordinate(step)).cost).collect();

        // The boundary: a shape of -1 is the uniform distribution. Its best end is the largest excess, where its cost is 0.
        let mut best = Fitted { shape: -1.0, scale: 1.0, cost: 0.0 };
        let exponential = profile.at(0.0);
        let maxima = (1..steps).filter(|&step| costs[step] <= costs[step - 1] && costs[step] <= costs[step + 1]);
        for fitted in maxima.map(|step| profile.climb(coordinate(step - 1), coordinate(step + 1))).chain([exponential]) {
            if fitted.cost < best.cost {
                best = fitted;
            }
        }
        Self { shape: best.shape, scale: best.scale * largest }
    }

    /// `P(Y >= excess)`, 0 beyond the end.
    pub(super) fn tail_probability(self, excess: f64) -> f64 {
        let relative = excess / self.scale;
        if self.shape == 0.0 {
            return (-relative).exp();
        }
        // The clamp makes the probability 0 beyond the end of a shape below 0.
        let grown = (self.shape * relative).max(-1.0);
        (-grown.ln_1p() / self.shape).exp()
    }

    /// The excess with the given tail probability.
    pub(super) fn quantile(self, tail_probability: f64) -> f64 {
        let logarithm = -tail_probability.ln();
        if self.shape == 0.0 { self.scale * logarithm } else { self.scale * (self.shape * logarithm).exp_m1() / self.shape }
    }
}

/// A fit and its cost, the negative log-likelihood per excess.
#[derive(Debug, Clone, Copy)]
struct Fitted {
    shape: f64,
    scale: f64,
    cost: f64,
}

/// The best likelihood for each `t = shape / scale`, with `t` above -1, of excesses divided by their largest. The coordinate is `ln(1 +
/// t)`, which resolves the end of the distribution, the exponential one and heavy tails evenly.
struct Profile {
    /// Excesses in (0, 1]; the largest is 1.
    excesses: Vec<f64>,
    mean: f64,
}

impl Profile {
    fn new(excesses: Vec<f64>) -> Self {
        let mean = excesses.iter().sum::<f64>() / excesses.len() as f64;
        Self { excesses, mean }
    }

    /// An upper bound of the coordinates of all maxima. They have `t < 2 (mean - smallest) / smallest²` (Grimshaw 1993), and a margin
    /// is added.
    fn end(&self) -> f64 {
        let smallest = self.excesses.iter().copied().fold(1.0, f64::min);
        // Logarithms are used since the square may leave f64.
        let bound = (2.0 * self.mean).ln() - 2.0 * smallest.ln();
        (if bound > 1.0 { bound + (-bound).exp().ln_1p() } else { bound.exp().ln_1p() }).min(700.0) + 2.0 * STEP
    }

    /// The best fit at a coordinate. The cost of a shape below -1 is infinite.
    fn at(&self, coordinate: f64) -> Fitted {
        if coordinate == 0.0 {
            return Fitted { shape: 0.0, scale: self.mean, cost: self.mean.ln() + 1.0 };
        }
        let (t, rest) = (coordinate.exp_m1(), coordinate.exp());
        // 1 + t·y without cancellation: near the end of the distribution it is the small remainder 1 - y.
        let sum: f64 = if coordinate < -0.5 {
            self.excesses.iter().map(|y| ((1.0 - y) + rest * y).ln()).sum()
        } else {
            self.excesses.iter().map(|y| (t * y).ln_1p()).sum()
        };
        let shape = sum / self.excesses.len() as f64;
        let scale = shape / t;
        let cost = if shape < -1.0 { f64::INFINITY } else { scale.ln() + 1.0 + shape };
        Fitted { shape, scale, cost }
    }

    /// The lowest cost between two coordinates with one minimum between them, by golden section (Kiefer 1953).
    fn climb(&self, mut low: f64, mut high: f64) -> Fitted {
        let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
        let (mut at_left, mut at_right) = (self.at(left), self.at(right));
        while high - low > PRECISION {
            if at_left.cost <= at_right.cost {
                (high, right, at_right) = (right, left, at_left);
                left = high - ratio * (high - low);
                at_left = self.at(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + ratio * (high - low);
                at_right = self.at(right);
            }
        }
        if at_left.cost <= at_right.cost { at_left } else { at_right }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        excesses: Vec<f64>,
        default_fit: Fit,
        best_fit: Fit,
    }

    #[derive(Deserialize)]
    struct Fit {
        shape: f64,
        scale: f64,
        log_likelihood: f64,
    }

    fn log_likelihood(fit: GeneralisedPareto, excesses: &[f64]) -> f64 {
        let GeneralisedPareto { shape, scale } = fit;
        let density = |y: f64| {
            if shape == 0.0 {
                -y / scale
            } else if shape == -1.0 {
                if y <= scale { 0.0 } else { f64::NEG_INFINITY }
            } else if shape * y / scale <= -1.0 {
                f64::NEG_INFINITY
            } else {
                -(1.0 + 1.0 / shape) * (shape * y / scale).ln_1p()
            }
        };
        excesses.iter().map(|&y| density(y) - scale.ln()).sum()
    }

    fn cases() -> Vec<Case> {
        let golden: Golden = serde_json::from_str(include_str!("../../tests/golden/generalised_pareto.json")).unwrap();
        golden.cases
    }

    #[test]
    fn the_likelihood_is_no_lower_than_that_of_scipy() {
        let mut compared = 0;
        for case in cases() {
            let fit = GeneralisedPareto::fit(&case.excesses);
            let found = log_likelihood(fit, &case.excesses);
            assert!(fit.shape >= -1.0, "{}: shape {}", case.name, fit.shape);
            let within = [&case.default_fit, &case.best_fit].into_iter().filter(|scipy| scipy.shape >= -1.0);
            for scipy in within {
                let figures = format!("{}: {found} instead of {}, {fit:?}", case.name, scipy.log_likelihood);
                assert!(found >= scipy.log_likelihood - 1e-9, "{figures}");
                compared += 1;
            }
        }
        assert!(compared > 80, "{compared} fits");
    }

    #[test]
    fn no_other_likelihood_is_higher_than_that_of_the_best_fit() {
        for case in cases() {
            let best = log_likelihood(GeneralisedPareto::fit(&case.excesses), &case.excesses);
            let theirs = GeneralisedPareto { shape: case.best_fit.shape, scale: case.best_fit.scale };
            for (shape, scale) in [(0.01, 1.0), (-0.01, 1.0), (0.0, 1.01), (0.0, 0.99), (0.01, 0.99), (-0.01, 1.01)] {
                let other = GeneralisedPareto { shape: (theirs.shape + shape).max(-1.0), scale: theirs.scale * scale };
                let other_likelihood = log_likelihood(other, &case.excesses);
                assert!(other_likelihood <= best + 1e-9, "{}: {other_likelihood} of {other:?} above {best}", case.name);
            }
        }
    }

    #[test]
    fn the_fit_does_not_depend_on_the_unit() {
        for case in cases() {
            let fit = GeneralisedPareto::fit(&case.excesses);
            let scaled: Vec<f64> = case.excesses.iter().map(|y| y * 1024.0).collect();
            assert_eq!(GeneralisedPareto::fit(&scaled), GeneralisedPareto { scale: fit.scale * 1024.0, ..fit }, "{}", case.name);
        }
    }

    #[test]
    fn quantiles_and_tail_probabilities_are_inverse() {
        for shape in [-1.0, -0.5, -1e-9, 0.0, 1e-9, 0.3, 2.0] {
            let distribution = GeneralisedPareto { shape, scale: 0.7 };
            for probability in [1.0, 0.9, 0.5, 0.01, 1e-6, 1e-12] {
                let found = distribution.tail_probability(distribution.quantile(probability));
                // Near the end of a bounded tail, neighbouring numbers differ greatly in probability.
                let tolerance = if shape < 0.0 { 1e-15 / probability.powf(-shape) } else { 0.0 } + 1e-12;
                assert!((found / probability - 1.0).abs() < tolerance, "shape {shape}: {found} instead of {probability}");
            }
        }
        assert_eq!(GeneralisedPareto { shape: -0.5, scale: 1.0 }.tail_probability(2.5), 0.0);
    }

    #[test]
    fn equal_excesses_and_a_single_one_have_a_fit() {
        for excesses in [vec![3.0; 50], vec![1e-30]] {
            let fit = GeneralisedPareto::fit(&excesses);
            assert_eq!(fit, GeneralisedPareto { shape: -1.0, scale: excesses[0] });
        }
    }
}
