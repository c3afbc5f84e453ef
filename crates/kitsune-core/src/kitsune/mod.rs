//! The finished model: its file, its reasons, its recalibration.

pub(crate) mod reasons;
pub(crate) mod scoring_options;

mod atomic_file;
mod columns;
mod model_file;
mod recalibration;

use std::ops::ControlFlow;

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::compute::scoring::{self, HostScoring, RawTensor, Scored};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::kinds::ScoreKind;
use crate::kinds::ThresholdKind;
use crate::kitsune::scoring_options::Scoring;
use crate::model::detector::Detector;
use crate::model::ensemble::{Ensemble, RowErrors};
use crate::model::recorded::Recorded;
use crate::rows::batches::Batches;
use crate::rows::host_rows::{HostRows, floats};
use crate::rows::source::RowSource;
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;
use crate::threshold::Threshold;
use crate::threshold::normal_scores::NormalScores;

/// A trained detector that takes **raw** rows: ensemble, scaler, calibration and a summary of the training.
///
/// It is made by [`KitsuneConfig::fit`], [`Trainer::finish`](crate::Trainer::finish) or [`Kitsune::from_pretrained`]. It is a Burn
/// [`Module`]: inside another module it is recorded and restored completely.
#[derive(Module, Debug)]
pub struct Kitsune<B: Backend> {
    pub(crate) detector: Detector<B>,
    pub(crate) device_scaler: DeviceScaler<B>,
    pub(crate) card: Recorded<B, Card>,
}

/// The part of a model that is not tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) scaler: Scaler,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) means: Option<Vec<f64>>,
    pub(crate) normal_scores: Option<NormalScores>,
    pub(crate) threshold: Option<Threshold>,
    pub(crate) summary: TrainingSummary,
}

/// How a model was trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// Optimizer steps.
    pub steps: u64,
    /// Rows in these steps. A row counts each time that it is used.
    pub rows_seen: u64,
    /// Rows of the data; `None` if a caller's own loop trained the model.
    pub rows: Option<u64>,
    /// Passes over the rows.
    pub epochs: Option<u64>,
    /// Mean loss of the tails in the last epoch.
    pub tail_loss: Option<f64>,
    /// Mean loss of the head in the last epoch.
    pub head_loss: Option<f64>,
    /// Mean loss of the body in the last epoch.
    #[serde(default)]
    pub body_loss: Option<f64>,
    /// Share of the rows that trained nothing because the rough fit found them too strange.
    #[serde(default)]
    pub trimmed: f64,
    /// Rows that were held out from training for the threshold; 0 if the data had too few rows or no row numbers.
    #[serde(default)]
    pub held_out: u64,
    /// Rows on which [`Kitsune::recalibrated`] refitted standardisation and threshold. If this is set, the normal scores are those of these
    /// rows.
    #[serde(default)]
    pub recalibrated_on: Option<u64>,
}

impl<B: Backend> Kitsune<B> {
    pub(crate) fn assemble(detector: Detector<B>, card: Card, device: &B::Device) -> Self {
        let device_scaler = DeviceScaler::new(card.scaler.table(), device);
        Self { detector, device_scaler, card: Recorded::new(card) }
    }

    /// The hyper-parameters of the model.
    pub fn config(&self) -> &KitsuneConfig {
        self.detector.ensemble.config()
    }

    /// The features that each tail sees.
    pub fn feature_map(&self) -> &FeatureMap {
        self.detector.ensemble.feature_map()
    }

    /// The autoencoders, which take scaled rows.
    pub fn ensemble(&self) -> &Ensemble<B> {
        &self.detector.ensemble
    }

    /// The map from raw to scaled rows.
    pub fn scaler(&self) -> &Scaler {
        &self.card.get().scaler
    }

    /// The names of the features, if the data had names.
    pub fn columns(&self) -> Option<&[String]> {
        self.card.get().columns.as_deref()
    }

    /// Means of the features over the training rows, `[features]`. `None` if they are unknown: the file is of an older version, or a
    /// caller's own loop trained the model and did not set them.
    pub fn means(&self) -> Option<&[f64]> {
        self.card.get().means.as_deref()
    }

    /// A summary of the training.
    pub fn summary(&self) -> &TrainingSummary {
        &self.card.get().summary
    }

    /// Returns the model with names for its features.
    ///
    /// # Errors
    /// [`Error::ColumnNames`] unless there is one name for each feature.
    pub fn with_columns(self, columns: Vec<String>) -> Result<Self, Error> {
        let features = self.feature_map().features();
        if columns.len() != features {
            return Err(Error::ColumnNames { names: columns.len(), features });
        }
        Ok(self.with_card(|card| card.columns = Some(columns)))
    }

    /// Returns the model with the means of its features, `[features]`; see [`FeatureMapper::means`](crate::FeatureMapper::means).
    ///
    /// # Errors
    /// [`Error::FeatureCount`] unless there is one mean for each feature, [`Error::NotFinite`] (with row 0) for a mean that is not finite.
    pub fn with_means(self, means: Vec<f64>) -> Result<Self, Error> {
        let expected = self.feature_map().features();
        if means.len() != expected {
            return Err(Error::FeatureCount { row: 0, expected, found: means.len() });
        }
        if let Some(feature) = means.iter().position(|mean| !mean.is_finite()) {
            return Err(Error::NotFinite { row: 0, feature, value: means[feature] });
        }
        Ok(self.with_card(|card| card.means = Some(means)))
    }

    pub(crate) fn with_card(self, change: impl FnOnce(&mut Card)) -> Self {
        let mut card = self.card.get().clone();
        change(&mut card);
        Self { card: Recorded::new(card), ..self }
    }

    /// Scores of normal rows, by the model's default score, to which thresholds are fitted. The rows are held-out rows, or training rows if
    /// [`TrainingSummary::held_out`] is 0, or the rows that [`recalibrated`](Self::recalibrated) was given. `None` if the model was given
    /// no such rows.
    pub fn normal_scores(&self) -> Option<&NormalScores> {
        self.card.get().normal_scores.as_ref()
    }

    /// The lowest score of an anomaly; `None` without normal scores, or with too few of them for the alert rate.
    pub fn threshold(&self) -> Option<&Threshold> {
        self.card.get().threshold.as_ref()
    }

    /// Returns the model with another threshold, fitted to its [`normal_scores`](Self::normal_scores).
    ///
    /// # Errors
    /// Those of [`Threshold::fit`]; [`Error::NoScores`] if the model has no normal scores.
    pub fn with_threshold(self, kind: ThresholdKind, alert_rate: f64) -> Result<Self, Error> {
        let threshold = Threshold::fit(self.normal_scores().ok_or(Error::NoScores)?, kind, alert_rate)?;
        Ok(self.with_card(|card| card.threshold = Some(threshold)))
    }

    /// Returns the model with other normal scores and the threshold that its configuration names. With too few scores the model has no
    /// threshold.
    #[must_use]
    pub fn with_normal_scores(self, scores: NormalScores) -> Self {
        let threshold = Threshold::fit(&scores, self.config().threshold, self.config().alert_rate).ok();
        self.with_card(|card| (card.normal_scores, card.threshold) = (Some(scores), threshold))
    }

    /// The probability that a normal row scores at least this high, by the model's [`threshold`](Self::threshold); `None` without a
    /// threshold.
    pub fn tail_probability(&self, score: f32) -> Option<f64> {
        Some(self.threshold()?.tail_probability(score, self.normal_scores()?))
    }

    /// Computes the errors of raw rows.
    ///
    /// An f32 tensor has lost the low bits of large values already; [`score_rows`](Self::score_rows) scales in f64.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn forward(&self, rows: Tensor<B, 2>) -> RowErrors<B> {
        scoring::errors_of_raw(&self.detector, self.raw(rows))
    }

    /// Scores raw rows by the model's default score; higher is stranger. Does not wait for the device.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn score(&self, rows: Tensor<B, 2>) -> Tensor<B, 1> {
        // The default score was checked when the model was trained or loaded.
        scoring::score_raw(&self.detector, self.raw(rows), self.config().score)
    }

    /// Scores raw rows like [`score`](Self::score), by a given score.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`] if the model lacks a part that the score needs.
    pub fn score_as(&self, rows: Tensor<B, 2>, kind: ScoreKind) -> Result<Tensor<B, 1>, Error> {
        self.detector.check(kind)?;
        Ok(scoring::score_raw(&self.detector, self.raw(rows), kind))
    }

    /// Scores all rows of a source, in order, by the model's default score.
    ///
    /// # Errors
    /// An error of the source, rows of another width, values that are not finite.
    pub fn score_rows(&self, rows: &impl RowSource) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        for batch in Batches::new(rows.pass(0)?, scoring::BATCH_ROWS) {
            scores.extend(self.score_batch(batch?, self.config().score)?.scores);
        }
        Ok(scores)
    }

    /// Scores one batch of host rows [rows, features], of any number type, by a given score.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite (errors count rows and features within the batch), and [`Error::NoSuchScore`].
    pub fn score_batch(&self, rows: TensorData, kind: ScoreKind) -> Result<Scored, Error> {
        Ok(self.score_host(&rows, &mut Scoring::new(kind))?.0)
    }

    /// Scores like [`score_batch`](Self::score_batch) and returns the row errors as well: those that the score is computed from and those
    /// of tails and head. They are `None` for a batch without rows.
    ///
    /// # Errors
    /// Those of [`score_batch`](Self::score_batch).
    pub fn score_batch_with_errors(&self, rows: TensorData, kind: ScoreKind) -> Result<(Scored, Option<RowErrors<B>>), Error> {
        self.score_host(&rows, &mut Scoring::new(kind).with_errors())
    }

    /// Scores host rows [rows, features], of any number type and any number, with the options of `scoring`.
    ///
    /// # Errors
    /// Those of [`score_batch`](Self::score_batch), and [`Error::Stopped`] if the check of `scoring` breaks.
    pub fn score_host(&self, rows: &TensorData, scoring: &mut Scoring<'_>) -> Result<(Scored, Option<RowErrors<B>>), Error> {
        self.detector.check(scoring.kind)?;
        let rows = floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(self.scaler().features(), 0)?;
        let Scoring { kind, with_errors, batch_rows, check } = scoring;
        let check = &mut || match check.as_mut().map_or(ControlFlow::Continue(()), |check| check()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        };
        let batch_rows = batch_rows.unwrap_or(view.rows()).max(1);
        let scoring = HostScoring { kind: *kind, with_errors: *with_errors, batch_rows, check };
        scoring::score_host_rows(&self.detector, self.scaler(), view, scoring)
    }

    fn raw(&self, rows: Tensor<B, 2>) -> RawTensor<'_, B> {
        RawTensor { rows, scaler: self.scaler(), device_scaler: &self.device_scaler }
    }
}
