//! The process as a whole: its threads, its memory, its panics and its signals.

pub(crate) mod interrupt;
pub(crate) mod memory;
pub(crate) mod panics;
pub(crate) mod threads;
