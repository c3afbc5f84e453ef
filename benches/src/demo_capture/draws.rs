//! The distributions of traffic: arrivals without memory, sizes and delays with a long tail.

use crate::random::Random;

/// Draws from an exponential distribution.
pub(super) fn exponential(random: &mut Random, mean: f64) -> f64 {
    -mean * (1.0 - random.uniform()).ln()
}

/// Draws from a lognormal distribution by its median and the deviation of its logarithm.
pub(super) fn lognormal(random: &mut Random, median: f64, spread: f64) -> f64 {
    median * (spread * random.normal()).exp()
}

/// Draws uniformly from a range.
pub(super) fn between(random: &mut Random, low: f64, high: f64) -> f64 {
    low + (high - low) * random.uniform()
}

/// The times of a Poisson process up to `until`.
pub(super) fn arrivals(random: &mut Random, mean_interval: f64, until: f64) -> Vec<f64> {
    let mut times = Vec::new();
    let mut now = exponential(random, mean_interval);
    while now < until {
        times.push(now);
        now += exponential(random, mean_interval);
    }
    times
}

/// The times of a timer that is set anew with a little jitter, from a random phase up to `until`.
pub(super) fn ticks(random: &mut Random, interval: f64, jitter: f64, until: f64) -> Vec<f64> {
    let mut times = Vec::new();
    let mut now = between(random, 0.0, interval);
    while now < until {
        times.push(now);
        now += interval * between(random, 1.0 - jitter, 1.0 + jitter);
    }
    times
}

/// Draws a port for the client's end of a conversation.
pub(super) fn client_port(random: &mut Random) -> u16 {
    49_152 + random.below(16_384) as u16
}
