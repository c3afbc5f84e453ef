//! A stream that has pairs with others.

use super::damped::{Damped, Moments};
use super::decay::{LANES, Lanes, lanes};
use super::list::Ends;

/// A stream of values, and what its pairs need to know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correlated {
    damped: Damped,
    /// The faded sum of all residuals: values minus the mean just after they were added.
    residuals: Lanes,
    /// The last residual.
    pub(super) residual: Lanes,
    /// Its pairs, first made first.
    pub(super) pairs: Ends,
    /// Those of them in which it is the quiet end.
    pub(super) quiet_pairs: Ends,
    /// The number of values, which starts anew after 2^32 of them.
    values: u32,
}

/// The sum of residuals and the weight of a stream at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faded {
    pub(super) residuals: Lanes,
    pub(super) weights: Lanes,
}

impl Correlated {
    /// Some bits of each of its cache lines.
    pub(super) fn bits(&self) -> u64 {
        self.damped.bits() ^ self.residuals[4].to_bits() ^ self.residual[4].to_bits()
    }

    pub(super) fn new(time: f64) -> Self {
        Self {
            damped: Damped::new(time),
            residuals: [0.0; LANES],
            residual: [0.0; LANES],
            pairs: Ends::EMPTY,
            quiet_pairs: Ends::EMPTY,
            values: 0,
        }
    }

    /// Adds a value. `left` is what is left of weights of the stream's age.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: f64, now: f64, left: &Lanes) {
        self.damped.insert(value, now, left);
        let means = self.damped.means();
        self.residual = lanes(|lane| value - means[lane]);
        self.residuals = lanes(|lane| self.residuals[lane] * left[lane] + self.residual[lane]);
        self.values = self.values.wrapping_add(1);
    }

    pub(super) fn damped(&self) -> &Damped {
        &self.damped
    }

    #[inline(always)]
    pub(super) fn moments(&self, keeps_noise: bool) -> Moments {
        self.damped.moments(keeps_noise)
    }

    pub(super) fn values(&self) -> u32 {
        self.values
    }

    /// The faded sum of residuals and the weight. `left` is what is left of weights of the stream's age.
    #[inline(always)]
    pub(super) fn faded(&self, left: &Lanes) -> Faded {
        Faded { residuals: lanes(|lane| self.residuals[lane] * left[lane]), weights: lanes(|lane| self.damped.weights[lane] * left[lane]) }
    }
}
