//! The figures of a page, recorded while rows are scored.

use super::flagged::{Flagged, Highest};
use super::histogram::Histogram;
use super::series::Series;

/// Records scores batch by batch, in memory that does not grow with the rows.
#[derive(Debug)]
pub(crate) struct Recorder {
    series: Series,
    histogram: Histogram,
    flagged: Highest,
    rows: u64,
    without_score: u64,
    /// Rows with a label.
    labelled: u64,
    /// Rows that are labelled as anomalies.
    anomalies: u64,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let (series, histogram, flagged) = (Series::new(), Histogram::new(), Highest::new());
        Self { series, histogram, flagged, rows: 0, without_score: 0, labelled: 0, anomalies: 0 }
    }

    /// Takes the scores of the next rows; NaN stands for a row without a score. `labels` has a label for each row, which is true for an
    /// anomaly.
    pub(crate) fn record(&mut self, scores: &[f32], labels: Option<&[bool]>) {
        for (at, score) in scores.iter().enumerate() {
            let label = labels.and_then(|labels| labels.get(at)).copied();
            self.take((!score.is_nan()).then(|| score.clamp(f32::MIN, f32::MAX)), label);
        }
    }

    /// Takes a flagged row, whose score is recorded separately.
    pub(crate) fn flag(&mut self, row: Flagged) {
        self.flagged.take(row);
    }

    /// Whether the page would show a flagged row with this score, so that its reasons are needed.
    pub(crate) fn wants(&self, score: f32) -> bool {
        self.flagged.wants(score)
    }

    /// Counts flagged rows that the page does not show.
    pub(crate) fn count_hidden(&mut self, rows: usize) {
        self.flagged.count_hidden(rows as u64);
    }

    fn take(&mut self, score: Option<f32>, label: Option<bool>) {
        let is_anomaly = label == Some(true);
        self.rows += 1;
        self.labelled += u64::from(label.is_some());
        self.anomalies += u64::from(is_anomaly);
        self.series.take(score, is_anomaly);
        match score {
            Some(score) => self.histogram.take(score, is_anomaly),
            None => self.without_score += 1,
        }
    }

    pub(crate) fn series(&self) -> &Series {
        &self.series
    }

    pub(crate) fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    pub(crate) fn flagged(&self) -> &Highest {
        &self.flagged
    }

    /// All rows, with a score or without.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn without_score(&self) -> u64 {
        self.without_score
    }

    /// Rows with a score.
    pub(crate) fn scored(&self) -> u64 {
        self.rows - self.without_score
    }

    pub(crate) fn is_labelled(&self) -> bool {
        self.labelled > 0
    }

    pub(crate) fn anomalies(&self) -> u64 {
        self.anomalies
    }

    /// The share of anomalies among the rows with a label, which is the precision if all rows are flagged.
    pub(crate) fn prevalence(&self) -> f64 {
        if self.labelled == 0 { 0.0 } else { self.anomalies as f64 / self.labelled as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_any_size_are_recorded_alike() {
        let scores: Vec<f32> = (0..5000_u16).map(|n| if n % 11 == 0 { f32::NAN } else { f32::from(n % 257) }).collect();
        let labels: Vec<bool> = (0..5000).map(|n| n % 13 == 0).collect();
        let recorded = |batch: usize| {
            let mut recorder = Recorder::new();
            for (scores, labels) in scores.chunks(batch).zip(labels.chunks(batch)) {
                recorder.record(scores, Some(labels));
            }
            recorder
        };
        let whole = recorded(5000);
        assert_eq!((whole.rows(), whole.without_score(), whole.anomalies()), (5000, 455, 385));
        for batch in [1, 7, 1024] {
            assert_eq!(format!("{:?}", recorded(batch)), format!("{whole:?}"));
        }
    }

    #[test]
    fn infinite_scores_are_the_largest_ones() {
        let mut recorder = Recorder::new();
        recorder.record(&[f32::INFINITY, f32::NEG_INFINITY], None);
        assert_eq!((recorder.without_score(), recorder.histogram().not_positive()), (0, 1));
        assert_eq!(recorder.histogram().bars(5).len(), 1);
    }
}
