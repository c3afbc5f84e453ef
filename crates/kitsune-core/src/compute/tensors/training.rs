//! Training steps on backends whose numbers do not lie on the host: by kernels where there are some, else by tensor operations.

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

use crate::compute::tensors::gradient::Slope;
use crate::config::HeadInput;
use crate::model::ensemble::Ensemble;
use crate::error::Error;
use crate::compute::tensors::optimizer::FlatOptimizer;
use crate::compute::gpu;
use crate::optimizer::clipping::clip_global_norm;
use crate::compute::flat_layout::Places;
use crate::random::{Draws, Dropout};
use crate::optimizer::OptimizerState;
use crate::model::tied_autoencoder::{TiedAutoencoder, replace};

/// Steps after which the host waits for the device: work that is handed over and not done yet takes memory, and cannot be broken off.
const AHEAD: u64 = 64;

/// A training on tensors.
#[derive(Debug)]
pub(crate) struct TensorTraining<B: AutodiffBackend> {
    /// That of the recipe; any other works on the ensemble.
    optimizer: Option<FlatOptimizer<B::InnerBackend>>,
    places: Places,
    by_kernels: bool,
    steps: u64,
    /// Sums of the mean losses of tails, head and body, which is 0 where there is none: `[3]`.
    losses: Option<Tensor<B::InnerBackend, 1>>,
}

/// What a step is made of beside the parameters.
pub(crate) struct TensorStep<B: Backend> {
    /// [rows, features], in 0-1.
    pub(crate) x: Tensor<B, 2>,
    /// How much each row counts, 0 for those that train nothing: `[rows]`.
    pub(crate) shares: Tensor<B, 1>,
    /// With the draws for the rows' features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
}

/// What some rows tell of an ensemble.
pub(crate) struct Slopes<B: Backend> {
    /// `[length]` of the places.
    pub(crate) gradient: Tensor<B, 1>,
    /// Minimum and maximum of the head's input with these rows, where it has a range: [1, clusters].
    pub(crate) head_range: Option<[Tensor<B, 2>; 2]>,
    /// `[3]`, those before included.
    pub(crate) losses: Tensor<B, 1>,
}

impl<B: AutodiffBackend> TensorTraining<B> {
    /// With `own` the steps are those of the configured optimizer; with `kernels` they go by these where the backend has some.
    pub(crate) fn of(ensemble: &Ensemble<B>, own: bool, kernels: bool) -> Self {
        let inner = ensemble.valid();
        let by_kernels = kernels && gpu::is_for::<B::InnerBackend>();
        let places = Places::of(&inner, if by_kernels { gpu::ALIGNMENT } else { 1 });
        Self { optimizer: own.then(|| FlatOptimizer::new(&inner, &places)), by_kernels, places, steps: 0, losses: None }
    }

    /// One step over at least one row; `optimizer` is used where it is not that of the recipe.
    pub(crate) fn step<O: Optimizer<Ensemble<B>, B>>(
        &mut self,
        step: &TensorStep<B::InnerBackend>,
        learning_rate: f64,
        ensemble: &mut Ensemble<B>,
        optimizer: &mut O,
    ) -> Result<(), Error> {
        let device = step.x.device();
        let inner = ensemble.valid();
        let losses = self.losses.take().unwrap_or_else(|| Tensor::zeros([3], &device));
        let told = if self.by_kernels { gpu::slopes(&inner, step, &self.places, &losses) } else { None };
        let Slopes { gradient, head_range, losses } = told.unwrap_or_else(|| slopes(inner, step, &self.places, losses));
        self.losses = Some(losses);
        if let Some([minimum, maximum]) = head_range {
            replace(&mut ensemble.head_minimum, Tensor::from_inner(minimum));
            replace(&mut ensemble.head_maximum, Tensor::from_inner(maximum));
        }
        if let Some(own) = &mut self.optimizer {
            own.step(learning_rate, gradient, self.by_kernels);
            own.write(ensemble, &self.places, Tensor::from_inner);
        } else {
            let mut grads = GradientsParams::new();
            for (param, gradient) in ensemble.parts().flat_map(TiedAutoencoder::parameters).zip(self.places.split(&gradient)) {
                grads.register(param.id, gradient);
            }
            let grads = clip_global_norm(ensemble, grads, ensemble.config().clip_norm);
            *ensemble = optimizer.step(learning_rate, ensemble.clone(), grads);
        }
        self.steps += 1;
        if self.steps.is_multiple_of(AHEAD) {
            B::InnerBackend::sync(&device).map_err(Error::device)?;
        }
        Ok(())
    }

    /// Sums of the mean losses since they were last taken; of the body where there is one. Waits for the device.
    pub(crate) fn take_losses(&mut self, has_body: bool) -> [Option<f64>; 3] {
        let Some(losses) = self.losses.take() else { return [None; 3] };
        let mut losses = losses.into_data().iter::<f64>().collect::<Vec<_>>().into_iter();
        [losses.next(), losses.next(), losses.next().filter(|_| has_body)]
    }

    /// The state of the optimizer, where it is that of the recipe.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.optimizer.as_ref().map(|own| own.state(&self.places))
    }

    /// Goes on with that ensemble and, where the optimizer is that of the recipe, with its state.
    pub(crate) fn resume(&mut self, ensemble: &Ensemble<B>, optimizer: &[u8]) -> Result<(), Error> {
        self.optimizer.as_mut().map_or(Ok(()), |own| own.resume(&ensemble.valid(), &self.places, optimizer))
    }
}

/// What the rows of a step tell, by tensor operations. The gradients of tails, head and body are taken apart, since they have no parameter in common.
fn slopes<B: Backend>(mut ensemble: Ensemble<B>, step: &TensorStep<B>, places: &Places, losses: Tensor<B, 1>) -> Slopes<B> {
    let TensorStep { x, shares, dropout } = step;
    let device = x.device();
    let mean = |errors: Tensor<B, 1>| (errors * shares.clone()).sum_dim(0);

    let target = ensemble.gather(x.clone());
    let (seen, seen_by_tails) = match *dropout {
        Some((dropout, [draws, _])) => {
            let seen = x.clone() * factors(dropout, draws, x.dims(), &device);
            (seen.clone(), ensemble.gather(seen))
        }
        None => (x.clone(), target.clone()),
    };
    let tails = ensemble.tails.slope(seen_by_tails, target, shares.clone());
    let body = ensemble.body().map(|body| body.slope(seen.unsqueeze(), x.clone().unsqueeze(), shares.clone()));

    let mut head_range = None;
    if ensemble.config().head_input == HeadInput::MinMax {
        ensemble = ensemble.with_head_range_of(tails.errors.clone(), Some(shares.clone()));
        head_range = Some([ensemble.head_minimum.val(), ensemble.head_maximum.val()]);
    }
    let of_tails = ensemble.head_input(tails.errors.clone());
    let seen = match *dropout {
        Some((dropout, [_, draws])) => of_tails.clone() * factors(dropout, draws, of_tails.dims(), &device),
        None => of_tails.clone(),
    };
    let head = ensemble.head.slope(seen.unsqueeze(), of_tails.unsqueeze(), shares.clone());

    let told = [
        mean(tails.errors.sum_dim(1).squeeze_dim(1)),
        mean(head.errors.squeeze_dim(1)),
        body.as_ref().map_or_else(|| Tensor::zeros([1], &device), |body| mean(body.errors.clone().squeeze_dim(1))),
    ];
    let gradients = [Some(tails.gradient), Some(head.gradient), body.map(|Slope { gradient, .. }| gradient)];
    Slopes { gradient: places.flat(gradients.into_iter().flatten().flatten()), head_range, losses: losses + Tensor::cat(told.to_vec(), 0) }
}

/// The factors of a step's inputs.
fn factors<B: Backend>(dropout: Dropout, draws: Draws, [rows, columns]: [usize; 2], device: &B::Device) -> Tensor<B, 2> {
    let mut kept = vec![0.0; rows * columns];
    for (row, kept) in kept.chunks_exact_mut(columns).enumerate() {
        draws.row(row as u64).keep(dropout, kept);
    }
    Tensor::from_data(TensorData::new(kept, [rows, columns]), device)
}
