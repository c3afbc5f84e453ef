//! The excess of a finished model: its range, and its scales by the rows that set the threshold.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::error::Error;
use crate::kinds::{Named, ScoreKind};
use crate::kitsune::Kitsune;
use crate::kitsune::score_options::ScoreOptions;
use crate::model::excess::{Excess, KINDS, KindExcess};
use crate::model::parts::PartErrors;
use crate::model::scored::{HostErrors, Scored};
use crate::scaler::TrainingRange;
use crate::scaler::range_on_device::DeviceRange;
use crate::threshold::normal_scores::NormalScores;

impl<B: Backend> Kitsune<B> {
    /// The lowest and the highest value of each feature over the training rows: those that trained, were trimmed and were held out, and
    /// those that the model was [recalibrated](Self::recalibrated) with. A value beyond its range raises the score of its row by
    /// `S · ln(1 + Σ_f d_f⁴) / ln(6562)`: `d_f` is the distance of the value of feature `f` from the range, in widths of the range and at most a
    /// million. `S` is the highest score of the rows that set the threshold, and at least the threshold. So any single value that lies ten widths beyond
    /// its range is flagged. A value that differs from the only one that its feature had counts as three widths.
    ///
    /// `None` if values beyond the range add nothing: the model is of an older file, its rows are in 0-1 and others are refused, or
    /// [`KitsuneConfig::excess`](crate::KitsuneConfig::excess) is off.
    pub fn range(&self) -> Option<&TrainingRange> {
        self.card.get().excess.as_ref().map(|excess| &excess.range)
    }

    /// What values beyond the range add to a score of a kind.
    pub(super) fn excess(&self, kind: ScoreKind) -> Option<KindExcess<'_>> {
        self.card.get().excess.as_ref().map(|excess| excess.of(kind))
    }

    /// Replaces the excess, on the device as well.
    fn with_excess(self, excess: Option<Excess>) -> Self {
        let device = self.ensemble().tails().weight.device();
        let device_range = DeviceRange::new(excess.as_ref().map(|excess| &excess.range), self.scaler().features(), &device);
        Self { device_range, ..self }.with_card(|card| card.excess = excess)
    }

    /// Raises the scale of the default score to `least`.
    pub(super) fn with_least_scale(self, least: f32) -> Self {
        let kind = self.config().score;
        self.with_card(|card| card.excess.iter_mut().for_each(|excess| excess.raise_scale(kind, least)))
    }

    /// Widens the range, if there is one, by the lowest and the highest values of more rows, `[features]` each.
    pub(crate) fn widened(self, lowest: &[f64], highest: &[f64]) -> Self {
        let excess = self.card.get().excess.clone().map(|mut excess| {
            excess.range.widen(lowest, highest);
            excess
        });
        self.with_excess(excess)
    }

    /// Returns the model with the threshold and, with a range, the excess by raw rows, [rows, features], that count as normal.
    ///
    /// # Errors
    /// No rows, invalid rows, and a score that is not finite.
    pub(crate) fn with_normal_rows(self, rows: &TensorData, range: Option<TrainingRange>) -> Result<Self, Error> {
        // No value of these rows is beyond the range, and the scales are not known yet.
        let model = self.with_excess(None);
        let kind = model.config().score;
        let combined = ScoreOptions::new().with_score(ScoreKind::Combined).with_errors();
        let Scored { scores, errors, .. } = model.score_rows(rows, &combined)?;
        let scales = match (&range, errors) {
            (Some(_), Some(errors)) => model.highest_scores(errors)?,
            _ => [0.0; KINDS],
        };
        let scores = if kind == ScoreKind::Combined { scores } else { model.score_rows(rows, &ScoreOptions::new())?.scores };
        let scores = NormalScores::new(scores)?;
        Ok(model.with_excess(range.map(|range| Excess { range, scales })).with_normal_scores(scores))
    }

    /// The highest score of each kind, 0 for a kind that the model lacks, by the errors of all its parts.
    fn highest_scores(&self, errors: HostErrors) -> Result<[f32; KINDS], Error> {
        let device = self.ensemble().tails().weight.device();
        let HostErrors { clusters, tails, head, body, prototypes, tail_residuals, body_residuals, neighbours, marginals } = errors;
        let rows = head.len();
        let column = |values: Vec<f32>| Tensor::<B, 1>::from_data(TensorData::new(values, [rows]), &device);
        let errors = PartErrors {
            tails: Tensor::from_data(TensorData::new(tails, [rows, clusters]), &device),
            head: Some(column(head)),
            body: body.map(column),
            prototypes: prototypes.map(column),
            tail_residuals: tail_residuals.map(column),
            body_residuals: body_residuals.map(column),
            neighbours: neighbours.map(column),
            marginals: marginals.map(column),
        };
        let mut scales = [0.0; KINDS];
        for &kind in ScoreKind::ALL.iter().filter(|&&kind| self.detector.check(kind).is_ok()) {
            let highest = self.detector.calibration.score(&errors, kind).max().into_data().iter::<f32>().next().unwrap_or(0.0);
            if !highest.is_finite() {
                return Err(Error::Diverged { what: "the scores are" });
            }
            scales[kind as usize] = highest;
        }
        Ok(scales)
    }
}
