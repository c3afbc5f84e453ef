//! Training steps on the host.

use std::sync::OnceLock;

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::AutodiffBackend;

use super::gradient::{Gradients, Step};
use super::owned::HostEnsemble;
use super::optimizer::{HostOptimizer, clipping};
use crate::model::ensemble::Ensemble;
use crate::error::Error;
use crate::optimizer::OptimizerState;

/// An ensemble in training whose parameters lie on the host.
#[derive(Debug)]
pub(crate) struct HostTraining<B: AutodiffBackend> {
    ensemble: HostEnsemble,
    gradients: Gradients,
    /// That of the recipe; any other works on tensors.
    optimizer: Option<HostOptimizer>,
    /// The ensemble as it is now, once somebody has asked for it.
    written: OnceLock<Ensemble<B>>,
    /// Sums of the mean losses of tails, head and body.
    losses: [f64; 3],
}

impl<B: AutodiffBackend> HostTraining<B> {
    /// `None` on a backend whose numbers do not lie on the host as f32. With `own` the steps are those of the configured optimizer.
    pub(crate) fn of(ensemble: &Ensemble<B>, own: bool) -> Option<Self> {
        let config = ensemble.config();
        let host = HostEnsemble::of(&ensemble.valid())?;
        let optimizer = own.then(|| HostOptimizer::new(config, host.parameters.len()));
        Some(Self { ensemble: host, gradients: Gradients::default(), optimizer, written: OnceLock::new(), losses: [0.0; 3] })
    }

    /// The ensemble as it is now, like the one that it was made of.
    pub(crate) fn ensemble(&self, like: &Ensemble<B>) -> &Ensemble<B> {
        self.written.get_or_init(|| self.ensemble.write(like.clone()))
    }

    /// One step; `like` is what the optimizer works on where it is not that of the recipe.
    pub(crate) fn step<O: Optimizer<Ensemble<B>, B>>(
        &mut self,
        step: Step<'_>,
        learning_rate: f64,
        like: &mut Ensemble<B>,
        optimizer: &mut O,
    ) -> Result<(), Error> {
        let Self { ensemble, gradients, optimizer: own, written, losses } = self;
        let sums = gradients.take(ensemble, step)?;
        written.take();
        let weight = sums.weight.max(1.0);
        losses.iter_mut().zip([sums.tails, sums.head, sums.body]).for_each(|(sum, loss)| *sum += loss / weight);
        if let Some(own) = own {
            own.step(learning_rate, &mut ensemble.parameters, &gradients.values);
            return Ok(());
        }
        let factor = clipping(&gradients.values, like.config().clip_norm);
        gradients.values.iter_mut().for_each(|value| *value *= factor);
        let mut grads = GradientsParams::new();
        for (id, tensor) in ensemble.by_id(&gradients.values, like) {
            grads.register(id, tensor);
        }
        *like = optimizer.step(learning_rate, like.clone(), grads);
        ensemble.read_parameters(&like.valid());
        Ok(())
    }

    /// Sums of the mean losses since they were last taken; of the body where there is one.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        let [tails, head, body] = std::mem::take(&mut self.losses);
        [Some(tails), Some(head), self.ensemble.has_body().then_some(body)]
    }

    /// The state of the optimizer, where it is that of the recipe.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.optimizer.as_ref().map(HostOptimizer::state)
    }

    /// Goes on with the parameters of that ensemble and, where the optimizer is that of the recipe, with its state.
    pub(crate) fn resume(&mut self, ensemble: &Ensemble<B>, optimizer: &[u8]) -> Result<(), Error> {
        if let Some(host) = HostEnsemble::of(&ensemble.valid()) {
            self.ensemble = host;
        }
        self.written.take();
        self.optimizer.as_mut().map_or(Ok(()), |own| own.read(optimizer))
    }
}
