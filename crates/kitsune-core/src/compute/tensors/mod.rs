//! The engine for every backend: training steps by Burn's tensor operations. It is the oracle of the other engines.

pub(crate) mod gradient;
pub(crate) mod optimizer;
