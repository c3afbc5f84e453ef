//! Errors about the bytes of a Parquet file.

use polars::prelude::PolarsError;

/// The error about bytes that contradict each other, which becomes one about the file.
pub(super) fn damage(message: impl Into<String>) -> PolarsError {
    PolarsError::ComputeError(message.into().into())
}
