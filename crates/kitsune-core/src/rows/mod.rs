//! Rows in host memory: what is a source of them, and how they become batches and samples.

pub(crate) mod any_source;
pub(crate) mod batch_rows;
pub(crate) mod batches;
pub(crate) mod finite;
pub(crate) mod hold_out;
pub(crate) mod host_rows;
pub(crate) mod in_memory;
pub(crate) mod matrix;
pub(crate) mod number;
pub(crate) mod picked;
pub(crate) mod raw_rows;
pub(crate) mod reading;
pub(crate) mod sample;
pub(crate) mod source;

pub use in_memory::{Row, RowNumber, RowSlice};
pub use raw_rows::RawRows;
pub use source::{Chunk, InMemory, InOrder, RowSource};
