//! The recipe's optimizers by Burn, on all parameters as one tensor: clipping and step take as many operations as for one parameter.

use std::fmt;

use burn::optim::momentum::MomentumConfig;
use burn::optim::{Adam, AdamConfig, AdamState, AdaptiveMomentumState, Sgd, SgdConfig, SgdState, SimpleOptimizer};
use burn::tensor::{Tensor, backend::Backend};

use crate::config::KitsuneConfig;
use crate::kinds::OptimizerKind;
use crate::optimizer::{BETA_1, BETA_2, EPSILON, NORM_FLOOR, bias_corrections};

/// The flat gradient, clipped so that its L2 norm is at most `bound`, as `PyTorch` does. The factor stays on the device, so that the host does not wait.
///
/// Burn's `GradientClipping` takes the bound as f32 and adds nothing to the norm: with it a gradient clipped to 0.1 is 4e-6 off the original's.
pub(crate) fn clipped<B: Backend>(gradient: Tensor<B, 1>, bound: f64) -> Tensor<B, 1> {
    let norm = (gradient.clone() * gradient.clone()).sum().sqrt();
    gradient * ((norm + NORM_FLOOR).recip() * bound).clamp_max(1.0)
}

/// The optimizer that a configuration names, with its state.
pub(crate) struct FlatOptimizer<B: Backend> {
    clip_norm: f64,
    rule: Rule<B>,
}

enum Rule<B: Backend> {
    Adam { adam: Adam, state: Option<AdamState<B, 1>> },
    Sgd { sgd: Sgd<B>, state: Option<SgdState<B, 1>>, steps: usize },
}

impl<B: Backend> fmt::Debug for FlatOptimizer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatOptimizer").field("steps", &self.steps()).finish_non_exhaustive()
    }
}

impl<B: Backend> FlatOptimizer<B> {
    pub(crate) fn new(config: &KitsuneConfig) -> Self {
        let rule = match config.optimizer {
            OptimizerKind::Adam => Rule::Adam { adam: AdamConfig::new().with_epsilon(EPSILON).build(), state: None },
            OptimizerKind::Sgd => Rule::Sgd { sgd: sgd(config.momentum), state: None, steps: 0 },
        };
        Self { clip_norm: config.clip_norm, rule }
    }

    /// Computes the parameters after a step from the gradient before clipping; all three are `[length]`.
    pub(crate) fn step(&mut self, learning_rate: f64, parameters: Tensor<B, 1>, gradient: Tensor<B, 1>) -> Tensor<B, 1> {
        let gradient = clipped(gradient, self.clip_norm);
        match &mut self.rule {
            Rule::Adam { adam, state } => {
                let step = state.as_ref().map_or(0, |state| state.momentum.time) + 1;
                let (parameters, after) = adam.step(learning_rate * lost_by_f32(step), parameters, gradient, state.take());
                *state = after;
                parameters
            }
            Rule::Sgd { sgd, state, steps } => {
                let (parameters, after) = sgd.step(learning_rate, parameters, gradient, state.take());
                (*state, *steps) = (after, *steps + 1);
                parameters
            }
        }
    }

    /// Steps taken.
    pub(crate) fn steps(&self) -> u64 {
        match &self.rule {
            Rule::Adam { state, .. } => state.as_ref().map_or(0, |state| state.momentum.time as u64),
            Rule::Sgd { steps, .. } => *steps as u64,
        }
    }

    /// Number of moments per parameter.
    pub(crate) fn moment_count(&self) -> usize {
        match self.rule {
            Rule::Adam { .. } => 2,
            Rule::Sgd { .. } => 1,
        }
    }

    /// First and second moments, or the velocity, of parameters `[length]`; 0 before the first step.
    pub(crate) fn moments(&self, parameters: &Tensor<B, 1>) -> Vec<Tensor<B, 1>> {
        let zeros = parameters.zeros_like();
        match &self.rule {
            Rule::Adam { state: Some(state), .. } => vec![state.momentum.moment_1.clone(), state.momentum.moment_2.clone()],
            Rule::Sgd { state: Some(state), .. } => {
                // Burn does not expose the velocity. A step from 0 at rate 1, with momentum 1 and gradient 0, ends at minus the velocity.
                let (arrived, _) = sgd(1.0).step(1.0, zeros.clone(), zeros, Some(state.clone()));
                vec![arrived.neg()]
            }
            _ => vec![zeros; self.moment_count()],
        }
    }

    /// Resumes after `steps` steps with the moments that [`moments`](Self::moments) returned.
    pub(crate) fn resume(&mut self, steps: u64, moments: Vec<Tensor<B, 1>>) {
        match (&mut self.rule, &moments[..]) {
            (Rule::Adam { state, .. }, [first, second]) => {
                *state = Some(AdamState::new(AdaptiveMomentumState::new(steps as usize, first.clone(), second.clone())));
            }
            (Rule::Sgd { sgd, state, steps: taken }, [velocity]) => {
                // The first step of a new optimizer takes its gradient as the velocity.
                let (_, fresh) = sgd.step(0.0, velocity.zeros_like(), velocity.clone(), None);
                (*state, *taken) = (fresh, steps as usize);
            }
            _ => {}
        }
    }
}

/// What Burn's Adam loses of the learning rate in a step, counted from 1: it computes the bias correction in f32, which is off by up to 3e-5 of itself.
fn lost_by_f32(step: usize) -> f64 {
    let [exact, _] = bias_corrections(step as u64);
    let power = i32::try_from(step).unwrap_or(i32::MAX);
    exact / f64::from((1.0 - BETA_2.powi(power)).sqrt() / (1.0 - BETA_1.powi(power)))
}

/// Gradient descent with momentum and without dampening, as in `PyTorch`.
fn sgd<B: Backend>(momentum: f64) -> Sgd<B> {
    SgdConfig::new().with_momentum(Some(MomentumConfig::new().with_momentum(momentum).with_dampening(0.0))).build()
}

#[cfg(test)]
mod tests {
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;

    #[test]
    fn an_optimizer_resumes_from_its_moments() {
        let device = NdArrayDevice::default();
        let tensor = |values: [f32; 3]| Tensor::<NdArray, 1>::from_data(values, &device);
        for kind in [OptimizerKind::Adam, OptimizerKind::Sgd] {
            let config = KitsuneConfig::new().with_optimizer(kind);
            let mut optimizer = FlatOptimizer::new(&config);
            let mut parameters = tensor([1.0, 2.0, 3.0]);
            for gradient in [[0.5, -0.25, 1.0], [-0.125, 0.75, 0.5]] {
                parameters = optimizer.step(0.1, parameters, tensor(gradient));
            }
            let moments = optimizer.moments(&parameters);
            assert_eq!((optimizer.steps(), moments.len()), (2, optimizer.moment_count()));
            let mut resumed = FlatOptimizer::new(&config);
            resumed.resume(2, moments);
            let gradient = tensor([0.25, 0.5, -1.0]);
            let expected = optimizer.step(0.1, parameters.clone(), gradient.clone());
            assert_eq!(resumed.step(0.1, parameters, gradient).into_data(), expected.into_data(), "{kind:?}");
        }
    }
}
