//! The distribution of the scores.

/// The number of bins in a decade: so many that bars of a few bins still show scores that lie close together.
const PER_DECADE: usize = 512;
/// The powers of ten between which the positive numbers of f32 lie, including subnormal numbers.
const LOWEST: i32 = -45;
const HIGHEST: i32 = 39;
const BINS: usize = (HIGHEST - LOWEST) as usize * PER_DECADE;

/// Counts scores in bins of equal width on a log scale. The bins cover all of f32, so the range of the scores need not be known.
#[derive(Debug)]
pub(crate) struct Histogram {
    /// For each of the [`BINS`] the rows that are not labelled as anomalies, and the rows that are.
    counts: Vec<[u64; 2]>,
    /// Scores of 0 and below, which a log scale cannot show.
    not_positive: u64,
}

/// Several neighbouring bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    /// The scores of the bar are at least `low` and below `high`.
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) normal: u64,
    pub(crate) anomalous: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![[0; 2]; BINS], not_positive: 0 }
    }

    pub(crate) fn take(&mut self, score: f32, is_anomaly: bool) {
        if score <= 0.0 {
            self.not_positive += 1;
            return;
        }
        let bin = (f64::from(score).log10() - f64::from(LOWEST)) * PER_DECADE as f64;
        self.counts[(bin as usize).min(BINS - 1)][usize::from(is_anomaly)] += 1;
    }

    pub(crate) fn not_positive(&self) -> u64 {
        self.not_positive
    }

    /// At most `most` bars from the lowest to the highest score, all equally wide on a log scale.
    pub(crate) fn bars(&self, most: usize) -> Vec<Bar> {
        let filled = |counts: &[u64; 2]| *counts != [0; 2];
        let (Some(first), Some(last)) = (self.counts.iter().position(filled), self.counts.iter().rposition(filled)) else {
            return Vec::new();
        };
        let wide = (last - first + 1).div_ceil(most);
        let edge = |bin: usize| 10f64.powf(bin as f64 / PER_DECADE as f64 + f64::from(LOWEST));
        let bar = |(at, counts): (usize, &[[u64; 2]])| {
            let low = first + at * wide;
            let sum = |label: usize| counts.iter().map(|count| count[label]).sum();
            Bar { low: edge(low), high: edge(low + wide), normal: sum(0), anomalous: sum(1) }
        };
        self.counts[first..=last].chunks(wide).enumerate().map(bar).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_in_the_bar_around_it() {
        let scores = [f32::from_bits(1), f32::MIN_POSITIVE, 1e-12, 0.693, 0.694, 1.0, 17.5, 1e9, f32::MAX];
        for pair in scores.windows(2) {
            let mut histogram = Histogram::new();
            histogram.take(pair[0], false);
            histogram.take(pair[1], true);
            for most in [1, 2, 60] {
                let bars = histogram.bars(most);
                assert!(bars.len() <= most);
                let (first, last) = (bars[0], bars[bars.len() - 1]);
                // An edge is exact up to the rounding of a power; f32 is coarser than that.
                assert!(
                    first.low <= f64::from(pair[0]) * (1.0 + 1e-9) && f64::from(pair[1]) < last.high * (1.0 + 1e-9),
                    "{pair:?}: {bars:?}"
                );
                assert_eq!((first.normal, last.anomalous), (1, 1), "{pair:?}");
                assert_eq!(bars.iter().map(|bar| bar.normal + bar.anomalous).sum::<u64>(), 2);
            }
        }
    }

    #[test]
    fn zeros_and_negative_scores_are_counted_apart() {
        let mut histogram = Histogram::new();
        for score in [0.0, -0.0, -3.0] {
            histogram.take(score, false);
        }
        assert_eq!(histogram.not_positive(), 3);
        assert!(histogram.bars(10).is_empty());
    }
}
