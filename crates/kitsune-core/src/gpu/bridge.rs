//! From the tensors of any backend to those of the card, and back.

use std::any::Any;
use std::marker::PhantomData;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Int, Tensor, TensorPrimitive};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeRuntime};

/// The backend `B`, which is that of the runtime `R`.
#[derive(Debug)]
pub(super) struct Bridge<B, R>(PhantomData<(B, R)>);

/// The two backends, as Burn names them.
#[cfg(feature = "cuda")]
type Cuda = CubeBackend<burn_cubecl::cubecl::cuda::CudaRuntime, f32, i32, u8>;
