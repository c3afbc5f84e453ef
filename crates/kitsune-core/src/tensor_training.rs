//! Training steps by tensor operations, on backends whose numbers do not lie on the host.

use burn::module::AutodiffModule;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

use crate::closed_form::Slope;
use crate::config::HeadInput;
use crate::ensemble::Ensemble;
use crate::flat_optimizer::FlatOptimizer;
use crate::gradient_clipping::clip_global_norm;
use crate::random::{Draws, Dropout};
use crate::recipe_optimizer::OptimizerState;
use crate::tied_autoencoder::{TiedAutoencoder, replace};

/// Steps after which the host waits for the device: work that is handed over and not done yet takes memory, and cannot be broken off.
const AHEAD: u64 = 64;

/// A training on tensors.
#[derive(Debug)]
pub(crate) struct TensorTraining<B: AutodiffBackend> {
    /// That of the recipe; any other works on the ensemble.
    optimizer: Option<FlatOptimizer<B::InnerBackend>>,
    steps: u64,
    /// Sums of the mean losses of tails, head and body.
    losses: Option<[Option<Tensor<B::InnerBackend, 1>>; 3]>,
}

/// What a step is made of beside the parameters.
pub(crate) struct TensorStep<B: Backend> {
    /// [rows, features], in 0-1.
    pub(crate) x: Tensor<B, 2>,
    /// 1 for the rows that train, 0 for others, where there are such: `[rows]`.
    pub(crate) weights: Option<Tensor<B, 1>>,
    /// With the draws for the rows' features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
}

impl<B: AutodiffBackend> TensorTraining<B> {
    /// With `own` the steps are those of the configured optimizer.
    pub(crate) fn of(ensemble: &Ensemble<B>, own: bool) -> Self {
        Self { optimizer: own.then(|| FlatOptimizer::new(&ensemble.valid())), steps: 0, losses: None }
    }

    /// One step over at least one row; `optimizer` is used where it is not that of the recipe.
    ///
    /// The gradients of tails, head and body are taken apart, since they have no parameter in common.
    pub(crate) fn step<O: Optimizer<Ensemble<B>, B>>(
        &mut self,
        step: TensorStep<B::InnerBackend>,
        learning_rate: f64,
        ensemble: &mut Ensemble<B>,
        optimizer: &mut O,
    ) {
        let TensorStep { x, weights, dropout } = step;
        let [rows, features] = x.dims();
        let device = x.device();
        let shares = match weights.clone() {
            Some(weights) => weights.clone() / weights.sum().clamp_min(1.0),
            None => Tensor::full([rows], 1.0 / rows as f64, &device),
        };
        let mean = |errors: Tensor<B::InnerBackend, 1>| (errors * shares.clone()).sum_dim(0);

        let mut inner = ensemble.valid();
        let seen = match dropout {
            Some((dropout, [draws, _])) => x.clone() * factors(dropout, draws, [rows, features], &device),
            None => x.clone(),
        };
        let tails = inner.tails.slope(inner.gather(seen.clone()), inner.gather(x.clone()), shares.clone());
        let body = inner.body().map(|body| body.slope(seen.unsqueeze(), x.unsqueeze(), shares.clone()));

        if inner.config().head_input == HeadInput::MinMax {
            inner = inner.with_head_range_of(tails.errors.clone(), weights);
            replace(&mut ensemble.head_minimum, Tensor::from_inner(inner.head_minimum.val()));
            replace(&mut ensemble.head_maximum, Tensor::from_inner(inner.head_maximum.val()));
        }
        let of_tails = inner.head_input(tails.errors.clone());
        let seen = match dropout {
            Some((dropout, [_, draws])) => of_tails.clone() * factors(dropout, draws, of_tails.dims(), &device),
            None => of_tails.clone(),
        };
        let head = inner.head.slope(seen.unsqueeze(), of_tails.unsqueeze(), shares.clone());

        self.add([
            Some(mean(tails.errors.sum_dim(1).squeeze_dim(1))),
            Some(mean(head.errors.squeeze_dim(1))),
            body.as_ref().map(|body| mean(body.errors.clone().squeeze_dim(1))),
        ]);
        let gradients = [Some(tails.gradient), Some(head.gradient), body.map(|Slope { gradient, .. }| gradient)];
        let gradients = gradients.into_iter().flatten().flatten();
        if let Some(own) = &mut self.optimizer {
            own.step(learning_rate, gradients);
            own.write(ensemble, Tensor::from_inner);
        } else {
            let mut grads = GradientsParams::new();
            for (param, gradient) in ensemble.parts().flat_map(TiedAutoencoder::parameters).zip(gradients) {
                grads.register(param.id, gradient);
            }
            let grads = clip_global_norm(ensemble, grads, ensemble.config().clip_norm);
            *ensemble = optimizer.step(learning_rate, ensemble.clone(), grads);
        }
        self.steps += 1;
        if self.steps.is_multiple_of(AHEAD) {
            // What went wrong on the device is told by whatever reads from it next.
            B::InnerBackend::sync(&device).ok();
        }
    }

    fn add(&mut self, losses: [Option<Tensor<B::InnerBackend, 1>>; 3]) {
        self.losses = Some(match self.losses.take() {
            Some(sums) => {
                let mut losses = losses.into_iter();
                sums.map(|sum| losses.next().flatten().zip(sum).map(|(loss, sum)| sum + loss))
            }
            None => losses,
        });
    }

    /// Sums of the mean losses since they were last taken; of the body where there is one. Waits for the device.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        let read = |sum: Tensor<B::InnerBackend, 1>| sum.into_data().iter::<f64>().next().unwrap_or(f64::NAN);
        self.losses.take().unwrap_or_default().map(|sum| sum.map(read))
    }

    /// The state of the optimizer, where it is that of the recipe.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        self.optimizer.as_ref().map(FlatOptimizer::state)
    }

    /// Goes on with that ensemble and, where the optimizer is that of the recipe, with its state.
    pub(crate) fn resume(&mut self, ensemble: &Ensemble<B>, optimizer: &[u8]) -> Result<(), crate::Error> {
        self.optimizer.as_mut().map_or(Ok(()), |own| own.resume(&ensemble.valid(), optimizer))
    }
}

/// The factors of a step's inputs.
fn factors<B: Backend>(dropout: Dropout, draws: Draws, [rows, columns]: [usize; 2], device: &B::Device) -> Tensor<B, 2> {
    let mut kept = vec![0.0; rows * columns];
    for (row, kept) in kept.chunks_exact_mut(columns).enumerate() {
        draws.row(row as u64).keep(dropout, kept);
    }
    Tensor::from_data(TensorData::new(kept, [rows, columns]), device)
}
