//! The optimizer of the recipe's own trainers, whose engine takes every step.

use burn::optim::{GradientsParams, LearningRate, MultiGradientsParams, Optimizer};
use burn::tensor::backend::AutodiffBackend;

use crate::model::ensemble::Ensemble;

/// Stands where a [`Trainer`](crate::Trainer) has an optimizer, if its engine takes the steps of the recipe's optimizer itself. Burn's
/// optimizers would otherwise be compiled for every backend and never be called.
#[derive(Debug, Clone)]
pub(crate) struct ByEngine;

impl<B: AutodiffBackend> Optimizer<Ensemble<B>, B> for ByEngine {
    type Record = ();

    fn step(&mut self, _: LearningRate, ensemble: Ensemble<B>, _: GradientsParams) -> Ensemble<B> {
        ensemble
    }

    fn step_multi(&mut self, _: LearningRate, ensemble: Ensemble<B>, _: MultiGradientsParams) -> Ensemble<B> {
        ensemble
    }

    fn to_record(&self) -> Self::Record {}

    fn load_record(self, (): Self::Record) -> Self {
        self
    }
}
