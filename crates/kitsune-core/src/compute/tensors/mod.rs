//! The engine of every backend: a training step by Burn's tensor operations, and the oracle of the other engines.

pub(crate) mod gradient;
pub(crate) mod optimizer;
