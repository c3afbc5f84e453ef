//! The end of a training: the finished model, its threshold, and what it says of its training.

use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::tensor::{TensorData, backend::AutodiffBackend};

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::ranges::Ranges;
use crate::kinds::Outside;
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::model::calibration::ScoreRule;
use crate::model::detector::{Detector, NEAREST};
use crate::model::ensemble::Ensemble;
use crate::rows::host_rows::{HostRows, floats};
use crate::rows::matrix::RowMatrix;
use crate::scaler::TrainingRange;
use crate::training::trainer::Trainer;

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B> + 'static> Trainer<B, O> {
    /// Finishes the model. `sample` are raw training rows [rows, features], which standardise its scores:
    /// [`FeatureMapper::sample`](crate::FeatureMapper::sample). `held_out` are raw rows [rows, features] that no step has seen
    /// ([`KitsuneConfig::is_held_out`]). The threshold is fitted to their scores as the configuration says, or to those of the sample, which
    /// are somewhat lower, where there are no held-out rows. With fewer rows than the alert rate needs (99 for 1 %) the model has no threshold,
    /// and [`Kitsune::applied_threshold`] says why.
    ///
    /// The [`range`](Kitsune::range) of the model is that of the scaler, the sample and the held-out rows together.
    ///
    /// The configuration of the model is that of the ensemble, except for what was done otherwise: `inputs` and `clamp` are those of the
    /// scaler (a half-ranked scaler without a skewed feature is one by minimum and maximum), `trim` is 0 unless [`trimming`](Self::trimming) was called, and `hold_out` is 0 without held-out rows.
    ///
    /// # Errors
    /// An empty or invalid sample, or held-out rows that are; [`Error::Diverged`] if a weight or an error is no longer finite.
    pub fn finish(&self, sample: TensorData, held_out: Option<TensorData>) -> Result<Kitsune<B::InnerBackend>, Error> {
        let rows = |data: &TensorData| data.shape.iter().next().copied().unwrap_or(0) as u64;
        let ordinary = self.ordinary(self.scaler.transform_view(&HostRows::new(&floats(&sample))?, 0)?.data)?;
        let trimmed = 1.0 - rows(&ordinary) as f64 / rows(&sample).max(1) as f64;
        let ensemble = self.ensemble().valid().with_config(self.config_as_done(held_out.is_some()));
        let detector = Detector::fit(ensemble, ordinary, NEAREST, ScoreRule::Surprise, &self.device)?;
        let held_rows = held_out.as_ref().map_or(0, rows);
        let summary =
            TrainingSummary { steps: self.steps, rows_seen: self.rows, trimmed, held_out: held_rows, ..TrainingSummary::default() };
        let card = Card { summary, ..Card::new(self.scaler.clone()) };
        let model = Kitsune::assemble(detector, card, &self.device);
        // The threshold uses all held-out rows, also those that trimming would drop. Without these the rate on clean rows would be several
        // times the stated one.
        let normal = held_out.as_ref().unwrap_or(&sample);
        let range = self.range([&sample, normal])?;
        model.with_normal_rows(normal, range)
    }

    /// The range of rows and scaler; `None` if values beyond it are to add nothing, or are refused.
    fn range(&self, rows: [&TensorData; 2]) -> Result<Option<TrainingRange>, Error> {
        if !self.ensemble().config().excess || self.scaler.outside() == Outside::Refuse {
            return Ok(None);
        }
        let mut ranges = Ranges::new(self.scaler.features());
        for rows in rows {
            ranges.take_in(&HostRows::new(&floats(rows))?);
        }
        let mut range = TrainingRange::of(self.scaler.table());
        range.widen(&ranges.minimum, &ranges.maximum);
        Ok(Some(range))
    }

    /// The configuration of the ensemble, with what was done instead.
    fn config_as_done(&self, holds_out: bool) -> KitsuneConfig {
        let config = self.ensemble().config().clone();
        let (trim, hold_out) = (config.trim, config.hold_out);
        let clamp = match self.scaler.outside() {
            Outside::Clamp => true,
            Outside::Extend => false,
            Outside::Refuse => config.clamp,
        };
        config
            .with_inputs(self.scaler.scaling())
            .with_clamp(clamp)
            .with_trim(if self.limit.is_some() { trim } else { 0.0 })
            .with_hold_out(if holds_out { hold_out } else { 0.0 })
    }

    /// Returns the rows in 0-1, F32 [rows, features], that the rough fit does not find too strange.
    fn ordinary(&self, rows: TensorData) -> Result<TensorData, Error> {
        let Some(limit) = &self.limit else { return Ok(rows) };
        let positions = limit.ordinary(&rows, &self.device)?;
        Ok(RowMatrix::of(&HostRows::new(&rows)?, &positions).into_data())
    }
}
