//! Trimming: the choice of the training rows to learn from.

use burn::tensor::{TensorData, backend::Backend};

use crate::compute::scoring;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::detector::Detector;

/// A rough fit of the training rows, and the score above which a row trains nothing.
#[derive(Debug)]
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

    /// Returns the positions of the rows to learn from, among rows in 0-1, F32 [rows, features].
    pub(crate) fn ordinary(&self, rows: &TensorData, device: &B::Device) -> Result<Vec<usize>, Error> {
        let scores = scoring::score_scaled_rows(&self.detector, rows, ScoreKind::Combined, device)?;
        Ok((0..scores.len()).filter(|&row| scores[row] <= self.limit).collect())
    }
}
