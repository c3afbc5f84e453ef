//! The gradient of a tied autoencoder's error in closed form, by tensor operations: fewer of them than automatic differentiation takes, and none
//! that depends on the number of clusters.

use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Tensor, backend::Backend};

use crate::config::{Activation, ReconstructionError};
use crate::model::tied_autoencoder::{ABSOLUTE_FLOOR, SQUARE_FLOOR, TiedAutoencoder};

/// What some rows tell of an autoencoder.
pub(crate) struct Slope<B: Backend> {
    /// [rows, clusters].
    pub(crate) errors: Tensor<B, 2>,
    /// Of weight, hidden bias and visible bias.
    pub(crate) gradient: [Tensor<B, 3>; 3],
}

impl<B: Backend> TiedAutoencoder<B> {
    /// The errors of rows, and the gradient of their sum, in which each row counts its share. `seen` is the target, but for what was dropped.
    ///
    /// # Shapes
    /// - seen, target: [clusters, rows, visible]
    /// - shares: `[rows]`
    pub(crate) fn slope(&self, seen: Tensor<B, 3>, target: Tensor<B, 3>, shares: Tensor<B, 1>) -> Slope<B> {
        let [_, rows, _] = target.dims();
        // Its padding is 0, and stays so, since its gradient is.
        let weight = self.weight.val();
        let hidden = seen.clone().matmul(weight.clone()) + self.hidden_bias.val();
        let hidden = match self.settings().activation {
            Activation::Tanh => tanh(hidden),
            Activation::Sigmoid => sigmoid(hidden),
        };
        let reconstruction = sigmoid(hidden.clone().matmul(weight.clone().swap_dims(1, 2)) + self.visible_bias.val());

        let difference = reconstruction.clone() - target;
        let (errors, slope) = self.error_slope(difference);
        // Of what goes into the sigmoid, whose slope is y (1 - y).
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

    /// Errors [clusters, rows, 1] by differences [clusters, rows, visible], and their slopes by these.
    fn error_slope(&self, difference: Tensor<B, 3>) -> (Tensor<B, 3>, Tensor<B, 3>) {
        let (square, share) = (difference.clone() * difference.clone(), self.error_weight.val());
        match self.settings().error {
            ReconstructionError::Absolute => {
                let sizes = (square + ABSOLUTE_FLOOR).sqrt();
                ((sizes.clone() * share.clone()).sum_dim(2), difference / sizes * share)
            }
            ReconstructionError::RootMeanSquare => {
                let mean = (square * share.clone()).sum_dim(2);
                let errors = mean.clone().clamp_min(SQUARE_FLOOR).sqrt();
                let above = mean.greater_equal_elem(SQUARE_FLOOR).float() / errors.clone();
                (errors, difference * share * above)
            }
        }
    }
}

/// [clusters, rows, 1] as [rows, clusters].
///
/// At rank 3 on purpose: on wgpu the backward of a transposed [clusters, 1] matrix reaches only the first cluster.
pub(crate) fn by_row<B: Backend>(errors: Tensor<B, 3>) -> Tensor<B, 2> {
    let [clusters, rows, _] = errors.dims();
    errors.swap_dims(0, 1).reshape([rows, clusters])
}
