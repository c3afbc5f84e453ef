//! The sorted scores of normal rows.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The sorted scores of rows that are held to be normal and were held out from training. Thresholds of any kind and rate are fitted to
/// them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct NormalScores {
    /// Ascending, finite, at least one score.
    scores: Vec<f32>,
}

impl TryFrom<Vec<f32>> for NormalScores {
    type Error = Error;

    fn try_from(scores: Vec<f32>) -> Result<Self, Error> {
        Self::new(scores)
    }
}

impl From<NormalScores> for Vec<f32> {
    fn from(scores: NormalScores) -> Self {
        scores.scores
    }
}

impl NormalScores {
    /// Sorts scores `[rows]` in any order.
    ///
    /// # Errors
    ///
    /// If there is no score, or a score is not finite.
    pub fn new(mut scores: Vec<f32>) -> Result<Self, Error> {
        if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
            return Err(Error::ScoreNotFinite { row: row as u64, score: scores[row] });
        }
        if scores.is_empty() {
            return Err(Error::NoScores);
        }
        scores.sort_unstable_by(f32::total_cmp);
        Ok(Self { scores })
    }

    /// The scores `[rows]`, ascending.
    pub fn as_slice(&self) -> &[f32] {
        &self.scores
    }

    /// Number of scores, at least 1.
    pub fn rows(&self) -> usize {
        self.scores.len()
    }

    /// The score of a rank from the top, counted from 1.
    pub(super) fn ranked(&self, rank: usize) -> f64 {
        f64::from(self.scores[self.scores.len() - rank])
    }

    /// The score with the given tail probability, from 1 / (rows + 1) to rows / (rows + 1). It is the order statistic of the fractional
    /// rank `tail_probability · (rows + 1)` from the top, as in split conformal prediction, linear between ranks.
    pub(super) fn quantile(&self, tail_probability: f64) -> f64 {
        let rows = self.scores.len();
        let rank = (tail_probability * (rows as f64 + 1.0)).clamp(1.0, rows as f64);
        let (above, below) = (self.ranked(rank.floor() as usize), self.ranked(rank.ceil() as usize));
        above + (below - above) * rank.fract()
    }

    /// The probability that another normal row scores at least this high: 1 / (rows + 1) to 1.
    ///
    /// The score of rank `k` among `n` has `k / (n + 1)`, with the last rank for equal scores. It is linear between scores, constant above
    /// the highest, and 1 below the lowest.
    pub(crate) fn tail_probability(&self, score: f32) -> f64 {
        self.tail_probability_above(score, self.scores.partition_point(|&s| s < score))
    }

    /// The tail probability of a score that `below` scores are lower than.
    pub(super) fn tail_probability_above(&self, score: f32, below: usize) -> f64 {
        let rows = self.scores.len();
        let rank = rows - below;
        let rank = if rank == 0 {
            1.0
        } else if self.scores[below] == score {
            rank as f64
        } else if rank == rows {
            rows as f64 + 1.0
        } else {
            let (above, below) = (self.ranked(rank), self.ranked(rank + 1));
            rank as f64 + (above - f64::from(score)) / (above - below)
        };
        rank / (rows as f64 + 1.0)
    }
}
