//! A threshold that keeps its alert rate on a stream.

use std::num::NonZeroUsize;

use super::fit::{Threshold, lowest_above};
use super::normal_scores::NormalScores;
use crate::error::Error;

/// Alarms that are expected in the window.
const ALARMS: f64 = 20.0;

/// A rate whose window has 80 GB.
const LOWEST_RATE: f64 = 1e-9;

/// Scores between two looks at the window: as many as this, or a 64th of the window.
const STRIDE: usize = 32;

/// Scores that are passed over at once if none of them matters.
const PASSED_OVER: usize = 16;

/// A threshold that follows the scores of a stream: the score that the alert rate of the last rows exceeds, but never less than the fitted
/// threshold that it starts with. All rows count, also those that it flags.
///
/// What is ordinary changes, and a threshold that learns from unflagged rows alone sees no change beyond itself: on streams whose normal rows moved,
/// peaks over threshold in their streaming form (SPOT; Siffer et al., 2017) flagged up to 24 times the stated share of them. The price
/// of this one: in a long burst only the strangest rows stay flagged, and after it as many rows pass as the window has before it is as sharp as before.
///
/// The window has the last `20 / alert rate` scores, and the threshold is fitted anew every 32 rows.
#[derive(Debug, Clone)]
pub struct RecentThreshold {
    start: Threshold,
    rank: NonZeroUsize,
    value: f32,
    /// The last scores; the next one replaces that at `next`.
    window: Vec<f32>,
    next: usize,
    /// How many of them reach the threshold at the start. While these are too few, no quantile need be found.
    above: usize,
    sorted: Vec<f32>,
}

impl RecentThreshold {
    /// Starts with a fitted threshold and the scores of its fit, in any order.
    ///
    /// # Errors
    /// [`Error::FixedThreshold`] for a threshold that is a fixed number, [`Error::Hyperparameter`] for an alert rate below 1e-9.
    pub fn new(start: Threshold, scores: &NormalScores) -> Result<Self, Error> {
        let alert_rate = start.alert_rate().ok_or(Error::FixedThreshold)?;
        if alert_rate < LOWEST_RATE {
            return Err(Error::Hyperparameter { name: "alert_rate", range: "at least 1e-9 on a stream", found: alert_rate.to_string() });
        }
        let rows = (ALARMS / alert_rate).ceil() as usize;
        let ordered = scores.as_slice();
        // The scores stand for a window that is as yet unfilled, each as often as any other.
        let window = (0..rows).map(|at| ordered[at * ordered.len() / rows]).collect();
        Self::of(start, start.value(), window, 0)
    }

    /// Goes on with the value at the last look, and the last scores, of which that at `next` is the oldest.
    pub(crate) fn of(start: Threshold, value: f32, window: Vec<f32>, next: usize) -> Result<Self, Error> {
        let alert_rate = start.alert_rate().ok_or(Error::FixedThreshold)?;
        let rank = NonZeroUsize::new((alert_rate * (window.len() as f64 + 1.0)) as usize).unwrap_or(NonZeroUsize::MIN);
        let sorted = Vec::with_capacity(window.len());
        let above = window.iter().filter(|&&score| score >= start.value()).count();
        Ok(Self { start, rank, value, window, next, above, sorted })
    }

    /// Takes the next score. Returns whether it is an anomaly by the threshold before. One that is not finite is, and leaves no trace.
    pub fn observe(&mut self, score: f32) -> bool {
        // What is no number is no score of an ordinary row either, and would stay in the window as the highest.
        if !score.is_finite() {
            return true;
        }
        let is_anomaly = score >= self.value;
        let oldest = std::mem::replace(&mut self.window[self.next], score);
        self.above += usize::from(score >= self.start.value());
        self.above -= usize::from(oldest >= self.start.value());
        self.next = (self.next + 1) % self.window.len();
        if self.next.is_multiple_of(STRIDE.max(self.window.len() / 64)) {
            self.look();
        }
        is_anomaly
    }

    /// The lowest score of an anomaly now.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// The threshold that it started with.
    pub fn start(&self) -> &Threshold {
        &self.start
    }

    /// The last scores, and the position of the oldest.
    pub(crate) fn window(&self) -> (&[f32], usize) {
        (&self.window, self.next)
    }

    fn look(&mut self) {
        if self.above < self.rank.get() {
            self.value = self.start.value();
            return;
        }
        // The score of that rank is among those that reach the threshold at the start, which are few if scores are as before.
        let start = self.start.value();
        self.sorted.clear();
        for scores in self.window.chunks(PASSED_OVER) {
            if scores.iter().fold(0, |reached, &score| reached | u32::from(score >= start)) != 0 {
                self.sorted.extend(scores.iter().filter(|&&score| score >= start));
            }
        }
        let at = self.sorted.len() - self.rank.get();
        let (_, quantile, _) = self.sorted.select_nth_unstable_by(at, f32::total_cmp);
        self.value = lowest_above(f64::from(*quantile)).max(self.start.value());
    }
}
