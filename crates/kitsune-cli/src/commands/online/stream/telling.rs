//! What a person is told of a stream.

use anyhow::anyhow;
use kitsune_core::online::{OnlineKitsune, OnlineState};

use super::Stream;
use crate::console::{counted, thousands};

/// Changes of what is ordinary that are said on standard error.
const TOLD_CHANGES: u64 = 3;

impl Stream<'_> {
    /// Says that what is ordinary has changed, a few times: rows that depend on each other, such as packets, change often.
    pub(super) fn tell_of_change(&mut self, row: u64) {
        self.changes += 1;
        if self.changes <= TOLD_CHANGES {
            let row = thousands(row);
            self.reporter.say(&format!("row {row}: what is ordinary has changed, since scores are no longer distributed as before"));
        } else if self.changes == TOLD_CHANGES + 1 {
            self.reporter.say("further changes are told by the column drift alone");
        }
    }

    /// Says what the detector does now, if it has begun to do it.
    pub(super) fn tell_of_state(&mut self) {
        let Some(detector) = &self.detector else { return };
        let state = detector.state();
        let before = self.state.replace(state);
        let is_new = |is: fn(&OnlineState) -> bool| is(&state) && !before.as_ref().is_some_and(is);
        if let Some(map) = detector.feature_map().filter(|_| before.is_some_and(|before| matches!(before, OnlineState::Mapping { .. })))
            && !matches!(state, OnlineState::Mapping { .. })
        {
            self.reporter.say(&format!(
                "{} of {}",
                counted(map.clusters().len() as u64, "cluster"),
                counted(map.features() as u64, "column")
            ));
        }
        if is_new(|state| matches!(state, OnlineState::Executing)) {
            self.reporter.say(&match (detector.threshold(), detector.normal_scores()) {
                (Some(threshold), _) => format!("the grace period is over, and rows are scored: the threshold is {threshold:.4}"),
                (None, Some(scores)) => format!(
                    "the grace period is over, and rows are scored, but have no verdicts: an alert rate of {} needs more than the {} at its end",
                    detector.config().alert_rate,
                    counted(scores.rows() as u64, "row")
                ),
                (None, None) => "the grace period is over".to_owned(),
            });
        }
    }

    /// Says how many rows were flagged.
    pub(super) fn tell_of_flagged(&self) {
        let Some(counts) = self.detector.as_ref().map(OnlineKitsune::counts).filter(|counts| counts.observed > 0) else { return };
        let share = 100.0 * counts.flagged as f64 / counts.observed as f64;
        let of = counted(counts.observed, "scored row");
        self.reporter.say(&format!("flagged {} of {of} ({share:.2} %)", thousands(counts.flagged)));
    }

    /// The error of rows that end in the grace period.
    pub(super) fn in_grace(&self, error: kitsune_core::Error) -> anyhow::Error {
        let state = self.online.state.display();
        let advice = format!(
            "{} ends in the grace period (--resume goes on with further rows; without {state} another detector begins)",
            self.online.named()
        );
        anyhow!(error).context(advice)
    }
}
