//! Rows in the memory of this process: record batches of Arrow by its C data interface, and matrices of numbers.

pub(crate) mod arrow_stream;
mod arrow_table;
pub(crate) mod matrix;
mod matrix_table;
mod parts;
pub(crate) mod rows;
