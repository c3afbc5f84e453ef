//! A growing matrix of rows, used wherever rows in host memory are copied.

use burn::tensor::TensorData;

use crate::rows::host_rows::{HostRows, Values};

/// Rows of one width, row-major. A source may mix F32 and F64 rows; a matrix with both is F64.
#[derive(Debug)]
pub(crate) struct RowMatrix {
    values: OwnedValues,
    features: usize,
}

#[derive(Debug)]
enum OwnedValues {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl RowMatrix {
    /// Makes an empty matrix of `features` features with memory for `rows` rows.
    pub(crate) fn with_capacity(rows: usize, features: usize) -> Self {
        Self { values: OwnedValues::F32(Vec::with_capacity(rows * features)), features }
    }

    /// Copies the rows of a view at the given positions, in that order.
    pub(crate) fn of(view: &HostRows<'_>, positions: &[usize]) -> Self {
        let features = view.features();
        let values = match view.values() {
            Values::F32(_) => OwnedValues::F32(Vec::with_capacity(positions.len() * features)),
            Values::F64(_) => OwnedValues::F64(Vec::with_capacity(positions.len() * features)),
        };
        let mut matrix = Self { values, features };
        matrix.extend(view, positions);
        matrix
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    pub(crate) fn rows(&self) -> usize {
        let values = match &self.values {
            OwnedValues::F32(values) => values.len(),
            OwnedValues::F64(values) => values.len(),
        };
        values.checked_div(self.features).unwrap_or(0)
    }

    /// Appends the rows of a view of the same width at the given positions, in that order.
    pub(crate) fn extend(&mut self, view: &HostRows<'_>, positions: &[usize]) {
        let features = self.features;
        if let (OwnedValues::F32(owned), Values::F64(_)) = (&self.values, view.values()) {
            let mut values = Vec::with_capacity(owned.capacity());
            values.extend(owned.iter().copied().map(f64::from));
            self.values = OwnedValues::F64(values);
        }
        match (&mut self.values, view.values()) {
            (OwnedValues::F32(owned), Values::F32(values)) => append(owned, values, positions, features),
            (OwnedValues::F64(owned), Values::F64(values)) => append(owned, values, positions, features),
            (OwnedValues::F64(owned), Values::F32(values)) => {
                for row in positions {
                    owned.extend(values[row * features..(row + 1) * features].iter().copied().map(f64::from));
                }
            }
            // The matrix became F64 above if the view has F64 rows.
            (OwnedValues::F32(_), Values::F64(_)) => {}
        }
    }

    /// Returns the rows, [rows, features], without a copy.
    pub(crate) fn into_data(self) -> TensorData {
        let shape = [self.rows(), self.features];
        match self.values {
            OwnedValues::F32(values) => TensorData::new(values, shape),
            OwnedValues::F64(values) => TensorData::new(values, shape),
        }
    }
}

fn append<T: Copy>(to: &mut Vec<T>, values: &[T], positions: &[usize], features: usize) {
    for row in positions {
        to.extend_from_slice(&values[row * features..(row + 1) * features]);
    }
}
