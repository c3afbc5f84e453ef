//! What the kernels of an optimizer take beside parameters and gradient.

use burn::tensor::{Tensor, backend::Backend};

/// What an optimizer remembers of each parameter; the kernels change it in place: `[length]`.
#[derive(Debug)]
pub(crate) enum Moments<B: Backend> {
    /// First and second moments.
    Adam([Tensor<B, 1>; 2]),
    Sgd {
        momentum: f64,
        velocity: [Tensor<B, 1>; 1],
    },
}

/// The numbers of a step.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) clip_norm: f64,
    pub(crate) rate: f64,
    /// Of Adam. Rate and epsilon hold the bias correction of the moments, which stay uncorrected.
    pub(crate) epsilon: f64,
}
