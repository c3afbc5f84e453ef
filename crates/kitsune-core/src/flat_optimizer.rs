//! The optimizers of the recipe on tensors: all parameters are one, so that clipping and step take as many operations as one parameter would.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::config::{KitsuneConfig, OptimizerKind};
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::gradient_clipping::factor;
use crate::recipe_optimizer::{BETA_1, BETA_2, EPSILON, OptimizerState};
use crate::tied_autoencoder::{TiedAutoencoder, replace};

/// An optimizer, its state, and the parameters that it steps.
#[derive(Debug)]
pub(crate) struct FlatOptimizer<B: Backend> {
    momentum: f64,
    clip_norm: f64,
    steps: u64,
    /// Those of the ensemble's parts, one after the other: `[parameters]`, like the others.
    parameters: Tensor<B, 1>,
    /// First moments, or velocities.
    first: Tensor<B, 1>,
    /// Second moments of Adam.
    second: Option<Tensor<B, 1>>,
}

impl<B: Backend> FlatOptimizer<B> {
    /// Of the parameters of an ensemble, as its configuration says.
    pub(crate) fn new(ensemble: &Ensemble<B>) -> Self {
        let KitsuneConfig { optimizer, momentum, clip_norm, .. } = ensemble.config();
        let parameters = Self::of(ensemble);
        let zeros = parameters.zeros_like();
        let second = (*optimizer == OptimizerKind::Adam).then(|| zeros.clone());
        Self { momentum: *momentum, clip_norm: *clip_norm, steps: 0, parameters, first: zeros, second }
    }

    fn of(ensemble: &Ensemble<B>) -> Tensor<B, 1> {
        flat(ensemble.parts().flat_map(TiedAutoencoder::parameters).map(Param::val))
    }

    /// One step, by the gradients of all parameters in their order, which are clipped on the way.
    pub(crate) fn step(&mut self, learning_rate: f64, gradients: impl Iterator<Item = Tensor<B, 3>>) {
        self.steps += 1;
        let gradient = flat(gradients);
        let factor = factor((gradient.clone() * gradient.clone()).sum(), self.clip_norm);
        let gradient = gradient * factor;
        let (beta_1, beta_2) = (f64::from(BETA_1), f64::from(BETA_2));
        let change = if let Some(second) = &mut self.second {
            self.first = self.first.clone() * beta_1 + gradient.clone() * (1.0 - beta_1);
            *second = second.clone() * beta_2 + gradient.clone() * gradient * (1.0 - beta_2);
            let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
            let correction = (1.0 - beta_2.powi(steps)).sqrt();
            let rate = learning_rate * correction / (1.0 - beta_1.powi(steps));
            self.first.clone() * rate / (second.clone().sqrt() + f64::from(EPSILON) * correction)
        } else {
            self.first = self.first.clone() * self.momentum + gradient;
            self.first.clone() * learning_rate
        };
        self.parameters = self.parameters.clone() - change;
    }

    /// Puts the parameters into the ensemble that they are of.
    pub(crate) fn write<E: Backend>(&self, ensemble: &mut Ensemble<E>, wrap: impl Fn(Tensor<B, 3>) -> Tensor<E, 3>) {
        let mut start = 0;
        for param in ensemble.parts_mut().flat_map(TiedAutoencoder::parameters_mut) {
            let shape = param.shape();
            let end = start + shape.num_elements();
            replace(param, wrap(self.parameters.clone().narrow(0, start, end - start).reshape(shape)));
            start = end;
        }
    }

    pub(crate) fn state(&self) -> OptimizerState {
        let moments = [Some(&self.first), self.second.as_ref()].into_iter().flatten();
        OptimizerState {
            steps: self.steps,
            moments: moments.flat_map(|tensor| tensor.to_data().iter::<f64>().collect::<Vec<_>>()).collect(),
        }
    }

    /// Goes on with the parameters of that ensemble, from the bytes of a [`state`](Self::state).
    pub(crate) fn resume(&mut self, ensemble: &Ensemble<B>, bytes: &[u8]) -> Result<(), Error> {
        self.parameters = Self::of(ensemble);
        let [count] = self.parameters.dims();
        let all = if self.second.is_some() { 2 * count } else { count };
        let OptimizerState { steps, mut moments } = OptimizerState::from_bytes(bytes, all)?;
        let device = self.parameters.device();
        let tensor = |values: Vec<f64>| Tensor::from_data(TensorData::new(values, [count]), &device);
        let second = moments.split_off(count);
        self.steps = steps;
        self.first = tensor(moments);
        self.second = self.second.is_some().then(|| tensor(second));
        Ok(())
    }
}

/// All values one after the other.
fn flat<B: Backend>(tensors: impl Iterator<Item = Tensor<B, 3>>) -> Tensor<B, 1> {
    let one = |tensor: Tensor<B, 3>| {
        let count = tensor.shape().num_elements();
        tensor.reshape([count])
    };
    Tensor::cat(tensors.map(one).collect(), 0)
}
