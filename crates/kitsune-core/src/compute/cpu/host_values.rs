//! The way from a tensor of a CPU backend to its numbers.

use std::any::Any;

use burn::tensor::{Tensor, backend::Backend};

/// The numbers of an f32 tensor of [`NdArray`](burn_ndarray::NdArray) or [`Flex`](burn_flex::Flex), row-major, shared with it and not copied
/// where they lie so already.
///
/// `Backend` has no method that lends numbers, and a trait of ours could not be implemented for a stranger's backend; but every backend is
/// `'static`, so a tensor can be asked whether it is one of those.
#[derive(Debug, Clone)]
pub(crate) enum HostValues {
    #[cfg(feature = "ndarray")]
    NdArray(burn_ndarray::NdArrayTensor),
    #[cfg(feature = "flex")]
    Flex(burn_flex::FlexTensor),
    Copied(Vec<f32>),
}

impl HostValues {
    /// `None` of any other backend or number type.
    pub(crate) fn of<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Option<Self> {
        let any: &dyn Any = &tensor;
        #[cfg(feature = "ndarray")]
        if let Some(tensor) = any.downcast_ref::<Tensor<burn_ndarray::NdArray, D>>() {
            let burn::tensor::TensorPrimitive::Float(primitive) = tensor.clone().into_primitive() else { return None };
            let burn_ndarray::NdArrayTensor::F32(storage) = &primitive else { return None };
            let copied = storage.view().to_slice().is_none().then(|| storage.view().iter().copied().collect());
            return Some(copied.map_or(Self::NdArray(primitive), Self::Copied));
        }
        #[cfg(feature = "flex")]
        if let Some(tensor) = any.downcast_ref::<Tensor<burn_flex::Flex, D>>() {
            let burn::tensor::TensorPrimitive::Float(primitive) = tensor.clone().into_primitive() else { return None };
            if primitive.dtype() != burn::tensor::DType::F32 {
                return None;
            }
            let primitive = if primitive.as_slice::<f32>().is_some() { primitive } else { primitive.to_contiguous() };
            return Some(Self::Flex(primitive));
        }
        let _ = any;
        None
    }

    /// Row-major.
    pub(crate) fn as_slice(&self) -> &[f32] {
        match self {
            #[cfg(feature = "ndarray")]
            Self::NdArray(burn_ndarray::NdArrayTensor::F32(storage)) => storage.view().to_slice().unwrap_or_default(),
            #[cfg(feature = "ndarray")]
            Self::NdArray(_) => &[],
            #[cfg(feature = "flex")]
            Self::Flex(tensor) => tensor.as_slice().unwrap_or_default(),
            Self::Copied(values) => values,
        }
    }
}
