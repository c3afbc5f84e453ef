use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::rows::{Rows, Values};

/// Some rows on the host: a row-major matrix [rows, features].
///
/// All batches of a source have the same element type: f32 where every feature is exact in it, else f64.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    features: usize,
    data: TensorData,
}

impl Batch {
    pub(crate) fn new(rows: Rows) -> Self {
        let shape = [rows.len(), rows.features];
        let data = match rows.values {
            Values::F32(values) => TensorData::new(values, shape),
            Values::F64(values) => TensorData::new(values, shape),
        };
        Self { rows: shape[0], features: shape[1], data }
    }

    /// The number of rows, at least 1.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of features, the same in all batches of a source.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The values.
    ///
    /// # Shapes
    ///
    /// [rows, features], row-major
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// The values, without a copy.
    pub fn into_data(self) -> TensorData {
        self.data
    }

    /// The values as a tensor on a device, in the float type of the backend.
    ///
    /// # Shapes
    ///
    /// [rows, features]
    pub fn tensor<B: Backend>(self, device: &B::Device) -> Tensor<B, 2> {
        Tensor::from_data(self.data, device)
    }
}
