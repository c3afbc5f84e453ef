//! The recipe's optimizer, which the configuration names.

pub(crate) mod by_engine;
pub(crate) mod state;

use std::fmt;

use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{Adam, AdamConfig, GradientsParams, LearningRate, MultiGradientsParams, Optimizer, Sgd, SgdConfig};
use burn::tensor::backend::AutodiffBackend;

use crate::config::KitsuneConfig;
use crate::kinds::OptimizerKind;
use crate::model::ensemble::Ensemble;

/// Added to the norm of a gradient before the division, as in `PyTorch`.
pub(crate) const NORM_FLOOR: f64 = 1e-6;

/// Decays and epsilon of Adam, as in the paper (Kingma and Ba, 2015).
pub(crate) const BETA_1: f32 = 0.9;
pub(crate) const BETA_2: f32 = 0.999;
pub(crate) const EPSILON: f32 = 1e-8;

/// The factors of Adam's learning rate and of its epsilon in a step, counted from 1, that correct the bias of the moments: `√(1 - β₂ᵗ) / (1 - β₁ᵗ)` and
/// `√(1 - β₂ᵗ)` (Kingma and Ba, 2015, end of section 2).
pub(crate) fn bias_corrections(step: u64) -> [f64; 2] {
    let step = i32::try_from(step).unwrap_or(i32::MAX);
    let second = (1.0 - f64::from(BETA_2).powi(step)).sqrt();
    [second / (1.0 - f64::from(BETA_1).powi(step)), second]
}

/// The [`OptimizerKind`] of a configuration as a Burn optimizer: Adam with an epsilon of 1e-8, or stochastic gradient descent with momentum
/// and without dampening.
///
/// A [`Trainer`](crate::Trainer) whose model has that configuration recognises it, and clips and steps in one pass over all parameters.
#[derive(Clone)]
pub struct RecipeOptimizer<B: AutodiffBackend> {
    adam: OptimizerAdaptor<Adam, Ensemble<B>, B>,
    sgd: OptimizerAdaptor<Sgd<B::InnerBackend>, Ensemble<B>, B>,
    kind: OptimizerKind,
    momentum: f64,
}

impl KitsuneConfig {
    /// Makes the optimizer that [`optimizer`](Self::optimizer) names, for a [`Trainer`](crate::Trainer).
    pub fn init_optimizer<B: AutodiffBackend>(&self) -> RecipeOptimizer<B> {
        let momentum = MomentumConfig::new().with_momentum(self.momentum).with_dampening(0.0);
        RecipeOptimizer {
            adam: AdamConfig::new().with_epsilon(EPSILON).init(),
            sgd: SgdConfig::new().with_momentum(Some(momentum)).init(),
            kind: self.optimizer,
            momentum: self.momentum,
        }
    }
}

impl<B: AutodiffBackend> RecipeOptimizer<B> {
    /// Whether it is the optimizer that the configuration names and has taken no step.
    pub(crate) fn is_new_for(&self, config: &KitsuneConfig) -> bool {
        let is_same = self.kind == config.optimizer && self.momentum == config.momentum;
        is_same && self.adam.to_record().is_empty() && self.sgd.to_record().is_empty()
    }
}

impl<B: AutodiffBackend> fmt::Debug for RecipeOptimizer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipeOptimizer").field("kind", &self.kind).finish_non_exhaustive()
    }
}

type RecordOf<O, B> = <OptimizerAdaptor<O, Ensemble<B>, B> as Optimizer<Ensemble<B>, B>>::Record;

impl<B: AutodiffBackend> Optimizer<Ensemble<B>, B> for RecipeOptimizer<B> {
    /// The records of Adam and of stochastic gradient descent; one of them is empty.
    type Record = (RecordOf<Adam, B>, RecordOf<Sgd<B::InnerBackend>, B>);

    fn step(&mut self, learning_rate: LearningRate, ensemble: Ensemble<B>, grads: GradientsParams) -> Ensemble<B> {
        match self.kind {
            OptimizerKind::Adam => self.adam.step(learning_rate, ensemble, grads),
            OptimizerKind::Sgd => self.sgd.step(learning_rate, ensemble, grads),
        }
    }

    fn step_multi(&mut self, learning_rate: LearningRate, ensemble: Ensemble<B>, grads: MultiGradientsParams) -> Ensemble<B> {
        match self.kind {
            OptimizerKind::Adam => self.adam.step_multi(learning_rate, ensemble, grads),
            OptimizerKind::Sgd => self.sgd.step_multi(learning_rate, ensemble, grads),
        }
    }

    fn to_record(&self) -> Self::Record {
        (self.adam.to_record(), self.sgd.to_record())
    }

    fn load_record(self, (adam, sgd): Self::Record) -> Self {
        Self { adam: self.adam.load_record(adam), sgd: self.sgd.load_record(sgd), ..self }
    }
}
