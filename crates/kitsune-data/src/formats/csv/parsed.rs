//! What the parsers make of a CSV chunk.

use crate::error::Error;

/// What became of a chunk.
pub(super) struct Parsed {
    /// The features of the good rows, row-major.
    pub(super) values: Vec<f64>,
    /// Which of the rows, up to the first bad one, are normal by their label: all if nothing is said.
    pub(super) normal: Option<Vec<bool>>,
    /// What is wrong with the row after them.
    pub(super) problem: Option<Error>,
}
