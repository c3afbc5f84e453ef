//! What is counted while rows are scored, and the messages about it.

use burn::tensor::backend::Backend;
use kitsune_data::PassProgress;

use super::threshold::description;
use super::{RowScores, Scorer};
use crate::console::progress::Reporter;
use crate::console::{counted, thousands};

/// Counts over all batches of a pass.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    scored: u64,
    flagged: u64,
    outside: u64,
}

impl Tally {
    /// Adds a batch.
    pub(crate) fn count(&mut self, scores: &RowScores) {
        self.scored += scores.scored.scores.len() as u64;
        self.flagged += scores.flagged().count() as u64;
        self.outside += scores.scored.outside;
    }

    /// Reports the counts; `set` names the rows where there are several sets.
    pub(crate) fn report<B: Backend>(&self, scorer: &Scorer<B>, counts: &PassProgress, set: &str, reporter: &Reporter) {
        for (number, what) in [(counts.dropped(), "dropped because a value is missing"), (counts.filled(), "filled")] {
            if number > 0 {
                reporter.say(&format!("{set}{} {what}", counted(number, if what == "filled" { "missing value" } else { "row" })));
            }
        }
        if self.outside > 0 {
            reporter.say(&format!("{set}{} lay outside the range of the training rows", counted(self.outside, "value")));
        }
        if let Some(threshold) = scorer.threshold() {
            let (flagged, scored) = (thousands(self.flagged), counted(self.scored, "row"));
            reporter.say(&format!("{set}{flagged} of {scored} flagged: {}", description(threshold)));
        }
    }
}
