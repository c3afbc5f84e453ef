//! The process as a whole: its threads, its memory, its limits, its panics and its signals.

mod allocator;
pub(crate) mod follow;
pub(crate) mod interrupt;
mod limits;
pub(crate) mod memory;
pub(crate) mod panics;
pub(crate) mod standard_input;
pub(crate) mod threads;
