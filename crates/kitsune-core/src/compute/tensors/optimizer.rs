//! The optimizers of the recipe on tensors: all parameters are one, so that clipping and step take as many operations as one parameter would.

use burn::tensor::{Tensor, backend::Backend};

use crate::config::{KitsuneConfig, OptimizerKind};
use crate::model::ensemble::Ensemble;
use crate::error::Error;
use crate::compute::gpu;
use crate::optimizer::clipping::factor;
use crate::compute::flat_layout::Places;
use crate::optimizer::{BETA_1, BETA_2, EPSILON, OptimizerState};
use crate::model::tied_autoencoder::{TiedAutoencoder, replace};

/// An optimizer, its state, and the parameters that it steps.
#[derive(Debug)]
pub(crate) struct FlatOptimizer<B: Backend> {
    clip_norm: f64,
    steps: u64,
    /// `[length]` of the places, like the moments.
    parameters: Tensor<B, 1>,
    rule: Rule<B>,
}

/// How it steps, and what it remembers for that.
#[derive(Debug)]
pub(crate) enum Rule<B: Backend> {
    /// First and second moments.
    Adam([Tensor<B, 1>; 2]),
    Descent {
        momentum: f64,
        velocity: [Tensor<B, 1>; 1],
    },
}

/// The numbers of a step.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) clip_norm: f64,
    pub(crate) rate: f64,
    /// Of Adam. Rate and epsilon are corrected for how young the moments are, which are left as they are.
    pub(crate) epsilon: f64,
}

impl<B: Backend> Rule<B> {
    fn moments(&self) -> &[Tensor<B, 1>] {
        match self {
            Self::Adam(moments) => moments,
            Self::Descent { velocity, .. } => velocity,
        }
    }

    fn moments_mut(&mut self) -> &mut [Tensor<B, 1>] {
        match self {
            Self::Adam(moments) => moments,
            Self::Descent { velocity, .. } => velocity,
        }
    }
}

impl<B: Backend> FlatOptimizer<B> {
    /// Of the parameters of an ensemble, as its configuration says.
    pub(crate) fn new(ensemble: &Ensemble<B>, places: &Places) -> Self {
        let KitsuneConfig { optimizer, momentum, clip_norm, .. } = ensemble.config();
        let parameters = places.parameters(ensemble);
        // Each by itself, for they are changed in place.
        let zeros = || Tensor::zeros([places.length()], &parameters.device());
        let rule = match optimizer {
            OptimizerKind::Adam => Rule::Adam([zeros(), zeros()]),
            OptimizerKind::Sgd => Rule::Descent { momentum: *momentum, velocity: [zeros()] },
        };
        Self { clip_norm: *clip_norm, steps: 0, parameters, rule }
    }

    /// One step, by the gradient of all parameters, which is clipped on the way: `[length]`.
    pub(crate) fn step(&mut self, learning_rate: f64, gradient: Tensor<B, 1>, by_kernels: bool) {
        self.steps += 1;
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (rate, epsilon) = match self.rule {
            Rule::Adam(_) => {
                let correction = (1.0 - f64::from(BETA_2).powi(steps)).sqrt();
                (learning_rate * correction / (1.0 - f64::from(BETA_1).powi(steps)), f64::from(EPSILON) * correction)
            }
            Rule::Descent { .. } => (learning_rate, 0.0),
        };
        let update = Update { clip_norm: self.clip_norm, rate, epsilon };
        let updated = if by_kernels { gpu::update(&update, &self.rule, &self.parameters, &gradient) } else { None };
        self.parameters = updated.unwrap_or_else(|| self.updated(&update, gradient));
    }

    /// The parameters after a step, by tensor operations.
    fn updated(&mut self, update: &Update, gradient: Tensor<B, 1>) -> Tensor<B, 1> {
        let factor = factor((gradient.clone() * gradient.clone()).sum(), update.clip_norm);
        let gradient = gradient * factor;
        let change = match &mut self.rule {
            Rule::Adam([first, second]) => {
                let (beta_1, beta_2) = (f64::from(BETA_1), f64::from(BETA_2));
                *first = first.clone() * beta_1 + gradient.clone() * (1.0 - beta_1);
                *second = second.clone() * beta_2 + gradient.clone() * gradient * (1.0 - beta_2);
                first.clone() * update.rate / (second.clone().sqrt() + update.epsilon)
            }
            Rule::Descent { momentum, velocity: [velocity] } => {
                *velocity = velocity.clone() * *momentum + gradient;
                velocity.clone() * update.rate
            }
        };
        self.parameters.clone() - change
    }

    /// Puts the parameters into the ensemble that they are of.
    pub(crate) fn write<E: Backend>(&self, ensemble: &mut Ensemble<E>, places: &Places, wrap: impl Fn(Tensor<B, 3>) -> Tensor<E, 3>) {
        let params = ensemble.parts_mut().flat_map(TiedAutoencoder::parameters_mut);
        params.zip(places.split(&self.parameters)).for_each(|(param, value)| replace(param, wrap(value)));
    }

    pub(crate) fn state(&self, places: &Places) -> OptimizerState {
        OptimizerState { steps: self.steps, moments: self.rule.moments().iter().flat_map(|moment| places.values(moment)).collect() }
    }

    /// Goes on with the parameters of that ensemble, from the bytes of a [`state`](Self::state).
    pub(crate) fn resume(&mut self, ensemble: &Ensemble<B>, places: &Places, bytes: &[u8]) -> Result<(), Error> {
        let moments = self.rule.moments_mut();
        let OptimizerState { steps, moments: values } = OptimizerState::from_bytes(bytes, moments.len() * places.count())?;
        self.parameters = places.parameters(ensemble);
        self.steps = steps;
        for (moment, values) in moments.iter_mut().zip(values.chunks_exact(places.count())) {
            *moment = places.placed(values, &self.parameters.device());
        }
        Ok(())
    }
}
