//! The process as a whole: its threads, its memory, its limits, its panics and its signals.

mod allocator;
pub(crate) mod follow;
#[cfg(feature = "live")]
pub(crate) mod interface;
pub(crate) mod interrupt;
mod limits;
pub(crate) mod memory;
pub(crate) mod panics;
pub(crate) mod standard_input;
pub(crate) mod threads;
