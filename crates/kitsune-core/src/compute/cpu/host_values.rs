//! Access to the values of a CPU backend's tensors.

use std::any::Any;

use burn::tensor::{Tensor, backend::Backend};

/// The values of an f32 tensor of [`NdArray`](burn_ndarray::NdArray) or [`Flex`](burn_flex::Flex), row-major. They are shared with the
/// tensor, and copied only if the tensor is not row-major.
///
/// `Backend` has no method that borrows values, and a trait of this crate could not be implemented for other crates' backends. But every
/// backend is `'static`, so `Any` can identify these two.
#[derive(Debug, Clone)]
pub(crate) enum HostValues {
    #[cfg(feature = "ndarray")]
    NdArray(burn_ndarray::NdArrayTensor),
    #[cfg(feature = "flex")]
    Flex(burn_flex::FlexTensor),
    Copied(Vec<f32>),
}

impl HostValues {
    /// `None` for any other backend or number type.
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

    /// The values, row-major.
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
