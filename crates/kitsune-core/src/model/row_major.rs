//! Tensors whose numbers lie one after the other. On CUDA a matrix is otherwise widened so that each row begins at an address that suits the device: it
//! goes over row by row, and is copied wherever a kernel wants its numbers as they are.

use burn::tensor::{Shape, Tensor, TensorData, backend::Backend};

/// Data of the host as such a tensor.
pub(crate) fn on_device<B: Backend, const D: usize>(data: TensorData, device: &B::Device) -> Tensor<B, D> {
    let shape = data.shape.clone();
    let count = shape.num_elements();
    Tensor::<B, 1>::from_data(TensorData { shape: Shape::from([count]), ..data }, device).reshape(shape)
}

/// The same tensor as such a one, if it is none yet.
pub(crate) fn row_major<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    let shape = tensor.shape();
    tensor.reshape([shape.num_elements()]).reshape(shape)
}

/// [clusters, rows, 1] as [rows, clusters].
///
/// At rank 3 on purpose: on wgpu the backward of a transposed [clusters, 1] matrix reaches only the first cluster.
pub(crate) fn by_row<B: Backend>(errors: Tensor<B, 3>) -> Tensor<B, 2> {
    let [clusters, rows, _] = errors.dims();
    errors.swap_dims(0, 1).reshape([rows, clusters])
}
