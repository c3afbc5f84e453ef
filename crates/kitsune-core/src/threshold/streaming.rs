//! A threshold that adapts to a stream of scores.

use serde::{Deserialize, Serialize};

use super::fit::{Tail, Threshold, lowest_above};
use super::generalised_pareto::GeneralisedPareto;
use super::normal_scores::NormalScores;
use super::peaks_over_threshold::PeaksOverThreshold;
use crate::error::Error;
use crate::kinds::ThresholdKind;
use crate::random::{Draws, Purpose, below};

/// Minimum capacity for peaks.
const KEPT_PEAKS: usize = 1_024;

/// The verdict of a [`StreamingThreshold`] on a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamVerdict {
    /// The score is below the tail and counts as one more normal row.
    Ordinary,
    /// The score is in the tail but no anomaly. The threshold was fitted anew.
    Peak,
    /// The score is an anomaly and does not change the threshold.
    Anomaly,
}

/// Peaks over threshold in its streaming form (SPOT, Siffer et al., 2017). It starts as a fitted threshold, takes scores one after another,
/// and is refitted at each peak that is no anomaly. It suits streams whose scores keep one distribution.
///
/// As in the original, flagged rows do not change it, whether they are normal or not. So the tail that it sees ends at its threshold, and
/// alarms are more frequent than stated: for exponential scores and 5,000 initial rows, 1.8 times as many at a rate of 0.001 and 1.9 times
/// at 0.01, and more with fewer rows. If the rate must be met, fit a new threshold on more rows.
///
/// The original stores all peaks. Here the capacity is 1,024, or the number of initial peaks if that is larger. Beyond it, the stored peaks
/// are a uniform sample of all peaks by reservoir sampling (Vitter, 1985); up to it, the method is the original. Rows and peaks are
/// counted, so their ratio is that of the whole stream.
#[derive(Debug, Clone)]
pub struct StreamingThreshold {
    alert_rate: f64,
    value: f32,
    tail: PeaksOverThreshold,
    /// Number of normal rows so far, those of the initial threshold included.
    rows: u64,
    /// Number of peaks among them.
    peaks: u64,
    /// Excesses of the stored peaks above the start of the tail.
    excesses: Vec<f64>,
    /// Maximum number of stored peaks.
    capacity: usize,
    seed: u64,
}

impl StreamingThreshold {
    /// Starts from a threshold and the scores of its fit. The seed decides which peaks are stored.
    ///
    /// # Errors
    ///
    /// If the threshold is not of [`ThresholdKind::PeaksOverThreshold`], or no score is in its tail.
    pub fn new(threshold: &Threshold, scores: &NormalScores, seed: u64) -> Result<Self, Error> {
        let (Tail::PeaksOverThreshold(tail), Some(alert_rate)) = (threshold.tail, threshold.alert_rate) else {
            return Err(Error::NotStreaming { expected: ThresholdKind::PeaksOverThreshold, found: threshold.kind() });
        };
        let excesses = PeaksOverThreshold::excesses(scores, tail.start);
        if excesses.is_empty() {
            return Err(Error::TooFewPeaks { needed: 1, found: 0, rows: scores.rows() as u64 });
        }
        Ok(Self {
            alert_rate,
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
    /// If the score is not finite. It changes nothing then.
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

    /// The current threshold.
    pub fn threshold(&self) -> Threshold {
        Threshold { alert_rate: Some(self.alert_rate), value: self.value, tail: Tail::PeaksOverThreshold(self.tail) }
    }

    /// Counts a peak, and stores it with the probability that any peak so far is stored.
    fn keep(&mut self, excess: f64) {
        self.peaks += 1;
        if self.excesses.len() < self.capacity {
            self.excesses.push(excess);
        } else {
            let bits = Draws::new(self.seed, Purpose::Peaks, 0).row_bits(self.peaks);
            match self.excesses.get_mut(below(self.peaks as usize, bits)) {
                Some(slot) => *slot = excess,
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
        // The expectation is half of them, with a deviation of 5.
        assert!((38..=62).contains(&kept), "{kept} of the later half");
    }
}
