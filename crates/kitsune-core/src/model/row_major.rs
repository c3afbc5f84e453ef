//! Tensors in contiguous row-major order. By default CUDA pads each row of a matrix to an aligned address. Operations on it then run row by
//! row, and it is copied whenever a kernel needs contiguous numbers.

use burn::tensor::{Element, Shape, Tensor, TensorData, backend::Backend};

/// Uploads host data as a row-major tensor.
pub(crate) fn on_device<B: Backend, const D: usize>(data: TensorData, device: &B::Device) -> Tensor<B, D> {
    let shape = data.shape.clone();
    let count = shape.num_elements();
    Tensor::<B, 1>::from_data(TensorData { shape: Shape::from([count]), ..data }, device).reshape(shape)
}

/// The values in row-major order, as f32 or f64.
pub(crate) fn host_values<T: Element + From<f32>>(data: &TensorData) -> Vec<T> {
    // Burn's own iterator is behind a pointer, which is called for each value.
    data.as_slice::<f32>().map_or_else(|_| data.iter::<T>().collect(), |values| values.iter().copied().map(T::from).collect())
}

/// Copies the tensor into row-major order unless it has that order already.
pub(crate) fn row_major<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    let shape = tensor.shape();
    tensor.reshape([shape.num_elements()]).reshape(shape)
}

/// Transposes [clusters, rows, 1] to [rows, clusters].
///
/// It swaps axes at rank 3 on purpose: on wgpu the backward pass of a transposed [clusters, 1] matrix reaches only the first cluster.
pub(crate) fn by_row<B: Backend>(errors: Tensor<B, 3>) -> Tensor<B, 2> {
    let [clusters, rows, _] = errors.dims();
    errors.swap_dims(0, 1).reshape([rows, clusters])
}
