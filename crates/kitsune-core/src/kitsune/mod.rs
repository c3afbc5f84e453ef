//! The finished model: its file, its reasons, its recalibration.

pub(crate) mod reasons;
pub(crate) mod score_options;
pub(crate) mod verdicts;

pub(crate) mod atomic_file;
mod columns;
mod display;
mod excess;
mod file_autoencoders;
mod file_calibration;
mod file_parts;
mod from_torch;
mod model_file;
mod pooling;
mod reading;
mod recalibration;

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::compute::engine::Engine;
use crate::compute::scoring::{self, HostScoring, RawTensor};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::evaluation::drift::DriftWatch;
use crate::features::map::FeatureMap;
use crate::kinds::ScoreKind;
use crate::kitsune::score_options::ScoreOptions;
use crate::model::detector::Detector;
use crate::model::ensemble::{Ensemble, RowErrors};
use crate::model::excess::Excess;
use crate::model::recorded::Recorded;
use crate::model::scored::{HostErrors, Scored};
use crate::rows::batches::Batches;
use crate::rows::host_rows::HostRows;
use crate::rows::reading::Reading;
use crate::rows::source::{InMemory, RowSource};
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;
use crate::scaler::range_on_device::DeviceRange;
use crate::threshold::fit::Threshold;
use crate::threshold::normal_scores::NormalScores;

/// A trained detector that takes **raw** rows: ensemble, scaler, calibration and a summary of the training.
///
/// It is made by [`KitsuneConfig::fit`], [`Trainer::finish`](crate::Trainer::finish) or [`Kitsune::from_pretrained`]. It is a Burn
/// [`Module`]: inside another module it is recorded and restored completely by a recorder of full precision, whatever model the target
/// holds. Its weights take no gradient, so the optimizer of the other module leaves it as it is; the input of
/// [`forward`](Self::forward) does take one.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Kitsune<B: Backend> {
    pub(crate) detector: Detector<B>,
    pub(crate) device_scaler: DeviceScaler<B>,
    device_range: DeviceRange<B>,
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
    /// Half-life with which normal scores, and those that the threshold is for, are pooled.
    pub(crate) pool: Option<f64>,
    /// `None` where values beyond the range of the training rows add nothing to a score.
    pub(crate) excess: Option<Excess>,
    pub(crate) reading: Option<Reading>,
    pub(crate) summary: TrainingSummary,
}

impl Card {
    /// A card that says nothing but how rows are scaled.
    pub(crate) fn new(scaler: Scaler) -> Self {
        Self {
            scaler,
            columns: None,
            means: None,
            normal_scores: None,
            threshold: None,
            pool: None,
            excess: None,
            reading: None,
            summary: TrainingSummary::default(),
        }
    }
}

/// How a model was trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingSummary {
    /// Optimizer steps.
    pub steps: u64,
    /// Rows in these steps, trimmed ones too. A row counts each time that it is used.
    pub rows_seen: u64,
    /// Rows of the data; `None` if a caller's own loop trained the model.
    pub rows: Option<u64>,
    /// Passes over the rows; `None` if a caller's own loop trained the model.
    pub epochs: Option<u64>,
    /// Mean loss of the tails in the last epoch; `None` if a caller's own loop trained the model.
    pub tail_loss: Option<f64>,
    /// Mean loss of the head in the last epoch; `None` if a caller's own loop trained the model.
    pub head_loss: Option<f64>,
    /// Mean loss of the body in the last epoch; `None` without a body or if a caller's own loop trained the model.
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
        let device_range = DeviceRange::new(card.excess.as_ref().map(|excess| &excess.range), card.scaler.features(), device);
        Self { detector, device_scaler, device_range, card: Recorded::new(card) }
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

    /// A comparison of rows with the training rows. [`observe`](DriftWatch::observe) takes the rows batch by batch.
    pub fn drift_watch(&self) -> DriftWatch {
        DriftWatch::new(self.scaler(), self.means())
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

    /// Replaces the configuration by one that gives the same model.
    pub(crate) fn with_config(mut self, config: KitsuneConfig) -> Self {
        self.detector.ensemble = self.detector.ensemble.with_config(config);
        self
    }

    pub(crate) fn with_card(self, change: impl FnOnce(&mut Card)) -> Self {
        let mut card = self.card.get().clone();
        change(&mut card);
        Self { card: Recorded::new(card), ..self }
    }

    /// Scores of normal rows, by the model's default score and [pooled](Self::pool) if the model's are, to which thresholds are fitted. The rows are held-out rows, or training rows if
    /// [`TrainingSummary::held_out`] is 0, or the rows that [`recalibrated`](Self::recalibrated) was given. `None` if the model was given
    /// no such rows.
    pub fn normal_scores(&self) -> Option<&NormalScores> {
        self.card.get().normal_scores.as_ref()
    }

    /// The lowest score of an anomaly; `None` if there were too few normal rows for the alert rate, or none.
    pub fn threshold(&self) -> Option<&Threshold> {
        self.card.get().threshold.as_ref()
    }

    /// Returns the model with other normal scores, [pooled](Self::pool) as the model's are, and the threshold that its configuration names. With too few scores the model has no
    /// threshold. What a value far beyond the [`range`](Self::range) adds to a score rises to these scores and this threshold, if it was less.
    #[must_use]
    pub fn with_normal_scores(self, scores: NormalScores) -> Self {
        let threshold = Threshold::fit(&scores, self.config().threshold, self.config().alert_rate).ok();
        let highest = scores.as_slice()[scores.rows() - 1];
        let least = threshold.map_or(highest, |threshold| highest.max(threshold.value()));
        self.with_card(|card| (card.normal_scores, card.threshold) = (Some(scores), threshold)).with_least_scale(least)
    }

    /// The probability that a normal row scores at least this high, by the model's [`threshold`](Self::threshold); `None` without a
    /// threshold or normal scores.
    pub fn tail_probability(&self, score: f32) -> Option<f64> {
        Some(self.threshold()?.tail_probability(score, self.normal_scores()?))
    }

    /// Number of training rows that the model stores; see [`KitsuneConfig::neighbours`].
    pub fn stored_rows(&self) -> usize {
        self.detector.neighbours.count()
    }

    /// The share of the tails among the parts of a score, by the weights of the parts that the model has: in 0-1.
    pub fn share_of_tails(&self, score: ScoreKind) -> f64 {
        self.detector.share_of_tails(score)
    }

    /// What computes the scores.
    pub fn engine(&self) -> Engine {
        scoring::engine(&self.detector)
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
        scoring::errors_of_raw(&self.detector, self.raw(rows, None))
    }

    /// Scores raw rows on the device by the score that the options name; higher is stranger. All rows are scored at once, and no other
    /// option counts. Does not wait for the device.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    ///
    /// # Errors
    /// [`Error::NoSuchScore`] if the model lacks a part that the score needs.
    ///
    /// # Panics
    /// If the rows have another width than the model.
    pub fn score(&self, rows: Tensor<B, 2>, options: &ScoreOptions<'_>) -> Result<Tensor<B, 1>, Error> {
        let kind = self.checked_score(options)?;
        Ok(scoring::score_raw(&self.detector, self.raw(rows, Some(kind)), kind))
    }

    /// Scores all rows of a source, in the order of its pass 0. Rows of f32 or f64 in a [`TensorData`](burn::tensor::TensorData) or a
    /// [`RowSlice`](crate::RowSlice) are not copied.
    ///
    /// # Errors
    /// An error of the source, rows of another width, values that are not finite (errors count the rows of the source from 0),
    /// [`Error::OtherColumns`] and [`Error::ColumnOrder`] if source and model name their columns differently,
    /// [`Error::NoSuchScore`] if the model lacks a part that the score needs, and [`Error::Stopped`] if the check of the options breaks.
    pub fn score_rows(&self, rows: &(impl RowSource + ?Sized), options: &ScoreOptions<'_>) -> Result<Scored, Error> {
        self.check_order(rows)?;
        let clusters = self.feature_map().clusters().len();
        let mut scored = Scored::new(self.checked_score(options)?, options.errors.then(|| HostErrors::new(clusters)));
        if let Some(InMemory(rows)) = rows.in_memory() {
            self.score_view(rows, 0, options, &mut scored)?;
            return Ok(scored);
        }
        let mut first_row = 0;
        for batch in Batches::new(rows.pass(0)?, options.batch_rows) {
            first_row += self.score_view(HostRows::new(&batch?)?, first_row, options, &mut scored)?;
        }
        Ok(scored)
    }

    /// Appends the scores of rows, and returns the number of rows.
    fn score_view(&self, view: HostRows<'_>, first_row: u64, options: &ScoreOptions<'_>, scored: &mut Scored) -> Result<u64, Error> {
        view.check_features(self.scaler().features(), first_row)?;
        let ScoreOptions { batch_rows, check, .. } = *options;
        let scoring = HostScoring { batch_rows, check, excess: self.excess(scored.score) };
        scoring::score_host_rows(&self.detector, self.scaler(), view, first_row, scoring, scored)?;
        Ok(view.rows() as u64)
    }

    /// The score that the options name, if the model has it.
    fn checked_score(&self, options: &ScoreOptions<'_>) -> Result<ScoreKind, Error> {
        let score = options.score.unwrap_or(self.config().score);
        self.detector.check(score)?;
        Ok(score)
    }

    /// Rows to score by a kind, or to compute errors of.
    fn raw(&self, rows: Tensor<B, 2>, kind: Option<ScoreKind>) -> RawTensor<'_, B> {
        let excess = kind.and_then(|kind| self.excess(kind)).map(|excess| (excess, &self.device_range));
        RawTensor { rows, scaler: self.scaler(), device_scaler: &self.device_scaler, excess }
    }
}
