//! From scaled rows to scores.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::calibration::Calibration;
use crate::config::ScoreKind;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::prototypes::{PrototypeValues, Prototypes};

/// Prototypes whose distances make a score: of several, so that a burst of equal rows among the training rows does not hide others.
pub(crate) const NEAREST: usize = 3;

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

    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn forward(&self, x: Tensor<B, 2>) -> Errors<B> {
        let prototypes = self.prototypes.distance(x.clone());
        Errors { prototypes, ..self.ensemble.forward(x) }
    }

    /// The score of that kind: `[rows]`.
    ///
    /// # Shapes
    /// - x: [rows, features], in 0-1
    pub(crate) fn score(&self, x: Tensor<B, 2>, kind: ScoreKind) -> Tensor<B, 1> {
        self.calibration.score(&self.forward(x), kind)
    }
}
