//! Conversion between the tensors of any backend and those of a GPU.

use std::any::{Any, TypeId};
use std::marker::PhantomData;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Int, Shape, Tensor, TensorPrimitive};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime};
use cubecl::prelude::*;
use cubecl::zspace::metadata::Metadata;

use crate::model::tied_autoencoder::TiedAutoencoder;

/// A marker type: the backend `B` is Burn's for the runtime `R`, in f32.
#[derive(Debug)]
pub(super) struct Card<B, R, T>(PhantomData<(B, R, T)>);

/// The parameters and constants of an autoencoder on the GPU.
pub(super) struct Part<R: CubeRuntime> {
    pub(super) weight: CubeTensor<R>,
    pub(super) hidden_bias: CubeTensor<R>,
    pub(super) visible_bias: CubeTensor<R>,
    pub(super) weight_mask: CubeTensor<R>,
    pub(super) error_weight: CubeTensor<R>,
    pub(super) clusters: usize,
    pub(super) visible: usize,
    pub(super) hidden: usize,
}

impl<B: Backend, R: CubeRuntime, T: BoolElement> Card<B, R, T> {
    pub(super) fn is_there() -> bool {
        TypeId::of::<B>() == TypeId::of::<CubeBackend<R, f32, i32, T>>()
    }

    /// The tensor of the runtime; `None` unless its numbers are f32.
    pub(super) fn strided<const D: usize>(tensor: &Tensor<B, D>) -> Option<CubeTensor<R>> {
        let tensor = (tensor as &dyn Any).downcast_ref::<Tensor<CubeBackend<R, f32, i32, T>, D>>()?;
        match tensor.clone().into_primitive() {
            TensorPrimitive::Float(found) if found.dtype == DType::F32 => Some(found),
            _ => None,
        }
    }

    /// The tensor of the runtime in row-major order.
    pub(super) fn floats<const D: usize>(tensor: &Tensor<B, D>) -> Option<CubeTensor<R>> {
        Self::strided(tensor).map(into_contiguous)
    }

    pub(super) fn integers(tensor: &Tensor<B, 1, Int>) -> Option<CubeTensor<R>> {
        let tensor = (tensor as &dyn Any).downcast_ref::<Tensor<CubeBackend<R, f32, i32, T>, 1, Int>>()?;
        let found = tensor.clone().into_primitive();
        (found.dtype == DType::I32).then(|| into_contiguous(found))
    }

    /// Converts back to a tensor of the backend.
    pub(super) fn tensor<const D: usize>(found: CubeTensor<R>) -> Option<Tensor<B, D>> {
        let mut tensor = Some(Tensor::<CubeBackend<R, f32, i32, T>, D>::from_primitive(TensorPrimitive::Float(found)));
        (&mut tensor as &mut dyn Any).downcast_mut::<Option<Tensor<B, D>>>()?.take()
    }

    pub(super) fn view(flat: &Tensor<B, 1>, start: usize, shape: [usize; 3]) -> Option<Tensor<B, 3>> {
        const SIZE: u64 = size_of::<f32>() as u64;
        let flat = Self::floats(flat)?;
        let [_, columns, depth] = shape;
        let before = start as u64 * SIZE;
        if !before.is_multiple_of(flat.client.properties().memory.alignment) {
            return None;
        }
        let after = flat.meta.num_elements().checked_sub(start + shape.iter().product::<usize>())? as u64 * SIZE;
        // Burn's own `slice` copies unless the end of the slice is aligned as well.
        let handle = flat.handle.clone().offset_start(before).offset_end(after);
        let meta = Metadata::new(shape, [columns * depth, depth, 1]);
        Self::tensor(CubeTensor::new(flat.client.clone(), handle, meta, flat.device.clone(), flat.dtype))
    }

    pub(super) fn part(part: &TiedAutoencoder<B>) -> Option<Part<R>> {
        let [clusters, visible, hidden] = part.dims();
        Some(Part {
            weight: Self::floats(&part.weight.val())?,
            hidden_bias: Self::floats(&part.hidden_bias.val())?,
            visible_bias: Self::floats(&part.visible_bias.val())?,
            weight_mask: Self::floats(&part.weight_mask.val())?,
            error_weight: Self::floats(&part.error_weight.val())?,
            clusters,
            visible,
            hidden,
        })
    }
}

/// Allocates an uninitialised tensor on the device of `beside`.
pub(super) fn empty<R: CubeRuntime>(beside: &CubeTensor<R>, shape: impl Into<Shape>) -> CubeTensor<R> {
    empty_device_contiguous_dtype(beside.client.clone(), beside.device.clone(), shape.into(), DType::F32)
}

/// Checks that kernels, which count in 32 bits, can address as many numbers; `None` if not.
pub(super) fn countable<const D: usize>(sizes: [usize; D]) -> Option<()> {
    let count = sizes.into_iter().try_fold(1_usize, usize::checked_mul)?;
    u32::try_from(count).ok().map(drop)
}

/// The launch dimensions with a thread for each of `count` numbers.
pub(super) fn threads<R: CubeRuntime>(client: &ComputeClient<R>, count: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(client, count);
    (cubecl::calculate_cube_count_elemwise(client, count, dim), dim)
}
