//! A stream that has pairs with others.

use super::damped::Damped;
use super::decay::{LANES, Lanes, lanes};
use super::list::Ends;

/// A stream of values, and what its pairs need to know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correlated {
    damped: Damped,
    /// The faded sum of all residuals: values minus the mean just after they were added.
    residuals: Lanes,
    /// The last value.
    value: f64,
    /// Its pairs, first made first.
    pub(super) pairs: Ends,
    /// Those of them in which it is the quiet end.
    pub(super) quiet_pairs: Ends,
    /// The number of values, which starts anew after 2^32 of them.
    values: u32,
}

/// What pairs need to know of a stream at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// The faded sum of its residuals.
    pub(super) residuals: Lanes,
    /// Its weight.
    pub(super) weights: Lanes,
    /// Its last residual, which does not fade; 0 before the first value.
    pub(super) residual: Lanes,
    /// The number of its values.
    pub(super) values: u32,
}

impl Correlated {
    /// Some bits of each of its cache lines.
    pub(super) fn bits(&self) -> u64 {
        self.damped.bits() ^ self.residuals[0].to_bits() ^ u64::from(self.values)
    }

    /// A stream that has seen nothing.
    pub(super) const NOTHING: Self =
        Self { damped: Damped::NOTHING, residuals: [0.0; LANES], value: 0.0, pairs: Ends::EMPTY, quiet_pairs: Ends::EMPTY, values: 0 };

    /// Adds a value. `left` is what is left of weights of the stream's age.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: f64, now: f64, left: &Lanes) {
        self.damped.insert(value, now, left);
        self.value = value;
        let residual = self.residual();
        self.residuals = lanes(|lane| self.residuals[lane] * left[lane] + residual[lane]);
        self.values = self.values.wrapping_add(1);
    }

    #[inline(always)]
    pub(super) fn damped(&self) -> &Damped {
        &self.damped
    }

    /// The last value minus the mean just after it was added, or 0. The numbers of a stream are those of its last value, so that it need not be kept.
    #[inline(always)]
    pub(super) fn residual(&self) -> Lanes {
        let means = self.damped.means();
        lanes(|lane| self.value - means[lane])
    }

    /// The stream as its pairs see it. `left` is what is left of weights of its age.
    #[inline(always)]
    pub(super) fn end(&self, left: &Lanes) -> End {
        End {
            residuals: lanes(|lane| self.residuals[lane] * left[lane]),
            weights: lanes(|lane| self.damped.weights[lane] * left[lane]),
            residual: self.residual(),
            values: self.values,
        }
    }
}
