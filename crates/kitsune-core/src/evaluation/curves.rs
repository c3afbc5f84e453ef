//! The ROC and the precision-recall curve of a ranking.

use serde::{Deserialize, Serialize};

use super::ranking::Ranking;
use super::tally::{SUPPORT, Tally, precision};

/// A point of a ROC curve: the rates at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RocPoint {
    /// Rows that score at least this are flagged.
    pub threshold: f32,
    /// Share of the normal rows that are flagged.
    pub false_positive_rate: f64,
    /// Share of the anomalies that are flagged.
    pub true_positive_rate: f64,
}

/// A point of a precision-recall curve: recall and precision at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrecisionRecallPoint {
    /// Rows that score at least this are flagged.
    pub threshold: f32,
    /// Share of the anomalies that are flagged.
    pub recall: f64,
    /// Share of the flagged rows that are anomalies.
    pub precision: f64,
}

/// Both curves, thinned out for plotting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlottedCurves {
    /// The ROC curve, from the highest threshold down.
    pub roc: Vec<RocPoint>,
    /// The precision-recall curve, from the highest threshold down.
    pub precision_recall: Vec<PrecisionRecallPoint>,
    /// The highest threshold of both curves that at least 10 normal rows reach. The points above it rest on fewer, so that other rows of the
    /// same kind might move them far. `None` with fewer than 10 normal rows.
    pub supported_from: Option<f32>,
}

impl Ranking {
    /// The ROC curve: a point for each distinct score, from the highest down to (1, 1). The point (0, 0), above all scores, is not
    /// included.
    pub fn roc_curve(&self) -> Vec<RocPoint> {
        self.points().map(|(threshold, above)| self.roc_point(threshold, above)).collect()
    }

    /// The precision-recall curve: a point for each distinct score, from the highest down to a recall of 1.
    pub fn precision_recall_curve(&self) -> Vec<PrecisionRecallPoint> {
        self.points().map(|(threshold, above)| self.precision_recall_point(threshold, above)).collect()
    }

    /// Both curves with at most `points` points each, at least 3. These are the ends, the first point that 10 normal rows reach, and points
    /// that divide the length of the curve evenly.
    pub fn plotted_curves(&self, points: usize) -> PlottedCurves {
        let supported = self.points().position(|(_, above)| above.normal >= SUPPORT);
        PlottedCurves {
            roc: thin(self.roc_curve(), points, supported, |point| [point.false_positive_rate, point.true_positive_rate]),
            precision_recall: thin(self.precision_recall_curve(), points, supported, |point| [point.recall, point.precision]),
            supported_from: supported.map(|at| self.scores[at]),
        }
    }

    /// Each distinct score with the rows at or above it.
    fn points(&self) -> impl Iterator<Item = (f32, Tally)> {
        self.scores.iter().copied().zip(self.tallies().above())
    }

    fn roc_point(&self, threshold: f32, above: Tally) -> RocPoint {
        RocPoint {
            threshold,
            false_positive_rate: self.tallies().false_positive_rate(above),
            true_positive_rate: self.tallies().true_positive_rate(above),
        }
    }

    fn precision_recall_point(&self, threshold: f32, above: Tally) -> PrecisionRecallPoint {
        PrecisionRecallPoint { threshold, recall: self.tallies().true_positive_rate(above), precision: precision(above) }
    }
}

/// Picks at most `most` points. The length of the curve, horizontal and vertical steps added up, is cut into equal sections. The first
/// point of all, the last one of each section, and the one with the index `picked` are picked.
fn thin<P>(points: Vec<P>, most: usize, picked: Option<usize>, position: impl Fn(&P) -> [f64; 2]) -> Vec<P> {
    let most = most.max(3);
    if points.len() <= most {
        return points;
    }
    let step = |pair: &[P]| {
        let ([x, y], [next_x, next_y]) = (position(&pair[0]), position(&pair[1]));
        (next_x - x).abs() + (next_y - y).abs()
    };
    let lengths: Vec<f64> = std::iter::once(0.0)
        .chain(points.windows(2).scan(0.0, |length, pair| {
            *length += step(pair);
            Some(*length)
        }))
        .collect();
    let last = lengths.len() - 1;
    let section = |length: f64| (length / lengths[last] * (most - 2) as f64).ceil();
    let kept = |i: usize| i == 0 || i == last || Some(i) == picked || section(lengths[i]) < section(lengths[i + 1]);
    points.into_iter().enumerate().filter(|&(i, _)| kept(i)).map(|(_, point)| point).collect()
}
