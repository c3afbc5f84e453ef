//! Trimming: the choice of the training rows to learn from.

use burn::tensor::{TensorData, backend::Backend};

use crate::compute::scoring;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::kitsune::{Card, Kitsune};
use crate::model::detector::Detector;
use crate::model::prototypes::Prototypes;
use crate::scaler::Scaler;

/// How many prototypes a row is compared with. A burst of equal anomalies cannot capture that many.
pub(super) const NEAREST: usize = 16;

/// A rough fit of the training rows, and the score above which a row trains nothing.
#[derive(Debug, Clone)]
pub(crate) struct ScoreLimit<B: Backend> {
    detector: Detector<B>,
    limit: f32,
}

impl<B: Backend> ScoreLimit<B> {
    pub(crate) fn new(detector: Detector<B>, limit: f32) -> Self {
        Self { detector, limit }
    }

    pub(crate) fn get(&self) -> (&Detector<B>, f32) {
        (&self.detector, self.limit)
    }

    /// The rough fit as the bytes of a model.
    pub(super) fn to_bytes(&self, device: &B::Device) -> Result<Vec<u8>, Error> {
        let features = self.detector.ensemble.feature_map().features();
        Kitsune::assemble(self.detector.clone(), Card::new(Scaler::identity(features)), device).to_bytes()
    }

    /// Reads a rough fit that [`to_bytes`](Self::to_bytes) wrote.
    pub(super) fn from_bytes(bytes: &[u8], limit: f32, device: &B::Device) -> Result<Self, Error> {
        let mut detector = Kitsune::from_bytes(bytes, device)?.detector;
        // A file does not say how many of them make a distance.
        if let Some(values) = detector.prototypes.to_values() {
            detector.prototypes = Prototypes::from_values(values, NEAREST, device);
        }
        Ok(Self { detector, limit })
    }

    /// Returns the positions of the rows to learn from, among rows in 0-1, F32 [rows, features].
    pub(crate) fn ordinary(&self, rows: &TensorData, device: &B::Device) -> Result<Vec<usize>, Error> {
        let scores = scoring::score_scaled_rows(&self.detector, rows, ScoreKind::Combined, device)?;
        Ok((0..scores.len()).filter(|&row| scores[row] <= self.limit).collect())
    }
}
