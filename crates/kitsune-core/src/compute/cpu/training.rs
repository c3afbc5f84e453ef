//! Training steps on the CPU. The engine owns the parameters, in one buffer in host memory.

use std::sync::OnceLock;

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::AutodiffBackend;

use super::ahead::ReadyStep;
use super::gradient::Gradients;
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
    /// A buffer of single steps.
    ready: ReadyStep,
    /// The recipe's optimizer. If it is `None`, `optimizer` takes the steps.
    recipe: Option<HostOptimizer>,
    optimizer: O,
    /// The module with the ids and constants of the parameters. Its own values are stale, except after a step by `optimizer`.
    template: Ensemble<B>,
    /// The current parameters as a module, made on request.
    written: OnceLock<Ensemble<B>>,
    /// Sums of the mean losses of tails, head and body.
    losses: [f64; 3],
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>> HostTraining<B, O> {
    /// Makes a training of the parameters in `host`, which are those of `template`. With `by_recipe` the steps are those of the optimizer that the
    /// configuration names.
    pub(crate) fn new(host: HostEnsemble, template: Ensemble<B>, optimizer: O, by_recipe: bool) -> Self {
        let recipe = by_recipe.then(|| HostOptimizer::new(template.config(), host.parameters.len()));
        let (gradients, ready) = (Gradients::default(), ReadyStep::default());
        Self { host, gradients, ready, recipe, optimizer, template, written: OnceLock::new(), losses: [0.0; 3] }
    }

    /// The ensemble in its current state.
    pub(crate) fn ensemble(&self) -> &Ensemble<B> {
        self.written.get_or_init(|| self.host.write(self.template.clone()))
    }

    pub(crate) fn config(&self) -> &KitsuneConfig {
        self.template.config()
    }

    /// The ensemble in its current state, and the optimizer.
    pub(crate) fn into_parts(self) -> (Ensemble<B>, O) {
        let ensemble = self.ensemble().clone();
        (ensemble, self.optimizer)
    }

    /// Takes a step over rows that `ready` fills in.
    ///
    /// # Errors
    /// Those of `ready`. In this case no step was taken.
    pub(crate) fn step_over(&mut self, ready: impl FnOnce(&mut ReadyStep) -> Result<(), Error>) -> Result<(), Error> {
        let mut step = std::mem::take(&mut self.ready);
        let filled = ready(&mut step);
        if filled.is_ok() {
            self.step(&step);
        }
        self.ready = step;
        filled
    }

    /// Takes one step over at least one row.
    pub(crate) fn step(&mut self, step: &ReadyStep) {
        let Self { host, gradients, recipe, optimizer, template, written, losses, .. } = self;
        let ReadyStep { rows, dropout, learning_rate } = step;
        let sums = gradients.take(host, rows, *dropout);
        written.take();
        let weight = sums.weight.max(1.0);
        losses.iter_mut().zip([sums.tails, sums.head, sums.body]).for_each(|(sum, loss)| *sum += loss / weight);
        if let Some(recipe) = recipe {
            recipe.step(*learning_rate, &mut host.parameters, &gradients.values);
            return;
        }
        let factor = clipping(&gradients.values, template.config().clip_norm);
        gradients.values.iter_mut().for_each(|value| *value *= factor);
        let mut grads = GradientsParams::new();
        for (id, tensor) in host.by_id(&gradients.values, template) {
            grads.register(id, tensor);
        }
        *template = optimizer.step(*learning_rate, template.clone(), grads);
        host.read_parameters(&template.valid());
    }

    /// Sums of the mean losses of tails, head and body since the last call; the last is `None` without a body.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        let [tails, head, body] = std::mem::take(&mut self.losses);
        [Some(tails), Some(head), self.host.has_body().then_some(body)]
    }

    /// The state of the recipe's optimizer; `None` if another optimizer takes the steps.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.recipe.as_ref().map(HostOptimizer::state)
    }

    /// Restores the state of the recipe's optimizer from the bytes of [`state`](Self::state), if it takes the steps.
    pub(crate) fn read_state(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.recipe.as_mut().map_or(Ok(()), |recipe| recipe.read(bytes))
    }
}
