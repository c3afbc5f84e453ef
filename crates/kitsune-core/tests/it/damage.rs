//! Files and bytes as they come out of accidents.

use crate::random::Random;

/// Length of the part of a safetensors file that describes the rest.
pub(crate) fn header_length(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize
}

/// Every truncation of the header and some of the rest, every header byte replaced by a few others, and `random` files of one to eight
/// random changes.
pub(crate) fn damaged(bytes: &[u8], random: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let header = header_length(bytes);
    let truncations = (0..header).chain((header..bytes.len()).step_by(1 + (bytes.len() - header) / 200));
    let truncated = truncations.map(|length| bytes[..length].to_vec());
    let flipped = (0..header).flat_map(|at| [1, 0x10, 0x80].map(|flip| (at, flip))).map(|(at, flip)| {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= flip;
        damaged
    });
    let mut draws = Random::new(1);
    let changed = (0..random).map(move |_| {
        let mut damaged = bytes.to_vec();
        // Either in the header or in the numbers after it.
        let range = if draws.below(2) == 0 { 0..header } else { header..bytes.len() };
        for _ in 0..=draws.below(7) {
            let at = range.start + draws.below(range.len());
            damaged[at] = draws.bits() as u8;
        }
        damaged
    });
    truncated.chain(flipped).chain(changed)
}
