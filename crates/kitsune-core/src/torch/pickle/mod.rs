//! Pickles: programs for a stack, whose results are values. Nothing is imported, and nothing is called but what rebuilds tensors and empty
//! containers, which is done here.

mod calls;
mod machine;
mod opcodes;
mod stack;

pub(super) use machine::load;
