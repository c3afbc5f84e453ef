//! Peaks over threshold: the tail of the scores by extreme value theory.

use serde::{Deserialize, Serialize};

use super::generalised_pareto::GeneralisedPareto;
use super::normal_scores::NormalScores;
use crate::error::Error;

/// Share of the rows that are peaks, given enough rows: those above the 98 % quantile, as in the paper.
const PEAKS: f64 = 0.02;

/// Peaks per alarm, so that the rate is well inside the tail.
const PEAKS_PER_ALARM: f64 = 2.0;

/// Minimum number of distinct scores to fit the distribution to.
const DIFFERENT_PEAKS: usize = 20;

/// Peaks over threshold (Siffer, Fouque, Termier and Largouet, "Anomaly detection in streams with extreme value theory", KDD 2017). The
/// excesses of scores above the start of the tail have a generalised Pareto distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct PeaksOverThreshold {
    /// Start of the tail. Scores above it are peaks.
    pub(super) start: f32,
    /// Share of the rows that are peaks.
    pub(super) share: f64,
    /// Distribution of the excesses of peaks above the start.
    pub(super) excess: GeneralisedPareto,
}

impl PeaksOverThreshold {
    /// Fits the tail. It starts at the highest score with enough peaks above it: 2 % of the rows, two per alarm, and 20 distinct ones.
    ///
    /// # Errors
    ///
    /// If too many scores are equal for such a tail.
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
        // If many rows have the lowest score, there may be fewer peaks than wanted. The rate must still be within the tail.
        let needed = DIFFERENT_PEAKS.max((alert_rate * rows) as usize + 1);
        if different < DIFFERENT_PEAKS || peaks < needed {
            let found = different.min(peaks);
            return Err(Error::TooFewPeaks { needed: needed as u64, found: found as u64, rows: scores.rows() as u64 });
        }
        let excess = GeneralisedPareto::fit(&Self::excesses(scores, start));
        Ok(Self { start, share: peaks as f64 / rows, excess })
    }

    /// The excesses of the scores above the start: `[peaks]`, above 0.
    pub(super) fn excesses(scores: &NormalScores, start: f32) -> Vec<f64> {
        scores.as_slice().iter().filter(|&&score| score > start).map(|&score| f64::from(score) - f64::from(start)).collect()
    }

    /// `scores` must be those of the fit, since the tail gives no probability below its start.
    pub(super) fn tail_probability(self, score: f32, scores: &NormalScores) -> f64 {
        if score > self.start {
            self.share * self.excess.tail_probability(f64::from(score) - f64::from(self.start))
        } else {
            // During a stream the share of the peaks may rise above that in these scores.
            scores.tail_probability(score).max(self.share)
        }
    }

    /// The score with the given tail probability, at least the start.
    pub(super) fn quantile(self, tail_probability: f64) -> f64 {
        f64::from(self.start) + self.excess.quantile((tail_probability / self.share).min(1.0))
    }
}
