//! What a training step on tensors takes and gives, whichever kernels compute it.

use burn::tensor::{Tensor, backend::Backend};

use crate::random::{Draws, Dropout};

/// What a step is made of beside the parameters.
#[derive(Debug)]
pub(crate) struct TensorStep<B: Backend> {
    /// [rows, features], in 0-1.
    pub(crate) x: Tensor<B, 2>,
    /// The weight of each row in the gradient, 0 for a row that trains nothing: `[rows]`.
    pub(crate) shares: Tensor<B, 1>,
    /// The dropout rate, with the draws for the features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
}

/// What a step computes from its rows.
#[derive(Debug)]
pub(crate) struct Slopes<B: Backend> {
    /// `[length]` of the layout.
    pub(crate) gradient: Tensor<B, 1>,
    /// Minimum and maximum of the head's input including these rows, if the configuration scales the head by them: [1, clusters].
    pub(crate) head_range: Option<[Tensor<B, 2>; 2]>,
    /// Sums of the mean losses of tails, head and body (0 without one), these rows included: `[3]`.
    pub(crate) losses: Tensor<B, 1>,
}
