//! A new threshold for a model.

use kitsune_core::kinds::ThresholdKind;
use kitsune_core::training::Progress;

use crate::backend::{AnyModel, Built, Task};
use crate::failure::Answer;
use crate::input::Input;
use crate::scoring::open;
use crate::watcher::Watcher;

/// A calibration by rows that are normal, or by those of them that are so by their labels.
pub(crate) struct Calibrate<'a> {
    pub(crate) model: &'a AnyModel,
    pub(crate) input: &'a Input,
    /// `None` for the kind in the model.
    pub(crate) threshold: Option<ThresholdKind>,
    pub(crate) alert_rate: Option<f64>,
    pub(crate) watcher: &'a Watcher,
}

impl Task for Calibrate<'_> {
    type Output = Answer<Option<AnyModel>>;

    fn run<B: Built>(self, _: &B::Device) -> Self::Output {
        let Some(model) = B::unwrapped(self.model) else { return Ok(None) };
        let mut source = open(model, &self.input.rows)?;
        if self.input.rows.has_labels() {
            source.normal_labels()?;
            source = source.normal_only();
        }
        let kind = self.threshold.unwrap_or(model.config().threshold);
        let alert_rate = self.alert_rate.unwrap_or(model.config().alert_rate);
        let mut observer = |progress| match progress {
            Progress::Statistics { rows } => self.watcher.show(false, "reading", rows, None),
            _ => self.watcher.look(),
        };
        let calibrated = model.clone().recalibrated(&source, kind, alert_rate, &mut observer);
        let calibrated = self.watcher.answer(calibrated.map_err(Into::into))?;
        // Without a threshold this says why.
        calibrated.applied_threshold(calibrated.config().score, kitsune_core::ThresholdChoice::Model)?;
        Ok(Some(B::wrapped(calibrated)))
    }
}
