//! The finished model: its file, its reasons, its recalibration.

pub(crate) mod reasons;
pub(crate) mod scoring_options;

mod columns;
mod file;
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

/// A trained detector: ensemble, scaler, calibration and what is known of its training, together. Takes **raw** rows.
///
/// Made by [`KitsuneConfig::fit`], [`Trainer::finish`](crate::Trainer::finish) or [`Kitsune::from_pretrained`]. It is a Burn [`Module`]: as
/// a part of another module it is recorded and restored whole.
#[derive(Module, Debug)]
pub struct Kitsune<B: Backend> {
    pub(crate) detector: Detector<B>,
    pub(crate) device_scaler: DeviceScaler<B>,
    pub(crate) card: Recorded<B, Card>,
}

/// What a model knows beside its tensors.
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
    /// Rows that went through these steps, each counted as often as it came.
    pub rows_seen: u64,
    /// Rows of the data; `None` where a loop of somebody's own trained the model.
    pub rows: Option<u64>,
    /// Passes over them.
    pub epochs: Option<u64>,
    /// Mean loss of the tails in the last epoch.
    pub tail_loss: Option<f64>,
    /// Mean loss of the head in the last epoch.
    pub head_loss: Option<f64>,
    /// Mean loss of the body in the last epoch.
    #[serde(default)]
    pub body_loss: Option<f64>,
    /// Share of the rows that looked too strange to learn from.
    #[serde(default)]
    pub trimmed: f64,
    /// Rows of the data that were held out from training, for the threshold; 0 where they were too few, or had no numbers.
    #[serde(default)]
    pub held_out: u64,
    /// Rows that standardisation and threshold were refitted on since ([`Kitsune::recalibrated`]), where they were: then the normal scores are
    /// theirs.
    #[serde(default)]
    pub recalibrated_on: Option<u64>,
}

impl<B: Backend> Kitsune<B> {
    pub(crate) fn assemble(detector: Detector<B>, card: Card, device: &B::Device) -> Self {
        let device_scaler = DeviceScaler::new(card.scaler.table(), device);
        Self { detector, device_scaler, card: Recorded::new(card) }
    }

    /// The hyper-parameters.
    pub fn config(&self) -> &KitsuneConfig {
        self.detector.ensemble.config()
    }

    /// Which features each tail sees.
    pub fn feature_map(&self) -> &FeatureMap {
        self.detector.ensemble.feature_map()
    }

    /// The autoencoders, which see scaled rows.
    pub fn ensemble(&self) -> &Ensemble<B> {
        &self.detector.ensemble
    }

    /// How raw rows are scaled.
    pub fn scaler(&self) -> &Scaler {
        &self.card.get().scaler
    }

    /// Names of the features, where the data had names.
    pub fn columns(&self) -> Option<&[String]> {
        self.card.get().columns.as_deref()
    }

    /// Means of the features over the training rows, `[features]`; `None` where they are not known: in a model of a loop of somebody's own
    /// that was not told, or in a file of an older version.
    pub fn means(&self) -> Option<&[f64]> {
        self.card.get().means.as_deref()
    }

    /// How the model was trained.
    pub fn summary(&self) -> &TrainingSummary {
        &self.card.get().summary
    }

    /// The same model with names for its features.
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

    /// The same model with the means of its features, `[features]`: [`FeatureMapper::means`](crate::FeatureMapper::means).
    ///
    /// # Errors
    /// [`Error::FeatureCount`] unless there is one for each feature, [`Error::NotFinite`] for one that is not finite (row 0 stands for the
    /// means).
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

    /// Scores of normal rows, by the model's default score, from which thresholds are fitted: of rows that were held out, or, where
    /// [`TrainingSummary::held_out`] is 0, of training rows; after [`recalibrated`](Self::recalibrated) of those that were given there. `None` where no such rows were given.
    pub fn normal_scores(&self) -> Option<&NormalScores> {
        self.card.get().normal_scores.as_ref()
    }

    /// From which score on a row is an anomaly; `None` without normal scores, or where they are too few for the stated rate.
    pub fn threshold(&self) -> Option<&Threshold> {
        self.card.get().threshold.as_ref()
    }

    /// The same model with another threshold, fitted to its [`normal_scores`](Self::normal_scores).
    ///
    /// # Errors
    /// Those of [`Threshold::fit`]; [`Error::NoScores`] where the model has none.
    pub fn with_threshold(self, kind: ThresholdKind, alert_rate: f64) -> Result<Self, Error> {
        let threshold = Threshold::fit(self.normal_scores().ok_or(Error::NoScores)?, kind, alert_rate)?;
        Ok(self.with_card(|card| card.threshold = Some(threshold)))
    }

    /// The same model with other scores of normal rows, and the threshold that its configuration asks for, if they are enough for one.
    #[must_use]
    pub fn with_normal_scores(self, scores: NormalScores) -> Self {
        let threshold = Threshold::fit(&scores, self.config().threshold, self.config().alert_rate).ok();
        self.with_card(|card| (card.normal_scores, card.threshold) = (Some(scores), threshold))
    }

    /// The probability that a normal row scores at least this high, by the model's [`threshold`](Self::threshold), where it has one.
    pub fn tail_probability(&self, score: f32) -> Option<f64> {
        Some(self.threshold()?.tail_probability(score, self.normal_scores()?))
    }

    /// Errors of raw rows.
    ///
    /// Rows that are an f32 tensor have lost the low bits of large values already; [`score_rows`](Self::score_rows) scales in f64.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    ///
    /// # Panics
    /// If the rows have another width.
    pub fn forward(&self, rows: Tensor<B, 2>) -> RowErrors<B> {
        scoring::errors_of_raw(&self.detector, self.raw(rows))
    }

    /// Scores of raw rows, by the model's default score; higher is stranger. Does not wait for the device.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    ///
    /// # Panics
    /// If the rows have another width.
    pub fn score(&self, rows: Tensor<B, 2>) -> Tensor<B, 1> {
        // The default score was checked when the model was trained or loaded.
        scoring::score_raw(&self.detector, self.raw(rows), self.config().score)
    }

    /// As [`score`](Self::score), by the score that is asked for.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`] where the model lacks the part that it is made of.
    pub fn score_as(&self, rows: Tensor<B, 2>, kind: ScoreKind) -> Result<Tensor<B, 1>, Error> {
        self.detector.check(kind)?;
        Ok(scoring::score_raw(&self.detector, self.raw(rows), kind))
    }

    /// Scores of all rows of a source, in order, by the model's default score.
    ///
    /// # Errors
    /// What the source cannot give, rows of another width, values that are not finite.
    pub fn score_rows(&self, rows: &impl RowSource) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        for batch in Batches::new(rows.pass(0)?, scoring::BATCH_ROWS) {
            scores.extend(self.score_batch(batch?, self.config().score)?.scores);
        }
        Ok(scores)
    }

    /// Scores of one batch of host rows [rows, features], of any number type, by the score that is asked for.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite (rows and features in errors are those of the batch), and [`Error::NoSuchScore`].
    pub fn score_batch(&self, rows: TensorData, kind: ScoreKind) -> Result<Scored, Error> {
        Ok(self.score_host(&rows, &mut Scoring::new(kind))?.0)
    }

    /// As [`score_batch`](Self::score_batch), with the errors that the score is made of and those of tails and head; without them where there
    /// were no rows.
    ///
    /// # Errors
    /// Those of [`score_batch`](Self::score_batch).
    pub fn score_batch_with_errors(&self, rows: TensorData, kind: ScoreKind) -> Result<(Scored, Option<RowErrors<B>>), Error> {
        self.score_host(&rows, &mut Scoring::new(kind).with_errors())
    }

    /// Scores of host rows [rows, features], of any number type and any number, as `scoring` says.
    ///
    /// # Errors
    /// Those of [`score_batch`](Self::score_batch), and [`Error::Stopped`] if the check of `scoring` asks for it.
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
