//! How the values of two streams go together.
//!
//! The original updates all pairs of a stream with each of its values, so that a packet of a busy server costs as much as the server has clients. Here a pair
//! is brought up to date when it is read, or when its **quiet** end has a value; the values of its **busy** end cost it nothing.
//!
//! Let `r` be the residual of a value, which is the value minus the mean of its stream just after it was added. An update of one end adds `r` times the last
//! residual of the other end to the covariance sum `C`, and 1 to its weight `w`, after both have faded. While the quiet end has no value its last residual `q` is the same, so that the
//! values of the busy end add `q` times their residuals, all faded: `q · R`, where `R` is the faded sum of all residuals of the busy end, less what it was before. So the pair stores
//! `C - q · R` and `w - W`, with the weight `W` of the busy end. Both only fade between two values of the quiet end.

use super::correlated::{Correlated, Faded};
use super::decay::{DECAYS, LANES, Lanes, lanes};

/// A busy end has as many values as the quiet one, give or take this factor and these values, before the ends change roles.
const FACTOR: u32 = 2;
const SLACK: u32 = 4;

/// What two streams have in common. Ends are 0 and 1, as in the key of the pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// The covariance sum without what the residuals of the busy end add to it.
    rest: Lanes,
    /// The weight of the sum without that of the busy end.
    rest_weight: Lanes,
    /// The last residual of the quiet end since the pair began, or 0.
    residual: Lanes,
    /// When `rest` and `rest_weight` were as they are.
    time: f64,
    /// The values of each end before the pair began.
    before: [u32; 2],
    /// The end that is quiet.
    pub(super) quiet: usize,
}

/// The covariance sum and its weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covariance {
    sum: Lanes,
    weight: Lanes,
}

impl Covariance {
    /// The covariance: what is left of the products of residuals, by their weight.
    #[inline(always)]
    pub(super) fn lanes(&self) -> Lanes {
        lanes(|lane| self.sum[lane] / self.weight[lane])
    }
}

impl Pair {
    /// Some bits of each of its cache lines.
    pub(super) fn bits(&self) -> u64 {
        self.rest[0].to_bits() ^ self.rest_weight[4].to_bits() ^ self.time.to_bits()
    }

    /// A pair that begins with the last value of the end `source`, which was added now. `faded` are the ends now.
    pub(super) fn new(ends: [&Correlated; 2], source: usize, faded: [&Faded; 2], now: f64) -> Self {
        let mut before = ends.map(Correlated::values);
        before[source] = before[source].wrapping_sub(1);
        // The end that has more values is likely to have more of them in future.
        let quiet = if ends[source].values() > ends[1 - source].values() { 1 - source } else { source };
        let mut pair = Self { rest: [0.0; LANES], rest_weight: [0.0; LANES], residual: [0.0; LANES], time: now, before, quiet };
        let residual = if quiet == source { ends[quiet].residual } else { [0.0; LANES] };
        pair.store(Covariance { sum: [0.0; LANES], weight: [1.0; LANES] }, residual, faded[1 - quiet]);
        pair
    }

    /// The seconds since the pair was brought up to date.
    #[inline(always)]
    pub(super) fn age(&self, now: f64) -> f64 {
        now - self.time
    }

    /// Brings the pair up to date. `left` is what is left of weights of its age.
    #[inline(always)]
    pub(super) fn fade(&mut self, left: &Lanes, now: f64) {
        self.rest = lanes(|lane| self.rest[lane] * left[lane]);
        self.rest_weight = lanes(|lane| self.rest_weight[lane] * left[lane]);
        self.time = now;
    }

    /// The covariance now, if the pair is up to date.
    #[inline(always)]
    pub(super) fn covariance(&self, busy: &Faded) -> Covariance {
        Covariance {
            sum: lanes(|lane| self.rest[lane] + self.residual[lane] * busy.residuals[lane]),
            weight: lanes(|lane| self.rest_weight[lane] + busy.weights[lane]),
        }
    }

    /// The quiet end has got a value now. The pair is up to date but for it.
    #[inline(always)]
    pub(super) fn update_quiet(&mut self, ends: [&Correlated; 2], busy: &Faded) {
        let (new, last) = (ends[self.quiet].residual, self.last_of_busy(ends));
        self.rest = lanes(|lane| self.rest[lane] + new[lane] * last[lane] + (self.residual[lane] - new[lane]) * busy.residuals[lane]);
        self.rest_weight = lanes(|lane| self.rest_weight[lane] + 1.0);
        self.residual = new;
    }

    /// The last value of the end `source` counts once more, since the pair is read for a packet of it. The pair is up to date.
    #[inline(always)]
    pub(super) fn count_again(&mut self, ends: [&Correlated; 2], source: usize) {
        let other = if source == self.quiet { self.last_of_busy(ends) } else { self.residual };
        let own = ends[source].residual;
        self.rest = lanes(|lane| self.rest[lane] + own[lane] * other[lane]);
        self.rest_weight = lanes(|lane| self.rest_weight[lane] + 1.0);
    }

    /// Whether the quiet end has become the busier one, so that [`swap`](Self::swap) is due.
    #[inline(always)]
    pub(super) fn is_upside_down(&self, ends: [&Correlated; 2]) -> bool {
        let [quiet, busy] = [self.quiet, 1 - self.quiet].map(|end| ends[end].values().wrapping_sub(self.before[end]));
        quiet > busy.saturating_mul(FACTOR).saturating_add(SLACK)
    }

    /// Lets the ends change roles. The pair is up to date, and `faded` are the ends now.
    pub(super) fn swap(&mut self, ends: [&Correlated; 2], faded: [&Faded; 2]) {
        let busy = 1 - self.quiet;
        let covariance = self.covariance(faded[busy]);
        let residual = self.last_of_busy(ends);
        self.quiet = busy;
        self.store(covariance, residual, faded[1 - busy]);
    }

    /// Whether what is left of a weight of 1 since the pair was looked at is below a bound.
    pub(super) fn has_faded(&self, now: f64, bound: f64) -> bool {
        self.age(now) * DECAYS[LANES - 1] > -bound.log2()
    }

    fn store(&mut self, covariance: Covariance, residual: Lanes, busy: &Faded) {
        self.residual = residual;
        self.rest = lanes(|lane| covariance.sum[lane] - residual[lane] * busy.residuals[lane]);
        self.rest_weight = lanes(|lane| covariance.weight[lane] - busy.weights[lane]);
    }

    /// The last residual of the busy end since the pair began, or 0.
    #[inline(always)]
    fn last_of_busy(&self, ends: [&Correlated; 2]) -> Lanes {
        let end = 1 - self.quiet;
        if ends[end].values() == self.before[end] { [0.0; LANES] } else { ends[end].residual }
    }
}
