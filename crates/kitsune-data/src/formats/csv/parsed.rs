//! The result of parsing a CSV chunk.

use crate::error::Error;

/// A chunk after parsing.
pub(super) struct Parsed {
    /// The features of the good rows, row-major.
    pub(super) values: Vec<f64>,
    /// Whether each row up to the first bad one is normal by its label; `None` means that all are.
    pub(super) normal: Option<Vec<bool>>,
    /// What is wrong with the row after them.
    pub(super) problem: Option<Error>,
}
