//! What computes a model.

use serde::{Deserialize, Serialize};

use crate::kinds::named::named;

/// What computes scores and training steps on a backend. All engines compute the same, up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Engine {
    /// Loops over vector registers on the processor: for the backends `NdArray` and `Flex` of f32.
    Cpu,
    /// Kernels of this crate on a graphics card: for the backends `Wgpu` and `Cuda` of f32, with the features of these names.
    Gpu,
    /// Tensor operations: for every other backend.
    Tensors,
}

named! {
    Engine: "engine" {
        Cpu => "cpu" "Loops over vector registers on the processor",
        Gpu => "gpu" "Kernels on a graphics card",
        Tensors => "tensors" "Tensor operations of the backend",
    }
}
