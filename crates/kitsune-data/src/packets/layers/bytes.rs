//! Fields of a known size at the front of bytes.

use super::flaw::LayerFlaw;

/// The first `N` bytes, and those behind them.
pub(super) fn head<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), LayerFlaw> {
    bytes.split_first_chunk().ok_or(LayerFlaw::Truncated)
}

/// The bytes behind the first `count`.
pub(super) fn skip(bytes: &[u8], count: usize) -> Result<&[u8], LayerFlaw> {
    bytes.get(count..).ok_or(LayerFlaw::Truncated)
}
