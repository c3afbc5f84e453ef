//! The gradient of a training step in closed form, by tensor operations. It takes fewer operations than automatic differentiation, and
//! their number does not depend on the clusters.

use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::compute::flat_layout::FlatLayout;
use crate::compute::tensor_step::{Slopes, TensorStep};
use crate::kinds::{Activation, ErrorMetric, HeadInput};
use crate::model::ensemble::Ensemble;
use crate::model::row_major::by_row;
use crate::model::tied_autoencoder::{ABSOLUTE_FLOOR, SQUARE_FLOOR, TiedAutoencoder};
use crate::random::{Draws, Dropout};

/// Errors and gradient of an autoencoder over some rows.
pub(crate) struct Slope<B: Backend> {
    /// Errors: [rows, clusters].
    pub(crate) errors: Tensor<B, 2>,
    /// Gradients of weight, hidden bias and visible bias.
    pub(crate) gradient: [Tensor<B, 3>; 3],
}

impl<B: Backend> TiedAutoencoder<B> {
    /// Computes the errors of rows and the gradient of their sum, weighted by `shares`. `seen` is the target after dropout.
    ///
    /// # Shapes
    /// - seen, target: [clusters, rows, visible]
    /// - shares: `[rows]`
    pub(crate) fn slope(&self, seen: Tensor<B, 3>, target: Tensor<B, 3>, shares: Tensor<B, 1>) -> Slope<B> {
        let [_, rows, _] = target.dims();
        // The padding of the weight is 0 and stays 0, since its gradient is 0.
        let weight = self.weight.val();
        let hidden = seen.clone().matmul(weight.clone()) + self.hidden_bias.val();
        let hidden = match self.settings().activation {
            Activation::Tanh => tanh(hidden),
            Activation::Sigmoid => sigmoid(hidden),
        };
        let reconstruction = sigmoid(hidden.clone().matmul(weight.clone().swap_dims(1, 2)) + self.visible_bias.val());

        let difference = reconstruction.clone() - target;
        let (errors, slope) = self.error_slope(difference);
        // This is the slope at the input of the sigmoid, whose derivative is y (1 - y).
        let visible = slope * shares.reshape([1, rows, 1]) * (reconstruction.clone().neg() + 1.0) * reconstruction;
        let back = visible.clone().matmul(weight);
        let squares = hidden.clone() * hidden.clone();
        let before_activation = match self.settings().activation {
            Activation::Tanh => back.clone() - back * squares,
            Activation::Sigmoid => back * (hidden.clone() - squares),
        };
        let of_first = seen.swap_dims(1, 2).matmul(before_activation.clone());
        let of_second = visible.clone().swap_dims(1, 2).matmul(hidden);
        Slope {
            errors: by_row(errors),
            gradient: [(of_first + of_second) * self.weight_mask.val(), before_activation.sum_dim(1), visible.sum_dim(1)],
        }
    }

    /// Errors [clusters, rows, 1] of differences [clusters, rows, visible], and the derivatives of the errors by the differences.
    fn error_slope(&self, difference: Tensor<B, 3>) -> (Tensor<B, 3>, Tensor<B, 3>) {
        let (square, share) = (difference.clone() * difference.clone(), self.error_weight.val());
        match self.settings().error {
            ErrorMetric::Absolute => {
                let sizes = (square + ABSOLUTE_FLOOR).sqrt();
                ((sizes.clone() * share.clone()).sum_dim(2), difference / sizes * share)
            }
            ErrorMetric::RootMeanSquare => {
                let mean = (square * share.clone()).sum_dim(2);
                let errors = mean.clone().clamp_min(SQUARE_FLOOR).sqrt();
                let above = mean.greater_equal_elem(SQUARE_FLOOR).float() / errors.clone();
                (errors, difference * share * above)
            }
        }
    }
}

/// Computes gradient, head range and losses of a step. The gradients of tails, head and body are separate, since the parts have no
/// parameter in common.
///
/// # Shapes
/// - losses: `[3]`, the sums before this step
pub(crate) fn slopes<B: Backend>(mut ensemble: Ensemble<B>, step: &TensorStep<B>, layout: &FlatLayout, losses: Tensor<B, 1>) -> Slopes<B> {
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

    let means = [
        mean(tails.errors.sum_dim(1).squeeze_dim(1)),
        mean(head.errors.squeeze_dim(1)),
        body.as_ref().map_or_else(|| Tensor::zeros([1], &device), |body| mean(body.errors.clone().squeeze_dim(1))),
    ];
    let gradients = [Some(tails.gradient), Some(head.gradient), body.map(|Slope { gradient, .. }| gradient)];
    Slopes { gradient: layout.flat(gradients.into_iter().flatten().flatten()), head_range, losses: losses + Tensor::cat(means.to_vec(), 0) }
}

/// The dropout factors of a step's inputs.
fn factors<B: Backend>(dropout: Dropout, draws: Draws, [rows, columns]: [usize; 2], device: &B::Device) -> Tensor<B, 2> {
    let mut kept = vec![0.0; rows * columns];
    for (row, kept) in kept.chunks_exact_mut(columns).enumerate() {
        draws.row(row as u64).keep(dropout, kept);
    }
    Tensor::from_data(TensorData::new(kept, [rows, columns]), device)
}
