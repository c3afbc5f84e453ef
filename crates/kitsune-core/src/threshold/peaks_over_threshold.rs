//! The tail of the scores by extreme value theory.

use serde::{Deserialize, Serialize};

use super::generalised_pareto::GeneralisedPareto;
use super::normal_scores::NormalScores;
use crate::error::Error;

/// Share of the rows that are peaks, where there are rows enough: those above the 98 % quantile, as in the paper.
const PEAKS: f64 = 0.02;

/// Peaks for each alarm: the rate has to lie well inside the tail.
const PEAKS_PER_ALARM: f64 = 2.0;

/// Different scores that the distribution is fitted on, at least.
const DIFFERENT_PEAKS: usize = 20;

/// Peaks over threshold (Siffer, Fouque, Termier and Largouet, "Anomaly detection in streams with extreme value theory", KDD 2017): a score
/// that exceeds the start of the tail exceeds it by an amount that has a generalised Pareto distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct PeaksOverThreshold {
    /// Scores above are peaks.
    pub(super) start: f32,
    /// Share of the rows that are peaks.
    pub(super) share: f64,
    /// By how much a peak exceeds the start.
    pub(super) excess: GeneralisedPareto,
}

impl PeaksOverThreshold {
    /// The start is the highest score above which there are peaks enough: 2 % of the rows, two for each alarm, and 20 different ones.
    ///
    /// # Errors
    ///
    /// If so many scores are equal that there is no such tail.
    pub(super) fn fit(scores: &NormalScores, alert_rate: f64) -> Result<Self, Error> {
        let rows = scores.rows() as f64;
        let wanted = ((PEAKS_PER_ALARM * alert_rate).max(PEAKS) * rows).ceil() as usize;
        let (mut start, mut peaks, mut different, mut above) = (f32::MAX, 0, 0, 0);
        for (different_above, ties) in scores.as_slice().chunk_by(|a, b| a == b).rev().enumerate() {
            (start, peaks, different) = (ties[0], above, different_above);
            if different >= DIFFERENT_PEAKS && peaks >= wanted {
                break;
            }
            above += ties.len();
        }
        // Where many rows share the lowest score there may be fewer peaks than wanted; the rate has to lie in the tail all the same.
        let needed = DIFFERENT_PEAKS.max((alert_rate * rows) as usize + 1);
        if different < DIFFERENT_PEAKS || peaks < needed {
            let found = different.min(peaks);
            return Err(Error::TooFewPeaks { needed: needed as u64, found: found as u64, rows: scores.rows() as u64 });
        }
        let excess = GeneralisedPareto::fit(&Self::excesses(scores, start));
        Ok(Self { start, share: peaks as f64 / rows, excess })
    }

    /// What the scores above the start exceed it by: [peaks], above 0.
    pub(super) fn excesses(scores: &NormalScores, start: f32) -> Vec<f64> {
        scores.as_slice().iter().filter(|&&score| score > start).map(|&score| f64::from(score) - f64::from(start)).collect()
    }

    /// `scores` are those it was fitted on: the tail tells nothing of what lies below it.
    pub(super) fn tail_probability(self, score: f32, scores: &NormalScores) -> f64 {
        if score > self.start {
            self.share * self.excess.tail_probability(f64::from(score) - f64::from(self.start))
        } else {
            // While a stream goes by, the share of the peaks may rise above what it was among these scores.
            scores.tail_probability(score).max(self.share)
        }
    }

    /// The score with that tail probability, at least the start.
    pub(super) fn quantile(self, tail_probability: f64) -> f64 {
        f64::from(self.start) + self.excess.quantile((tail_probability / self.share).min(1.0))
    }
}
