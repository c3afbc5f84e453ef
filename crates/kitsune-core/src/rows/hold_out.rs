//! The hold-out rule: which rows train nothing.

use crate::random::{Draws, Purpose};

/// The rule holds out the rows whose hash of (seed, row number) is in the lowest share. These are the same rows in every pass and in any
/// order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldOutRule {
    draws: Draws,
    share: f64,
}

impl HoldOutRule {
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self { draws: Draws::new(seed, Purpose::HoldOut, 0), share }
    }

    pub(crate) fn holds(self, number: u64) -> bool {
        // The upper 53 bits are a number in [0, 1) without rounding.
        ((self.draws.row_bits(number) >> 11) as f64) < self.share * (1_u64 << 53) as f64
    }
}
