//! The shared part of the formats that Polars reads as frames: how columns are stored, and how frames become rows.

#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod arrow_schema;
#[cfg(any(feature = "parquet", feature = "ipc"))]
mod blocks;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod convert;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod leaves;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod list_lengths;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod no_rows;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod pandas;
pub(crate) mod schema;
#[cfg(any(feature = "parquet", feature = "ipc"))]
pub(crate) mod storage;
