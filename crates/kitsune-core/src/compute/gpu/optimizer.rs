//! The recipe's optimizers by kernels, on all parameters as one tensor.

use burn::tensor::{Tensor, backend::Backend};

use super::update::{Moments, Update};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kinds::OptimizerKind;
use crate::optimizer::{EPSILON, bias_corrections};

/// The optimizer that a configuration names, with its state.
#[derive(Debug)]
pub(crate) struct KernelOptimizer<B: Backend> {
    clip_norm: f64,
    steps: u64,
    moments: Moments<B>,
}

impl<B: Backend> KernelOptimizer<B> {
    /// An optimizer of parameters `[length]`.
    pub(crate) fn new(config: &KitsuneConfig, parameters: &Tensor<B, 1>) -> Self {
        // The moments need tensors of their own, since the kernels change them in place.
        let zeros = || Tensor::zeros(parameters.dims(), &parameters.device());
        let moments = match config.optimizer {
            OptimizerKind::Adam => Moments::Adam([zeros(), zeros()]),
            OptimizerKind::Sgd => Moments::Sgd { momentum: config.momentum, velocity: [zeros()] },
        };
        Self { clip_norm: config.clip_norm, steps: 0, moments }
    }

    /// Computes the parameters after a step from the gradient before clipping; all three are `[length]`.
    ///
    /// # Errors
    /// [`Error::Device`] if the kernels cannot read the tensors.
    pub(crate) fn step(&mut self, learning_rate: f64, parameters: &Tensor<B, 1>, gradient: &Tensor<B, 1>) -> Result<Tensor<B, 1>, Error> {
        self.steps += 1;
        let (rate, epsilon) = match self.moments {
            Moments::Adam(_) => {
                let [rate, epsilon] = bias_corrections(self.steps);
                (learning_rate * rate, f64::from(EPSILON) * epsilon)
            }
            Moments::Sgd { .. } => (learning_rate, 0.0),
        };
        super::update(&Update { clip_norm: self.clip_norm, rate, epsilon }, &self.moments, parameters, gradient)
            .ok_or_else(|| Error::Device { reason: "the kernels of the optimizer take f32 parameters only".to_owned() })
    }

    /// Steps taken.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// First and second moments, or the velocity: `[length]`.
    pub(crate) fn moments(&self) -> &[Tensor<B, 1>] {
        match &self.moments {
            Moments::Adam(moments) => moments,
            Moments::Sgd { velocity, .. } => velocity,
        }
    }

    /// Resumes after `steps` steps with the moments that [`moments`](Self::moments) returned.
    pub(crate) fn resume(&mut self, steps: u64, moments: Vec<Tensor<B, 1>>) {
        self.steps = steps;
        let own: &mut [Tensor<B, 1>] = match &mut self.moments {
            Moments::Adam(moments) => moments,
            Moments::Sgd { velocity, .. } => velocity,
        };
        own.iter_mut().zip(moments).for_each(|(own, moment)| *own = moment);
    }
}
