//! The finished model.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::config::{KitsuneConfig, ScoreKind};
use crate::detector::Detector;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::feature_map::FeatureMap;
use crate::rows::{Batches, RowSource};
use crate::scaler::{DeviceScaler, Scaler};

/// Rows that [`Kitsune::score_rows`] sends through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// A trained detector: ensemble, scaler, calibration and what is known of its training, together. Takes **raw** rows.
///
/// Made by [`KitsuneConfig::fit`], [`Trainer::finish`](crate::Trainer::finish) or [`Kitsune::from_pretrained`]. It is a Burn [`Module`]: as a
/// part of another module it is recorded and restored whole.
#[derive(Module, Debug)]
pub struct Kitsune<B: Backend> {
    pub(crate) detector: Detector<B>,
    device_scaler: DeviceScaler<B>,
    pub(crate) card: Carried<B, Card>,
}

/// What a model knows beside its tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) scaler: Scaler,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) means: Option<Vec<f64>>,
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
}

/// Scores of host rows.
#[derive(Debug, Clone)]
pub struct Scored<B: Backend> {
    /// One for each row, in order.
    pub scores: Vec<f32>,
    /// What they were made of, still on the device; nothing where there were no rows.
    pub errors: Option<Errors<B>>,
    /// How many values lay outside the range of the training rows.
    pub outside: u64,
}

impl<B: Backend> Kitsune<B> {
    pub(crate) fn assemble(detector: Detector<B>, card: Card, device: &B::Device) -> Self {
        let device_scaler = DeviceScaler::new(&card.scaler, device);
        Self { detector, device_scaler, card: Carried::new(card) }
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

    /// Means of the features over the training rows, `[features]`; `None` where they are not known: in a model of a loop of somebody's own that
    /// was not told, or in a file of an older version.
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
    /// [`Error::FeatureCount`] unless there is one for each feature, [`Error::NotFinite`] for one that is not finite (row 0 stands for the means).
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
        Self { card: Carried::new(card), ..self }
    }

    /// Errors of raw rows.
    ///
    /// Rows that are an f32 tensor have lost the low bits of large values already; [`score_rows`](Self::score_rows) scales in f64.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    ///
    /// # Panics
    /// As Burn does, when the rows have another width.
    pub fn forward(&self, rows: Tensor<B, 2>) -> Errors<B> {
        self.detector.forward(self.device_scaler.forward(rows))
    }

    /// Scores of raw rows, by the model's default score; higher is stranger. Does not wait for the device.
    ///
    /// # Shapes
    /// - rows: [rows, features]
    /// - output: `[rows]`
    ///
    /// # Panics
    /// As Burn does, when the rows have another width.
    pub fn score(&self, rows: Tensor<B, 2>) -> Tensor<B, 1> {
        self.score_as(rows, self.config().score)
    }

    /// As [`score`](Self::score), by the score that is asked for.
    pub fn score_as(&self, rows: Tensor<B, 2>, kind: ScoreKind) -> Tensor<B, 1> {
        self.detector.calibration.score(&self.forward(rows), kind)
    }

    /// Scores of all rows of a source, in order, by the model's default score.
    ///
    /// # Errors
    /// What the source cannot give, rows of another width, values that are not finite.
    pub fn score_rows(&self, rows: &impl RowSource) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        for batch in Batches::new(rows.pass(0)?, BATCH_ROWS) {
            scores.extend(self.score_batch(batch?, self.config().score)?.scores);
        }
        Ok(scores)
    }

    /// Scores of one batch of host rows [rows, features], of any number type, by the score that is asked for.
    ///
    /// # Errors
    /// Rows of another width, values that are not finite; rows and features in errors are those of the batch.
    pub fn score_batch(&self, rows: TensorData, kind: ScoreKind) -> Result<Scored<B>, Error> {
        let scaled = self.scaler().transform(rows)?;
        if scaled.data.shape[0] == 0 {
            return Ok(Scored { scores: Vec::new(), errors: None, outside: 0 });
        }
        let device = self.ensemble().tails().weight.device();
        let errors = self.detector.forward(Tensor::from_data(scaled.data, &device));
        let scores = self.detector.calibration.score(&errors, kind).into_data().iter::<f32>().collect();
        Ok(Scored { scores, errors: Some(errors), outside: scaled.outside })
    }
}
