//! How the values of two streams go together.
//!
//! The original updates all pairs of a stream with each of its values, so that a packet of a busy server costs as much as the server has clients. Here a pair
//! is brought up to date when it is read, or when its **quiet** end has a value; the values of its **busy** end cost it nothing.
//!
//! Let `r` be the residual of a value, which is the value minus the mean of its stream just after it was added. An update of one end adds `r` times the last
//! residual of the other end to the covariance sum `C`, and 1 to its weight `w`, after both have faded. While the quiet end has no value its last residual `q` is the same, so that the
//! values of the busy end add `q` times their residuals, all faded: `q · R`, where `R` is the faded sum of all residuals of the busy end, less what it was before. So the pair stores
//! `C - q · R` and `w - W`, with the weight `W` of the busy end. Both only fade between two values of the quiet end.

use super::correlated::End;
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
    /// When `rest` and `rest_weight` were as they are.
    time: f64,
    /// The values of each end before the pair began.
    before: [u32; 2],
    /// The end that is quiet.
    quiet: u8,
}

/// The covariance sum and its weight.
#[derive(Clone, Copy, Debug)]
struct Covariance {
    sum: Lanes,
    weight: Lanes,
}

impl Pair {
    /// Some bits of each of its cache lines.
    pub(super) fn bits(&self) -> u64 {
        self.rest[0].to_bits() ^ self.rest_weight[4].to_bits() ^ self.time.to_bits()
    }

    /// A pair that begins with the last value of the end `source`, which was added now.
    pub(super) fn new(ends: [&End; 2], source: usize, now: f64) -> Self {
        let mut before = ends.map(|end| end.values);
        before[source] = before[source].wrapping_sub(1);
        // The end that has more values is likely to have more of them in future.
        let quiet = if ends[source].values > ends[1 - source].values { 1 - source } else { source };
        let mut pair = Self { rest: [0.0; LANES], rest_weight: [0.0; LANES], time: now, before, quiet: quiet as u8 };
        pair.store(Covariance { sum: [0.0; LANES], weight: [1.0; LANES] }, ends);
        pair
    }

    /// The end that is quiet.
    #[inline(always)]
    pub(super) fn quiet(&self) -> usize {
        self.quiet.into()
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

    /// The covariance of each decay, if the pair is up to date: what is left of the products of residuals, by their weight.
    #[inline(always)]
    pub(super) fn covariance(&self, ends: [&End; 2]) -> Lanes {
        let Covariance { sum, weight } = self.now(ends);
        lanes(|lane| sum[lane] / weight[lane])
    }

    /// The quiet end has got a value now; `residual` is the one that it had before. The pair is up to date but for it.
    #[inline(always)]
    pub(super) fn update_quiet(&mut self, ends: [&End; 2], residual: &Lanes) {
        let (quiet, busy) = (self.quiet(), ends[1 - self.quiet()]);
        let is_first = ends[quiet].values.wrapping_sub(1) == self.before[quiet];
        let (old, new, last) = (if is_first { &[0.0; LANES] } else { residual }, ends[quiet].residual, self.last(ends, 1 - quiet));
        self.rest = lanes(|lane| self.rest[lane] + new[lane] * last[lane] + (old[lane] - new[lane]) * busy.residuals[lane]);
        self.rest_weight = lanes(|lane| self.rest_weight[lane] + 1.0);
    }

    /// The last value of the end `source` counts once more, since the pair is read for a packet of it. The pair is up to date.
    #[inline(always)]
    pub(super) fn count_again(&mut self, ends: [&End; 2], source: usize) {
        let (own, other) = (ends[source].residual, self.last(ends, 1 - source));
        self.rest = lanes(|lane| self.rest[lane] + own[lane] * other[lane]);
        self.rest_weight = lanes(|lane| self.rest_weight[lane] + 1.0);
    }

    /// Whether the quiet end has become the busier one, so that [`swap`](Self::swap) is due.
    #[inline(always)]
    pub(super) fn is_upside_down(&self, ends: [&End; 2]) -> bool {
        let [quiet, busy] = [self.quiet(), 1 - self.quiet()].map(|end| ends[end].values.wrapping_sub(self.before[end]));
        quiet > busy.saturating_mul(FACTOR).saturating_add(SLACK)
    }

    /// Lets the ends change roles. The pair is up to date.
    pub(super) fn swap(&mut self, ends: [&End; 2]) {
        let covariance = self.now(ends);
        self.quiet = 1 - self.quiet;
        self.store(covariance, ends);
    }

    /// Whether what is left of a weight of 1 since the pair was looked at is below a bound.
    pub(super) fn has_faded(&self, now: f64, bound: f64) -> bool {
        self.age(now) * DECAYS[LANES - 1] > -bound.log2()
    }

    #[inline(always)]
    fn now(&self, ends: [&End; 2]) -> Covariance {
        let (residual, busy) = (self.last(ends, self.quiet()), ends[1 - self.quiet()]);
        Covariance {
            sum: lanes(|lane| self.rest[lane] + residual[lane] * busy.residuals[lane]),
            weight: lanes(|lane| self.rest_weight[lane] + busy.weights[lane]),
        }
    }

    fn store(&mut self, covariance: Covariance, ends: [&End; 2]) {
        let (residual, busy) = (self.last(ends, self.quiet()), ends[1 - self.quiet()]);
        self.rest = lanes(|lane| covariance.sum[lane] - residual[lane] * busy.residuals[lane]);
        self.rest_weight = lanes(|lane| covariance.weight[lane] - busy.weights[lane]);
    }

    /// The last residual of an end since the pair began, or 0.
    #[inline(always)]
    fn last(&self, ends: [&End; 2], end: usize) -> Lanes {
        if ends[end].values == self.before[end] { [0.0; LANES] } else { ends[end].residual }
    }
}
