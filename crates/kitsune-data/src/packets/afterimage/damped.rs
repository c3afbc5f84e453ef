//! The damped statistics of one stream of values.

use super::decay::{DECAYS, LANES, Lanes, factors, lanes};

/// The weight of a stream that has seen nothing, so that its mean is 0.
const NOTHING: f64 = 1e-20;

/// A variance below this share of the squared mean is rounding noise: equal frame lengths leave some 10^-13 of it.
const NOISE: f64 = 1e-9;

/// The damped weight, sum and sum of squares of a stream, once for each decay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Damped {
    pub(super) weights: Lanes,
    sums: Lanes,
    squares: Lanes,
    /// When the stream was updated last, if it was. All numbers are those of this moment.
    time: f64,
}

/// Mean and variance, once for each decay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) means: Lanes,
    pub(super) variances: Lanes,
}

impl Damped {
    /// Some bits of each of its cache lines.
    pub(super) fn bits(&self) -> u64 {
        self.weights[0].to_bits() ^ self.squares[0].to_bits() ^ self.time.to_bits()
    }

    /// A stream that has seen nothing, and has no time.
    pub(super) const NOTHING: Self = Self { weights: [NOTHING; LANES], sums: [0.0; LANES], squares: [0.0; LANES], time: f64::NAN };

    /// The seconds since the last update, or 0.
    #[inline(always)]
    pub(super) fn age(&self, now: f64) -> f64 {
        (now - self.time).max(0.0)
    }

    /// Adds a value. `left` is what is left of weights of the stream's age.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: f64, now: f64, left: &Lanes) {
        self.weights = lanes(|lane| self.weights[lane] * left[lane] + 1.0);
        self.sums = lanes(|lane| self.sums[lane] * left[lane] + value);
        self.squares = lanes(|lane| self.squares[lane] * left[lane] + value * value);
        self.time = now;
    }

    #[inline(always)]
    pub(super) fn means(&self) -> Lanes {
        lanes(|lane| self.sums[lane] / self.weights[lane])
    }

    /// Whether the weight at the slowest decay has fallen below a bound.
    pub(super) fn has_faded(&self, now: f64, bound: f64) -> bool {
        // A weight of 1 takes this long, so that the power is seldom computed.
        self.weights[LANES - 1] < bound
            || self.age(now) * DECAYS[LANES - 1] > -bound.log2() && self.weights[LANES - 1] * factors([self.age(now)])[0][LANES - 1] < bound
    }

    /// Mean and variance, which do not change while the stream fades: weight and sums fade alike.
    #[inline(always)]
    pub(super) fn moments(&self, keeps_noise: bool) -> Moments {
        let means = self.means();
        let variances = lanes(|lane| {
            let square = means[lane] * means[lane];
            let variance = (self.squares[lane] / self.weights[lane] - square).abs();
            if keeps_noise || variance >= NOISE * square { variance } else { 0.0 }
        });
        Moments { means, variances }
    }
}
