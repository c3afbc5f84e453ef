//! Arrays of Python where they lie.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;

use burn::tensor::TensorData;
use kitsune_data::Matrix;
use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// A C-contiguous matrix of f32 or f64 in the memory of Python, such as an array of `NumPy`. It holds the array, so that the memory stays.
///
/// As everywhere in `NumPy`, whoever changes an array while another thread reads it gets values of either.
pub(crate) struct PyMatrix {
    numbers: Numbers,
    shape: [usize; 2],
}

enum Numbers {
    F32(PyBuffer<f32>),
    F64(PyBuffer<f64>),
}

/// The numbers of a matrix, row-major.
#[derive(Clone, Copy)]
pub(crate) enum Slice<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl fmt::Debug for PyMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PyMatrix").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl PyMatrix {
    /// The matrix of an array, which must be C-contiguous and of f32 or f64.
    pub(crate) fn of(array: &Bound<'_, PyAny>) -> PyResult<Self> {
        let numbers = match PyBuffer::<f32>::get(array) {
            Ok(buffer) => Numbers::F32(buffer),
            Err(_) => Numbers::F64(PyBuffer::<f64>::get(array)?),
        };
        let (shape, is_contiguous) = match &numbers {
            Numbers::F32(buffer) => (buffer.shape(), buffer.is_c_contiguous()),
            Numbers::F64(buffer) => (buffer.shape(), buffer.is_c_contiguous()),
        };
        match *shape {
            [rows, columns] if is_contiguous => Ok(Self { shape: [rows, columns], numbers }),
            _ => Err(PyTypeError::new_err("rows are a C-contiguous matrix of float32 or float64")),
        }
    }

    pub(crate) fn shape(&self) -> [usize; 2] {
        self.shape
    }

    pub(crate) fn columns(&self) -> usize {
        self.shape[1]
    }

    pub(crate) fn slice(&self) -> Slice<'_> {
        match &self.numbers {
            Numbers::F32(buffer) => Slice::F32(numbers(buffer)),
            Numbers::F64(buffer) => Slice::F64(numbers(buffer)),
        }
    }
}

/// The numbers of a C-contiguous buffer.
#[expect(unsafe_code, reason = "Python's memory is known by a pointer only")]
fn numbers<T: Element>(buffer: &PyBuffer<T>) -> &[T] {
    if buffer.item_count() == 0 {
        return &[];
    }
    // SAFETY: the buffer is contiguous, aligned and of this type, which was checked when it was made, and Python keeps its memory as long as the buffer lives.
    // Nobody writes to the array meanwhile, unless a thread of the caller does what the documentation tells not to do.
    buffer.as_slice_ptr().map_or(&[], |numbers| unsafe { numbers.as_ref() })
}

impl Matrix for PyMatrix {
    fn shape(&self) -> [usize; 2] {
        self.shape
    }

    fn is_f32(&self) -> bool {
        matches!(self.numbers, Numbers::F32(_))
    }

    fn rows(&self, rows: Range<usize>) -> Result<TensorData, Box<dyn StdError + Send + Sync>> {
        let columns = self.columns();
        let (shape, range) = ([rows.len(), columns], rows.start * columns..rows.end * columns);
        Ok(match self.slice() {
            Slice::F32(numbers) => TensorData::new(numbers[range].to_vec(), shape),
            Slice::F64(numbers) => TensorData::new(numbers[range].to_vec(), shape),
        })
    }
}
