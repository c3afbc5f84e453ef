//! Training: the recipe and its steps, the rough fit, checkpoints, and the start from an earlier model.

pub(crate) mod checkpoint;
#[cfg(feature = "ndarray")]
pub(crate) mod on_cpu;
pub(crate) mod recipe;
pub(crate) mod trainer;

mod digest;
mod held_out;
mod rough_fit;
mod score_limit;
mod statistics;
mod warm_start;
