//! A threshold that goes on with a stream of scores.

use super::generalised_pareto::GeneralisedPareto;
use super::normal_scores::NormalScores;
use super::peaks_over_threshold::PeaksOverThreshold;
use super::{Tail, Threshold, ThresholdKind, lowest_above};
use crate::error::Error;
use crate::random::{Draws, Purpose, below};

/// Peaks that are kept, at least.
const KEPT_PEAKS: usize = 1_024;

/// What a score is to a [`StreamingThreshold`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamVerdict {
    /// Below the tail: one more normal row.
    Ordinary,
    /// In the tail, but no anomaly: the threshold was fitted anew.
    Peak,
    /// An anomaly; the threshold learns nothing of it.
    Anomaly,
}

/// Peaks over threshold in its streaming form (SPOT, Siffer et al., 2017): it begins as a fitted threshold, takes one score after another,
/// and fits itself anew with each peak that is no anomaly. For streams whose scores are distributed alike from beginning to end.
///
/// As in the original, what is called an anomaly teaches it nothing, be it a normal row or not. So the tail that it sees ends at its
/// threshold, and it has more alarms than stated: for exponential scores and 5,000 rows to begin with, 1.8 times as many at a rate of 0.001
/// and 1.9 times at 0.01, and with fewer rows more. Where a threshold is to keep its rate, fit one anew on more rows.
///
/// The original keeps all peaks. Here 1,024 are kept, or as many as it began with if these are more: a uniform sample of all that there
/// were, drawn by reservoir sampling (Vitter, 1985). Up to that number it is the original. Rows and peaks are counted, so their ratio is
/// that of the whole stream.
#[derive(Debug, Clone)]
pub struct StreamingThreshold {
    alert_rate: f64,
    value: f32,
    tail: PeaksOverThreshold,
    /// Normal rows so far, those of the fitted threshold included.
    rows: u64,
    /// Peaks among them.
    peaks: u64,
    /// By how much the kept peaks exceed the start of the tail.
    excesses: Vec<f64>,
    /// How many of them are kept.
    capacity: usize,
    seed: u64,
}

impl StreamingThreshold {
    /// Goes on from a threshold and the scores that it was fitted on. The seed decides which peaks are kept.
    ///
    /// # Errors
    ///
    /// If the threshold is not one of [`ThresholdKind::PeaksOverThreshold`], or none of the scores is in its tail.
    pub fn new(threshold: &Threshold, scores: &NormalScores, seed: u64) -> Result<Self, Error> {
        let Tail::PeaksOverThreshold(tail) = threshold.tail else {
            return Err(Error::NotStreaming { expected: ThresholdKind::PeaksOverThreshold, found: threshold.kind() });
        };
        let excesses = PeaksOverThreshold::excesses(scores, tail.start);
        if excesses.is_empty() {
            return Err(Error::TooFewPeaks { needed: 1, found: 0, rows: scores.rows() as u64 });
        }
        Ok(Self {
            alert_rate: threshold.alert_rate,
            value: threshold.value,
            tail,
            rows: scores.rows() as u64,
            peaks: excesses.len() as u64,
            capacity: excesses.len().max(KEPT_PEAKS),
            excesses,
            seed,
        })
    }

    /// Takes the next score.
    ///
    /// # Errors
    ///
    /// If the score is not finite. It counts for nothing then.
    pub fn observe(&mut self, score: f32) -> Result<StreamVerdict, Error> {
        if !score.is_finite() {
            return Err(Error::ScoreNotFinite { row: self.rows, score });
        }
        if score >= self.value {
            return Ok(StreamVerdict::Anomaly);
        }
        self.rows += 1;
        if score <= self.tail.start {
            return Ok(StreamVerdict::Ordinary);
        }
        self.keep(f64::from(score) - f64::from(self.tail.start));
        self.tail.share = self.peaks as f64 / self.rows as f64;
        self.value = lowest_above(self.tail.quantile(self.alert_rate));
        Ok(StreamVerdict::Peak)
    }

    /// The threshold as it is now.
    pub fn threshold(&self) -> Threshold {
        Threshold { alert_rate: self.alert_rate, value: self.value, tail: Tail::PeaksOverThreshold(self.tail) }
    }

    /// Counts a peak, and keeps it with the probability that each peak so far has of being kept.
    fn keep(&mut self, excess: f64) {
        self.peaks += 1;
        if self.excesses.len() < self.capacity {
            self.excesses.push(excess);
        } else {
            let bits = Draws::new(self.seed, Purpose::Peaks, 0).row_bits(self.peaks);
            match self.excesses.get_mut(below(self.peaks as usize, bits)) {
                Some(place) => *place = excess,
                None => return,
            }
        }
        self.tail.excess = GeneralisedPareto::fit(&self.excesses);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponential scores.
    fn score(row: u64) -> f32 {
        -(1.0 - Draws::new(11, Purpose::Sample, 0).row(row).uniform(0)).ln()
    }

    fn stream() -> (StreamingThreshold, NormalScores) {
        let scores = NormalScores::new((0..1_000).map(score).collect()).unwrap();
        let threshold = Threshold::fit(&scores, ThresholdKind::PeaksOverThreshold, 0.001).unwrap();
        (StreamingThreshold::new(&threshold, &scores, 0).unwrap(), scores)
    }

    #[test]
    fn until_the_kept_peaks_are_full_it_is_fitted_on_all_that_were_no_anomalies() {
        let (mut stream, scores) = stream();
        let start = stream.tail.start;
        let mut normal = scores.as_slice().to_vec();
        for row in 1_000..6_000 {
            if stream.observe(score(row)).unwrap() == StreamVerdict::Anomaly {
                continue;
            }
            normal.push(score(row));
            if score(row) > start {
                let excesses: Vec<f64> = normal.iter().filter(|&&s| s > start).map(|&s| f64::from(s) - f64::from(start)).collect();
                let share = excesses.len() as f64 / normal.len() as f64;
                let expected = PeaksOverThreshold { start, share, excess: GeneralisedPareto::fit(&excesses) };
                assert_eq!(stream.tail.share, expected.share, "row {row}");
                let (found, expected) = (f64::from(stream.value), expected.quantile(0.001));
                assert!((found / expected - 1.0).abs() < 1e-5, "row {row}: {found} instead of {expected}");
            }
        }
        assert!(stream.peaks > 100, "{} peaks", stream.peaks);
    }

    #[test]
    fn later_the_kept_peaks_are_an_even_sample_of_all() {
        let (mut stream, _) = stream();
        stream.capacity = 100;
        for peak in 21..=1_000 {
            stream.keep(f64::from(peak));
        }
        assert_eq!((stream.excesses.len(), stream.peaks), (100, 1_000));
        let kept = stream.excesses.iter().filter(|&&peak| peak > 500.0).count();
        // Half of them, with a deviation of 5.
        assert!((38..=62).contains(&kept), "{kept} of the later half");
    }
}
