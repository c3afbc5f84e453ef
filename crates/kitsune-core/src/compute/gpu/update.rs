//! Arguments of an optimizer's kernels beside parameters and gradient.

use burn::tensor::{Tensor, backend::Backend};

/// The moments of an optimizer: `[length]`. The kernels change them in place.
#[cfg_attr(not(any(feature = "wgpu", feature = "cuda")), expect(dead_code, reason = "only kernels read the fields"))]
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
#[cfg_attr(not(any(feature = "wgpu", feature = "cuda")), expect(dead_code, reason = "only kernels read the fields"))]
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) clip_norm: f64,
    pub(crate) rate: f64,
    /// Epsilon of Adam. Rate and epsilon include the bias correction of the moments, which stay uncorrected.
    pub(crate) epsilon: f64,
}
