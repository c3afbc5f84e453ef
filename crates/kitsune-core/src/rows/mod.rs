//! Rows on the host: sources of them, checks, batches, samples, and the rule that holds rows out of training.

pub(crate) mod batches;
pub(crate) mod finite;
pub(crate) mod hold_out;
pub(crate) mod host_rows;
pub(crate) mod matrix;
pub(crate) mod number;
pub(crate) mod raw_rows;
pub(crate) mod sample;
pub(crate) mod source;
