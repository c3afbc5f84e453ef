//! Scores of senders: the damped mean of the scores of their last rows.

use std::collections::HashMap;
use std::mem;

use xxhash_rust::xxh3::xxh3_64;

use crate::error::Error;

/// Senders of each half of a pool, at most.
const MOST: usize = 1 << 15;

/// Who sent a row, and when it came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sender {
    /// The hash of the name.
    pub(crate) name: u64,
    pub(crate) seconds: f64,
}

impl Sender {
    /// A sender by its name, such as an address, and the time of its row in seconds since any moment. The name is kept as a hash of 64 bits.
    pub fn new(name: &str, seconds: f64) -> Self {
        Self { name: xxh3_64(name.as_bytes()), seconds }
    }
}

/// Pools the scores of rows by their senders: a row gets the damped mean of the scores of its sender's rows so far, in which a score that is `t` seconds old
/// counts `2^(-t / half-life)`.
///
/// A single score says how strange a packet is. What a host does is seen in the mean of many, whose noise is less.
///
/// Memory is bounded. A sender is remembered until 32,768 others have come since its last row, and at most 65,536 are held; it begins anew after that.
///
/// ```
/// use kitsune_core::scoring::{Pool, Sender};
///
/// let mut pool = Pool::new(10.0)?;
/// assert_eq!(pool.mean(Sender::new("192.0.2.5", 0.0), 1.0), 1.0);
/// assert_eq!(pool.mean(Sender::new("192.0.2.5", 0.0), 4.0), 2.5);
/// // Ten seconds later both count half: (0.5 + 2 + 5.5) / (0.5 + 0.5 + 1).
/// assert_eq!(pool.mean(Sender::new("192.0.2.5", 10.0), 5.5), 4.0);
/// assert_eq!(pool.mean(Sender::new("192.0.2.9", 10.0), 1.0), 1.0);
/// # Ok::<(), kitsune_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pool {
    half_life: f64,
    /// Those that came last, by the hashes of their names.
    recent: HashMap<u64, Damped>,
    /// Those that came before all of these, and not since.
    older: HashMap<u64, Damped>,
}

/// Scores of a sender, as they count at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Damped {
    pub(crate) sum: f64,
    /// At least 1, since the last score counts whole.
    pub(crate) weight: f64,
    pub(crate) seconds: f64,
}

impl Pool {
    /// A pool that has seen nothing, with a half-life in seconds.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] unless the half-life is above 0 and finite.
    pub fn new(half_life: f64) -> Result<Self, Error> {
        Self::of(half_life, [Vec::new(), Vec::new()])
    }

    /// Takes the score of the next row, and returns that of its sender. A time before that of the sender's last row, or one that is no number, counts as that.
    /// A score that is not finite is returned as it is, and leaves no trace.
    pub fn mean(&mut self, sender: Sender, score: f64) -> f64 {
        if !score.is_finite() {
            return score;
        }
        if let Some(known) = self.recent.get_mut(&sender.name) {
            return known.take(score, sender.seconds, self.half_life);
        }
        let mut known = self.older.remove(&sender.name).unwrap_or(Damped { sum: 0.0, weight: 0.0, seconds: f64::MIN });
        let mean = known.take(score, sender.seconds, self.half_life);
        if self.recent.len() >= MOST {
            self.older = mem::take(&mut self.recent);
        }
        self.recent.insert(sender.name, known);
        mean
    }

    /// The recent senders and the older ones, each half by the hashes of names, ascending.
    pub(crate) fn halves(&self) -> [Vec<(u64, Damped)>; 2] {
        [&self.recent, &self.older].map(|half| {
            let mut senders: Vec<_> = half.iter().map(|(&name, &known)| (name, known)).collect();
            senders.sort_unstable_by_key(|&(name, _)| name);
            senders
        })
    }

    /// The pool of such halves.
    pub(crate) fn of(half_life: f64, halves: [Vec<(u64, Damped)>; 2]) -> Result<Self, Error> {
        if !(half_life > 0.0 && half_life.is_finite()) {
            return Err(Error::Hyperparameter { name: "pool", range: "above 0 and finite", found: half_life.to_string() });
        }
        let [recent, older] = halves.map(|half| half.into_iter().collect());
        Ok(Self { half_life, recent, older })
    }

    /// Whether halves are those of a pool.
    pub(crate) fn could_be(halves: &[Vec<(u64, Damped)>; 2]) -> bool {
        let ascends = |half: &Vec<(u64, Damped)>| half.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let counts = |half: &Vec<(u64, Damped)>| half.iter().all(|(_, known)| known.weight >= 1.0);
        let [recent, older] = halves;
        let is_in_recent = |name: &u64| recent.binary_search_by_key(name, |&(name, _)| name).is_ok();
        halves.iter().all(|half| half.len() <= MOST && ascends(half) && counts(half)) && !older.iter().any(|(name, _)| is_in_recent(name))
    }
}

impl Damped {
    /// Adds a score, and returns the mean.
    fn take(&mut self, score: f64, seconds: f64, half_life: f64) -> f64 {
        if seconds.is_finite() && seconds > self.seconds {
            let left = ((self.seconds - seconds) / half_life).exp2();
            (self.sum, self.weight, self.seconds) = (self.sum * left, self.weight * left, seconds);
        }
        (self.sum, self.weight) = (self.sum + score, self.weight + 1.0);
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_counts_half_after_the_half_life_and_each_sender_by_itself() {
        let mut pool = Pool::new(2.0).unwrap();
        let mut last: Vec<(usize, f64, f64)> = Vec::new();
        for row in 0..500 {
            let (host, seconds, score) = (row * row % 7 % 3, (row as f64 * 0.37).floor() * 0.7, (row as f64 * 0.618).fract());
            last.push((host, seconds, score));
            let of_host = || last.iter().filter(|found| found.0 == host).map(|&(_, then, score)| (((then - seconds) / 2.0).exp2(), score));
            let expected = of_host().map(|(weight, score)| weight * score).sum::<f64>() / of_host().map(|(weight, _)| weight).sum::<f64>();
            let found = pool.mean(Sender::new(&format!("host {host}"), seconds), score);
            assert!((found - expected).abs() < 1e-12, "row {row}: {found} instead of {expected}");
        }
    }

    #[test]
    fn time_that_goes_back_or_is_none_counts_as_the_latest_and_a_score_that_is_none_does_not_count() {
        let mut pool = Pool::new(1.0).unwrap();
        let mut mean = |seconds, score| pool.mean(Sender::new("a", seconds), score);
        assert_eq!((mean(f64::NAN, 2.0), mean(5.0, 4.0)), (2.0, 4.0));
        assert_eq!((mean(3.0, 2.0), mean(f64::INFINITY, 3.0), mean(5.0, 3.0)), (3.0, 3.0, 3.0));
        assert_eq!(mean(5.0, f64::INFINITY), f64::INFINITY);
        assert_eq!((mean(5.0, 3.0), mean(f64::MAX, 7.0)), (3.0, 7.0));
    }

    #[test]
    fn a_sender_is_remembered_until_as_many_others_have_come() {
        for (others, is_remembered) in [(MOST - 1, true), (2 * MOST, false)] {
            for before in [0, 1, MOST / 2, MOST - 1] {
                let mut pool = Pool::new(1.0).unwrap();
                let mut come = |name: usize, score| pool.mean(Sender::new(&name.to_string(), 0.0), score);
                for other in 0..before {
                    come(usize::MAX - other, 1.0);
                }
                come(0, 1.0);
                for other in 1..=others {
                    come(other, 1.0);
                }
                assert_eq!(come(0, 3.0), if is_remembered { 2.0 } else { 3.0 }, "{others} others after {before}");
                let [recent, older] = pool.halves();
                assert!(recent.len() <= MOST && older.len() <= MOST && Pool::could_be(&[recent, older]));
            }
        }
    }

    #[test]
    fn what_is_no_pool_is_known() {
        let known = |name, weight| (name, Damped { sum: 1.0, weight, seconds: 0.0 });
        assert!(Pool::could_be(&[vec![known(1, 1.0), known(3, 2.0)], vec![known(2, 1.0)]]));
        for halves in [
            [vec![known(3, 1.0), known(1, 1.0)], Vec::new()],
            [vec![known(1, 0.5)], Vec::new()],
            [vec![known(1, 1.0)], vec![known(1, 1.0)]],
            [(0..=MOST as u64).map(|name| known(name, 1.0)).collect(), Vec::new()],
        ] {
            assert!(!Pool::could_be(&halves));
        }
        for half_life in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Pool::new(half_life).unwrap_err().to_string().contains("pool must be above 0 and finite"));
        }
    }
}
