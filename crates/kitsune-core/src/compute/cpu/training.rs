//! Training steps on the CPU: the engine owns the parameters, in one piece of host memory.

use std::sync::OnceLock;

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::AutodiffBackend;

use super::gradient::{GradientStep, Gradients};
use super::optimizer::{HostOptimizer, clipping};
use super::owned::HostEnsemble;
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::model::ensemble::Ensemble;
use crate::optimizer::state::OptimizerState;

/// An ensemble in training whose parameters are in host memory.
#[derive(Debug)]
pub(crate) struct HostTraining<B: AutodiffBackend, O> {
    host: HostEnsemble,
    gradients: Gradients,
    /// The recipe's optimizer; without it `optimizer` takes the steps.
    recipe: Option<HostOptimizer>,
    optimizer: O,
    /// The module whose ids and constants the parameters belong to. Its own values are those of the last step by `optimizer`.
    template: Ensemble<B>,
    /// The current parameters as a module, made when a caller asks for it.
    written: OnceLock<Ensemble<B>>,
    /// Sums of the mean losses of tails, head and body.
    losses: [f64; 3],
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>> HostTraining<B, O> {
    /// Reads the parameters of an ensemble; `None` on a backend whose numbers are not in host memory as f32. With `by_recipe` the steps are
    /// those of the optimizer that the configuration names.
    pub(crate) fn read(ensemble: &Ensemble<B>) -> Option<HostEnsemble> {
        HostEnsemble::of(&ensemble.valid())
    }

    pub(crate) fn new(host: HostEnsemble, template: Ensemble<B>, optimizer: O, by_recipe: bool) -> Self {
        let recipe = by_recipe.then(|| HostOptimizer::new(template.config(), host.parameters.len()));
        Self { host, gradients: Gradients::default(), recipe, optimizer, template, written: OnceLock::new(), losses: [0.0; 3] }
    }

    /// The ensemble as it is now.
    pub(crate) fn ensemble(&self) -> &Ensemble<B> {
        self.written.get_or_init(|| self.host.write(self.template.clone()))
    }

    pub(crate) fn config(&self) -> &KitsuneConfig {
        self.template.config()
    }

    pub(crate) fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// The ensemble as it is now, and the optimizer.
    pub(crate) fn into_parts(self) -> (Ensemble<B>, O) {
        let ensemble = self.ensemble().clone();
        (ensemble, self.optimizer)
    }

    /// Takes one step.
    ///
    /// # Errors
    /// What the input refuses; then no step is taken.
    pub(crate) fn step(&mut self, step: GradientStep<'_>, learning_rate: f64) -> Result<(), Error> {
        let Self { host, gradients, recipe, optimizer, template, written, losses } = self;
        let sums = gradients.take(host, step)?;
        written.take();
        let weight = sums.weight.max(1.0);
        losses.iter_mut().zip([sums.tails, sums.head, sums.body]).for_each(|(sum, loss)| *sum += loss / weight);
        if let Some(recipe) = recipe {
            recipe.step(learning_rate, &mut host.parameters, &gradients.values);
            return Ok(());
        }
        let factor = clipping(&gradients.values, template.config().clip_norm);
        gradients.values.iter_mut().for_each(|value| *value *= factor);
        let mut grads = GradientsParams::new();
        for (id, tensor) in host.by_id(&gradients.values, template) {
            grads.register(id, tensor);
        }
        *template = optimizer.step(learning_rate, template.clone(), grads);
        host.read_parameters(&template.valid());
        Ok(())
    }

    /// Sums of the mean losses of tails, head and, if there is one, body since the last call.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        let [tails, head, body] = std::mem::take(&mut self.losses);
        [Some(tails), Some(head), self.host.has_body().then_some(body)]
    }

    /// The state of the recipe's optimizer, if it takes the steps.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.recipe.as_ref().map(HostOptimizer::state)
    }

    /// Gives the recipe's optimizer, if it takes the steps, the state that [`state`](Self::state) wrote as bytes.
    pub(crate) fn read_state(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.recipe.as_mut().map_or(Ok(()), |recipe| recipe.read(bytes))
    }
}
