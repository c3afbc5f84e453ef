//! Training steps on parameters that are tensors on a device, by the kernels of the GPU engine if the backend has them, else by tensor
//! operations.

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

use crate::compute::engine::Engine;
use crate::compute::flat_layout::FlatLayout;
use crate::compute::gpu;
use crate::compute::gpu::optimizer::KernelOptimizer;
use crate::compute::tensor_step::{Slopes, TensorStep};
use crate::compute::tensors::gradient;
use crate::compute::tensors::optimizer::{FlatOptimizer, clipped};
use crate::error::Error;
use crate::model::ensemble::Ensemble;
use crate::model::tied_autoencoder::{TiedAutoencoder, replace};
use crate::optimizer::state::OptimizerState;

/// Number of steps after which the host waits for the device, since queued work holds memory and cannot be cancelled.
const STEPS_AHEAD: u64 = 64;

/// An ensemble in training whose parameters are tensors.
#[derive(Debug)]
pub(crate) struct TensorTraining<B: AutodiffBackend, O> {
    ensemble: Ensemble<B>,
    /// The recipe's optimizer with the parameters that it steps. If it is `None`, `optimizer` takes the steps on the ensemble.
    recipe: Option<FlatRecipe<B::InnerBackend>>,
    optimizer: O,
    layout: FlatLayout,
    /// Whether the kernels of the GPU engine compute the gradient.
    by_kernels: bool,
    steps: u64,
    /// Sums of the mean losses of tails, head and body: `[3]`; 0 for a missing body.
    losses: Option<Tensor<B::InnerBackend, 1>>,
}

/// All parameters as one tensor, and the optimizer that steps it.
#[derive(Debug)]
struct FlatRecipe<B: Backend> {
    /// The parameters: `[length]` of the layout.
    parameters: Tensor<B, 1>,
    optimizer: RecipeRule<B>,
}

#[derive(Debug)]
enum RecipeRule<B: Backend> {
    Kernels(KernelOptimizer<B>),
    Tensors(FlatOptimizer<B>),
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>> TensorTraining<B, O> {
    /// Makes a training. With `by_recipe` the steps are those of the optimizer that the configuration names. With `kernels` the GPU engine
    /// computes them if it supports the backend.
    pub(crate) fn new(ensemble: Ensemble<B>, optimizer: O, by_recipe: bool, kernels: bool) -> Self {
        let inner = ensemble.valid();
        let by_kernels = kernels && gpu::is_for::<B::InnerBackend>();
        let layout = FlatLayout::of(&inner, if by_kernels { gpu::ALIGNMENT } else { 1 });
        let recipe = by_recipe.then(|| FlatRecipe::new(&inner, &layout, by_kernels));
        Self { ensemble, recipe, optimizer, layout, by_kernels, steps: 0, losses: None }
    }

    /// What computes the steps.
    pub(crate) fn engine(&self) -> Engine {
        if self.by_kernels { Engine::Gpu } else { Engine::Tensors }
    }

    /// The ensemble in its current state.
    pub(crate) fn ensemble(&self) -> &Ensemble<B> {
        &self.ensemble
    }

    /// The ensemble in its current state, and the optimizer.
    pub(crate) fn into_parts(self) -> (Ensemble<B>, O) {
        (self.ensemble, self.optimizer)
    }

    /// Takes one step over at least one row.
    ///
    /// # Errors
    /// [`Error::Device`], which earlier steps may have caused.
    pub(crate) fn step(&mut self, step: &TensorStep<B::InnerBackend>, learning_rate: f64) -> Result<(), Error> {
        let device = step.x.device();
        let inner = self.ensemble.valid();
        let losses = self.losses.take().unwrap_or_else(|| Tensor::zeros([3], &device));
        let by_kernels = if self.by_kernels { gpu::slopes(&inner, step, &self.layout, &losses) } else { None };
        let Slopes { gradient, head_range, losses } = by_kernels.unwrap_or_else(|| gradient::slopes(inner, step, &self.layout, losses));
        self.losses = Some(losses);
        let Self { ensemble, recipe, optimizer, layout, .. } = self;
        if let Some([minimum, maximum]) = head_range {
            replace(&mut ensemble.head_minimum, Tensor::from_inner(minimum));
            replace(&mut ensemble.head_maximum, Tensor::from_inner(maximum));
        }
        if let Some(recipe) = recipe {
            recipe.step(learning_rate, gradient)?;
            recipe.write(ensemble, layout);
        } else {
            let gradient = clipped(gradient, ensemble.config().clip_norm);
            let mut grads = GradientsParams::new();
            for (param, gradient) in ensemble.parts().flat_map(TiedAutoencoder::parameters).zip(split(layout, &gradient)) {
                grads.register(param.id, gradient);
            }
            *ensemble = optimizer.step(learning_rate, ensemble.clone(), grads);
        }
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_AHEAD) {
            B::InnerBackend::sync(&device).map_err(Error::device)?;
        }
        Ok(())
    }

    /// Sums of the mean losses of tails, head and body since the last call; the last is `None` without a body. Waits for the device.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        let Some(losses) = self.losses.take() else { return [None; 3] };
        let mut losses = losses.into_data().iter::<f64>().collect::<Vec<_>>().into_iter();
        [losses.next(), losses.next(), losses.next().filter(|_| self.ensemble.body().is_some())]
    }

    /// The state of the recipe's optimizer; `None` if another optimizer takes the steps.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.recipe.as_ref().map(|recipe| recipe.state(&self.layout))
    }

    /// Restores the state of the recipe's optimizer from the bytes of [`state`](Self::state), if it takes the steps.
    pub(crate) fn read_state(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.recipe.as_mut().map_or(Ok(()), |recipe| recipe.read_state(&self.layout, bytes))
    }
}

impl<B: Backend> FlatRecipe<B> {
    fn new(ensemble: &Ensemble<B>, layout: &FlatLayout, by_kernels: bool) -> Self {
        let parameters = layout.parameters(ensemble);
        let optimizer = if by_kernels {
            RecipeRule::Kernels(KernelOptimizer::new(ensemble.config(), &parameters))
        } else {
            RecipeRule::Tensors(FlatOptimizer::new(ensemble.config()))
        };
        Self { parameters, optimizer }
    }

    fn step(&mut self, learning_rate: f64, gradient: Tensor<B, 1>) -> Result<(), Error> {
        self.parameters = match &mut self.optimizer {
            RecipeRule::Kernels(kernels) => kernels.step(learning_rate, &self.parameters, &gradient)?,
            RecipeRule::Tensors(tensors) => tensors.step(learning_rate, self.parameters.clone(), gradient),
        };
        Ok(())
    }

    /// Writes the parameters into their ensemble.
    fn write<A: AutodiffBackend<InnerBackend = B>>(&self, ensemble: &mut Ensemble<A>, layout: &FlatLayout) {
        let params = ensemble.parts_mut().flat_map(TiedAutoencoder::parameters_mut);
        params.zip(split(layout, &self.parameters)).for_each(|(param, value)| replace(param, Tensor::from_inner(value)));
    }

    fn state(&self, layout: &FlatLayout) -> OptimizerState {
        let (steps, moments) = match &self.optimizer {
            RecipeRule::Kernels(kernels) => (kernels.steps(), kernels.moments().to_vec()),
            RecipeRule::Tensors(tensors) => (tensors.steps(), tensors.moments(&self.parameters)),
        };
        OptimizerState { steps, moments: moments.iter().flat_map(|moment| layout.values(moment)).collect() }
    }

    fn read_state(&mut self, layout: &FlatLayout, bytes: &[u8]) -> Result<(), Error> {
        let count = match &self.optimizer {
            RecipeRule::Kernels(kernels) => kernels.moments().len(),
            RecipeRule::Tensors(tensors) => tensors.moment_count(),
        };
        let OptimizerState { steps, moments } = OptimizerState::from_bytes(bytes, count * layout.count())?;
        let device = self.parameters.device();
        let moments = moments.chunks_exact(layout.count()).map(|values| layout.tensor(values, &device)).collect();
        match &mut self.optimizer {
            RecipeRule::Kernels(kernels) => kernels.resume(steps, moments),
            RecipeRule::Tensors(tensors) => tensors.resume(steps, moments),
        }
        Ok(())
    }
}

/// Splits a flat tensor into the parameters, as views if the GPU engine can make them.
fn split<'a, B: Backend>(layout: &'a FlatLayout, flat: &'a Tensor<B, 1>) -> impl Iterator<Item = Tensor<B, 3>> + 'a {
    layout.split(flat, |start, shape| gpu::view(flat, start, shape))
}
