//! Rows in host memory: sources, checks, batches, samples, and the hold-out rule.

pub(crate) mod any_source;
pub(crate) mod batches;
pub(crate) mod finite;
pub(crate) mod hold_out;
pub(crate) mod host_rows;
pub(crate) mod matrix;
pub(crate) mod number;
pub(crate) mod raw_rows;
pub(crate) mod sample;
pub(crate) mod source;
