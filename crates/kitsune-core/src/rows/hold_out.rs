//! The rule that says which rows are held out of training.

use crate::random::{Draws, Purpose};

/// Which rows are held out: those whose hash of (seed, row number) is in the lowest share. The same ones in every pass, whatever its order.
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
        // The upper 53 bits, a number in [0, 1) without rounding.
        ((self.draws.row_bits(number) >> 11) as f64) < self.share * (1_u64 << 53) as f64
    }
}
