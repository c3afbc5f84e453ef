//! The curves and metrics of scores against labels.

/// The curves and metrics of rows with labels.
#[derive(Debug)]
pub(crate) struct Curves {
    /// False positive rate and true positive rate.
    pub(crate) roc: Curve,
    /// Recall and precision.
    pub(crate) precision_recall: Curve,
    pub(crate) metrics: Vec<Metric>,
}

/// A curve of any length.
#[derive(Debug)]
pub(crate) struct Curve {
    /// Both coordinates 0-1, in the order of falling thresholds.
    pub(crate) points: Vec<(f64, f64)>,
    /// The number of points at the start that rest on few normal rows.
    pub(crate) few: usize,
}

impl Curve {
    /// The part that rests on few normal rows, up to the first point of the other part, and this other part.
    pub(super) fn parts(&self) -> [&[(f64, f64)]; 2] {
        let first = if self.few > 0 { &self.points[..self.points.len().min(self.few + 1)] } else { &[] };
        [first, &self.points[self.few.min(self.points.len())..]]
    }
}

/// A metric with its bootstrap interval, if it has one.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) interval: Option<(f64, f64)>,
}

/// Thins a curve to the first, the lowest, the highest and the last point in each of `columns` slices along x. A drawing of these points looks
/// like the whole curve (M4 of Jugel et al. 2014).
pub(super) fn thinned(curve: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let column = |point: &(f64, f64)| (point.0 * columns as f64) as usize;
    let mut points = Vec::new();
    for slice in curve.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let at = |point: Option<&(f64, f64)>| point.and_then(|point| slice.iter().position(|other| other == point));
        let mut kept = vec![0, slice.len() - 1];
        kept.extend(at(slice.iter().min_by(by_height)));
        kept.extend(at(slice.iter().max_by(by_height)));
        kept.sort_unstable();
        kept.dedup();
        points.extend(kept.into_iter().map(|at| slice[at]));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_curve_keeps_ends_and_extremes() {
        let curve: Vec<_> = (0..=1_000_000_u64).map(|n| (n as f64 / 1e6, (n * 7919 % 1013) as f64 / 1013.0)).collect();
        let points = thinned(&curve, 400);
        assert!(points.len() <= 4 * 401, "{}", points.len());
        assert!(points.is_sorted_by_key(|point| point.0) && points.iter().all(|point| curve[(point.0 * 1e6).round() as usize] == *point));
        assert_eq!((points[0], points[points.len() - 1]), (curve[0], curve[curve.len() - 1]));
        let highest = |points: &[(f64, f64)]| points.iter().map(|point| point.1).fold(0.0, f64::max);
        assert_eq!(highest(&points), highest(&curve));
        assert!(thinned(&[], 400).is_empty());
    }

    #[test]
    fn the_parts_of_a_curve_meet() {
        let points = vec![(0.0, 0.0), (0.1, 0.5), (0.2, 0.75), (1.0, 1.0)];
        let parts = |few| {
            let curve = Curve { points: points.clone(), few };
            let [first, rest] = curve.parts();
            (first.to_vec(), rest.to_vec())
        };
        assert_eq!(parts(0), (vec![], points.clone()));
        assert_eq!(parts(2), (points[..3].to_vec(), points[2..].to_vec()));
        assert_eq!(parts(4), (points.clone(), vec![]));
    }

    #[test]
    fn a_short_curve_stays_as_it_is() {
        let curve = [(0.0, 0.0), (0.0, 0.5), (0.25, 0.5), (0.25, 1.0), (1.0, 1.0)];
        assert_eq!(thinned(&curve, 400), curve);
    }
}
