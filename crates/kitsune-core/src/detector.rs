//! From scaled rows to scores.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::calibration::Calibration;
use crate::config::ScoreKind;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::prototypes::{PrototypeValues, Prototypes};
use crate::rows::Batches;

/// Rows that are scored at once.
const BATCH_ROWS: usize = 1_024;

/// Prototypes whose distances make a score: of several, so that a burst of equal rows among the training rows, which has some prototypes of
/// its own, does not hide others of its kind.
pub(crate) const NEAREST: usize = 4;

/// A trained ensemble with what a sample of training rows tells: their prototypes, and where their errors lie. Sees inputs in 0-1.
#[derive(Module, Debug)]
pub(crate) struct Detector<B: Backend> {
    pub(crate) ensemble: Ensemble<B>,
    pub(crate) prototypes: Prototypes<B>,
    pub(crate) calibration: Calibration<B>,
}

impl<B: Backend> Detector<B> {
    /// Of a sample of training rows in 0-1, F32 [rows, features]; a distance is the mean of those to the `nearest` prototypes.
    pub(crate) fn fit(ensemble: Ensemble<B>, sample: TensorData, nearest: usize, device: &B::Device) -> Result<Self, Error> {
        let config = ensemble.config();
        let features = ensemble.feature_map().features();
        let rows: Vec<f32> = sample.iter::<f32>().collect();
        let prototypes = PrototypeValues::fit(&rows, features, config.prototypes, config.seed);
        let prototypes = Prototypes::from_values(prototypes, nearest, device);
        let calibration = Calibration::fit(&ensemble, &prototypes, sample, device)?;
        Ok(Self { ensemble, prototypes, calibration })
    }

    /// The same with the errors of another sample, F32 [rows, features] in 0-1.
    pub(crate) fn recalibrated(self, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let calibration = Calibration::fit(&self.ensemble, &self.prototypes, sample, device)?;
        Ok(Self { calibration, ..self })
    }

    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward(&self, x: Tensor<B, 2>) -> Errors<B> {
        let prototypes = self.prototypes.distance(x.clone());
        Errors { prototypes, ..self.ensemble.forward(x) }
    }

    /// The errors that a score of that kind is made of, and those of tails and head in any case.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward_for(&self, x: Tensor<B, 2>, kind: ScoreKind) -> Errors<B> {
        let needs = |part| kind == part || kind == ScoreKind::Combined;
        let prototypes = if needs(ScoreKind::Prototypes) { self.prototypes.distance(x.clone()) } else { None };
        let body = if needs(ScoreKind::Body) { self.ensemble.body_error(x.clone(), None) } else { None };
        let tails = self.ensemble.tail_errors(x, None);
        let head = self.ensemble.head_error(tails.clone(), None);
        Errors { tails, head, body, prototypes }
    }

    /// The score of that kind: `[rows]`.
    ///
    /// # Errors
    /// [`Error::NoSuchScore`].
    pub(crate) fn score(&self, errors: &Errors<B>, kind: ScoreKind) -> Result<Tensor<B, 1>, Error> {
        let part = if kind == ScoreKind::Body { "body" } else { "prototypes" };
        self.calibration.score(errors, kind).ok_or(Error::NoSuchScore { part })
    }

    /// The scores of rows in 0-1 on the host, F32 [rows, features].
    pub(crate) fn score_host(&self, rows: TensorData, kind: ScoreKind, device: &B::Device) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::with_capacity(rows.shape[0]);
        for batch in Batches::new(std::iter::once(Ok(rows)), BATCH_ROWS) {
            let errors = self.forward_for(Tensor::from_data(batch?, device), kind);
            scores.extend(self.score(&errors, kind)?.into_data().iter::<f32>());
        }
        Ok(scores)
    }
}
