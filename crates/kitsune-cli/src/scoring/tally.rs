//! What is counted while rows are scored, and the messages about it.

use burn::tensor::backend::Backend;
use kitsune_core::evaluation::Misfit;
use kitsune_core::scoring::AppliedThreshold;
use kitsune_data::PassProgress;

use super::drift::advice;
use super::threshold::description;
use super::{RowScores, Scorer};
use crate::console::progress::Reporter;
use crate::console::row_counts::row_counts;
use crate::console::{counted, thousands};

/// Counts over all batches of a pass.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    scored: u64,
    flagged: u64,
    /// Values outside the range of the training rows.
    outside: u64,
    /// Rows without the label of an anomaly, which should be normal.
    normal: u64,
    flagged_normal: u64,
}

impl Tally {
    /// Adds a batch. `labels` has a label for each row, which is true for an anomaly.
    pub(crate) fn count(&mut self, scores: &RowScores, labels: Option<&[bool]>) {
        let is_normal = |row: usize| labels.is_none_or(|labels| !labels[row]);
        let rows = scores.scored.scores.len();
        self.scored += rows as u64;
        self.flagged += scores.flagged().count() as u64;
        self.outside += scores.scored.outside;
        self.normal += (0..rows).filter(|&row| is_normal(row)).count() as u64;
        self.flagged_normal += scores.flagged().filter(|&row| is_normal(row)).count() as u64;
    }

    /// Whether the rows, as a whole, do not seem to be of the kind that the model was trained on.
    pub(crate) fn misfit<B: Backend>(&self, scorer: &Scorer<B>) -> Option<Misfit> {
        let alert_rate = scorer.threshold().and_then(AppliedThreshold::alert_rate);
        let values = self.scored * scorer.model().feature_map().features() as u64;
        Misfit::of(self.normal, self.flagged_normal, alert_rate, values, self.outside)
    }

    /// Reports the counts; `set` names the rows where there are several sets.
    pub(crate) fn report<B: Backend>(&self, scorer: &Scorer<B>, counts: &PassProgress, set: &str, reporter: &Reporter) {
        for text in row_counts(counts) {
            reporter.say(&format!("{set}{text}"));
        }
        if self.outside > 0 {
            reporter.say(&format!("{set}{} lay outside the range of the training rows", counted(self.outside, "value")));
        }
        if let Some(threshold) = scorer.threshold() {
            let (flagged, scored) = (thousands(self.flagged), counted(self.scored, "row"));
            reporter.say(&format!("{set}{flagged} of {scored} flagged: {}", description(threshold)));
        }
        if let Some(misfit) = self.misfit(scorer) {
            reporter.say(&format!("{set}{}", advice(misfit)));
        }
    }
}
