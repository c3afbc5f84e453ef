//! Raw rows in host memory or on a device.

use burn::tensor::{Tensor, TensorData, backend::Backend};

/// Raw rows for a [`Trainer`](crate::Trainer): in host memory ([`TensorData`], scaled exactly in f64) or on the device (a [`Tensor`], f32
/// already).
#[derive(Debug, Clone)]
pub enum RawRows<B: Backend> {
    /// Rows [rows, features] of any number type.
    Host(TensorData),
    /// Rows [rows, features].
    Device(Tensor<B, 2>),
}

impl<B: Backend> From<TensorData> for RawRows<B> {
    fn from(rows: TensorData) -> Self {
        Self::Host(rows)
    }
}

impl<B: Backend> From<Tensor<B, 2>> for RawRows<B> {
    fn from(rows: Tensor<B, 2>) -> Self {
        Self::Device(rows)
    }
}
