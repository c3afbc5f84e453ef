//! The messages of a training.

use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::threshold::Threshold;
use kitsune_core::training::{Losses, Progress};
use kitsune_data::{ColumnWatch, PassProgress};

use crate::console::progress::Reporter;
use crate::console::row_counts::{row_counts, rows_left_out};
use crate::console::{counted, quoted};

/// Reports a training while it runs and when it is complete.
pub(crate) struct TrainingMessages {
    pub(crate) reporter: Reporter,
    /// The counts of the statistics pass.
    pub(crate) counts: PassProgress,
    pub(crate) watch: ColumnWatch,
    /// The names of the features on the command line.
    pub(crate) names: Vec<String>,
    /// The planned epochs.
    epochs: usize,
    /// The rows of all epochs together.
    rows: u64,
    /// The losses of the last epoch.
    losses: Option<Losses>,
}

impl TrainingMessages {
    pub(crate) fn new(reporter: Reporter, counts: PassProgress, watch: ColumnWatch, names: Vec<String>) -> Self {
        Self { reporter, counts, watch, names, epochs: 0, rows: 0, losses: None }
    }

    /// The numbers of rows that are left out, if there are any.
    pub(crate) fn not_used(&self) -> Option<String> {
        let mut parts = rows_left_out(&self.counts);
        if self.counts.rows() == 0 && self.counts.dropped() > 0 {
            parts.push(
                "no row has all values: choose columns with --columns, rows of one kind with --where, or fill gaps with --on-missing mean"
                    .into(),
            );
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Messages about the rows of the statistics pass.
    fn notices(&self) -> Vec<String> {
        let mut notices = row_counts(&self.counts);
        let suspects = [
            (self.watch.rising(), "only ever rise, as row numbers and times do"),
            (self.watch.constant(), "never change"),
            (self.watch.indistinct(), "hold integers that are too large to tell apart (from 2^53 on they are rounded to one value)"),
        ];
        for (features, what) in suspects {
            if !features.is_empty() {
                let names: Vec<_> = features.iter().map(|&feature| self.names[feature].as_str()).collect();
                let word = quoted(&names.join(","));
                notices.push(format!("warning: these columns {what}, and say nothing about new rows: --exclude {word} leaves them out"));
            }
        }
        notices
    }

    pub(crate) fn observe(&mut self, progress: Progress) {
        match progress {
            Progress::Statistics { rows } => self.reporter.advance(self.counts.bytes(), rows),
            Progress::Planned { rows, held_out, features, clusters, epochs, steps } => {
                self.reporter.end();
                self.notices().iter().for_each(|notice| self.reporter.say(notice));
                if features == 1 {
                    self.reporter.say(
                        "one column alone shows how usual its values are, and not how they follow each other: --lags 8 adds those of the 8 rows before",
                    );
                }
                if held_out > 0 {
                    self.reporter.say(&format!("{} held out for the threshold", counted(held_out, "row")));
                }
                self.reporter.say(&format!(
                    "{} of {} in {}: {}, {}",
                    counted(rows, "row"),
                    counted(features as u64, "feature"),
                    counted(clusters as u64, "cluster"),
                    counted(epochs as u64, "epoch"),
                    counted(steps, "step")
                ));
                (self.epochs, self.rows) = (epochs, rows.saturating_mul(epochs as u64));
            }
            Progress::Training => self.reporter.begin("training", Some(self.rows)),
            Progress::Resumed { epoch, rows } => {
                self.reporter.say(&format!("resumed after epoch {epoch} of {}", self.epochs));
                self.reporter.advance(rows, rows);
            }
            Progress::Step { rows, .. } => self.reporter.advance(rows, rows),
            Progress::Epoch { losses, .. } => self.losses = Some(losses),
            Progress::Calibration => {
                self.reporter.end();
                if let Some(Losses { tails, head, body, .. }) = self.losses {
                    let body = body.map_or_else(String::new, |body| format!(", body {body:.4}"));
                    self.reporter.say(&format!("mean loss in the last epoch: tails {tails:.4}, head {head:.4}{body}"));
                }
            }
            _ => {}
        }
    }

    /// Reports the results of the training.
    pub(crate) fn conclude<B: Backend>(&self, model: &Kitsune<B>) {
        let trimmed = model.summary().trimmed;
        if trimmed > 0.0 {
            let share = 100.0 * trimmed;
            self.reporter.say(&format!("{share:.1} % of the rows looked too strange to learn from, and trained nothing (--trim)"));
        }
        if model.stored_rows() > 0 {
            let stored = counted(model.stored_rows() as u64, "training row");
            self.reporter.say(&format!("{stored} stored in the model, to compare rows with (--neighbours)"));
        }
        self.reporter.say(&about_threshold(model));
    }
}

/// The threshold of a model and its alert rate, or the reason why it has none.
pub(crate) fn about_threshold<B: Backend>(model: &Kitsune<B>) -> String {
    let Some(threshold) = model.threshold() else {
        return format!("no threshold: {} (--alert-rate, --threshold)", lack_of_threshold(model));
    };
    let summary = model.summary();
    let source = match (summary.held_out, summary.recalibrated_on) {
        (0, None) => " (fitted to the training rows, since none were held out: of new rows it may be somewhat more)",
        _ => "",
    };
    let value = threshold.value();
    match threshold.kind().zip(threshold.alert_rate()) {
        Some((kind, rate)) => {
            format!("threshold {value:.4} by {kind}: {} of normal rows are expected to score that high{source}", percent(rate))
        }
        None => format!("threshold {value:.4}, a fixed number"),
    }
}

/// The reason why a model has no threshold.
pub(crate) fn lack_of_threshold<B: Backend>(model: &Kitsune<B>) -> String {
    let config = model.config();
    match model.normal_scores().map(|scores| Threshold::fit(scores, config.threshold, config.alert_rate)) {
        Some(Err(error)) => error.to_string(),
        Some(Ok(_)) | None => "the scores of normal rows are not known".to_owned(),
    }
}

/// A share in percent, without trailing zeros.
fn percent(share: f64) -> String {
    // f64 has no exact 0.1 %, so the value is rounded.
    let rounded = format!("{:.4}", 100.0 * share);
    format!("{} %", rounded.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_printed_in_percent() {
        let cases = [(0.01, "1 %"), (0.001, "0.1 %"), (0.05, "5 %"), (0.5, "50 %"), (0.123_456, "12.3456 %"), (0.1, "10 %")];
        for (share, said) in cases {
            assert_eq!(percent(share), said);
        }
    }
}
