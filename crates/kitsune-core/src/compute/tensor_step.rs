//! Input and output of a training step on tensors, for kernels and tensor operations alike.

use burn::tensor::{Tensor, backend::Backend};

use crate::random::{Draws, Dropout};

/// The input of a step beside the parameters.
#[derive(Debug)]
pub(crate) struct TensorStep<B: Backend> {
    /// The rows: [rows, features], in 0-1.
    pub(crate) x: Tensor<B, 2>,
    /// The weight of each row in the gradient, 0 for a row that trains nothing: `[rows]`.
    pub(crate) shares: Tensor<B, 1>,
    /// The dropout rate, with the draws for the features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
}

/// The output of a step over its rows.
#[derive(Debug)]
pub(crate) struct Slopes<B: Backend> {
    /// The gradient: `[length]` of the layout.
    pub(crate) gradient: Tensor<B, 1>,
    /// Minimum and maximum of the head's input including these rows: [1, clusters]. `None` unless the configuration scales the head by
    /// them.
    pub(crate) head_range: Option<[Tensor<B, 2>; 2]>,
    /// Sums of the mean losses of tails, head and body, these rows included: `[3]`; 0 for a missing body.
    pub(crate) losses: Tensor<B, 1>,
}
