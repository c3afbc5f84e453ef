//! Matrices of numbers that lie in the memory of somebody else.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;

use burn::tensor::TensorData;

/// A matrix of f32 or f64 in the memory of somebody else, such as an array of `NumPy`. A pass copies some of its rows at a time.
pub trait Matrix: fmt::Debug + Send + Sync {
    /// The numbers of rows and of columns.
    fn shape(&self) -> [usize; 2];

    /// Whether the numbers are f32; otherwise they are f64.
    fn is_f32(&self) -> bool;

    /// Copies some rows: F32 or F64, row-major [rows, columns].
    ///
    /// # Errors
    ///
    /// If the memory cannot be read.
    fn rows(&self, rows: Range<usize>) -> Result<TensorData, Box<dyn StdError + Send + Sync>>;
}
