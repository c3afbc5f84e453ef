//! What a radio tells of an 802.11 frame: only where the frame begins, and whether it is padded, matters here.

use super::bytes::{head, skip};
use super::flaw::LayerFlaw;
use super::layer::{Layer, Next};

/// Bits of the fields that are present, lowest first: a time of 8 bytes, then the flags; the highest says that 32 more bits follow.
const TIME: u32 = 1;
const FLAGS: u32 = 1 << 1;
const MORE: u32 = 1 << 31;
/// A bit of the flags.
const IS_PADDED: u8 = 0x20;
const MOST_BITMAPS: usize = 32;

pub(super) fn read(bytes: &[u8]) -> Next<'_> {
    let (&[version, _, l0, l1], _) = head(bytes)?;
    if version != 0 {
        return Err(LayerFlaw::Malformed);
    }
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let frame = skip(bytes, length)?;
    let header = bytes.get(..length).ok_or(LayerFlaw::Truncated)?;
    let is_padded = flags(header).ok_or(LayerFlaw::Malformed)? & IS_PADDED != 0;
    Ok(Some((Layer::Wifi { is_padded }, frame)))
}

/// The flags, 0 if there are none; `None` if the header ends before them.
fn flags(header: &[u8]) -> Option<u8> {
    let bitmap = |index: usize| header.get(4 + 4 * index..)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes));
    let present = bitmap(0)?;
    if present & FLAGS == 0 {
        return Some(0);
    }
    let last = (0..MOST_BITMAPS).find_map(|index| match bitmap(index) {
        Some(bits) if bits & MORE != 0 => None,
        found => Some(found.map(|_| index)),
    })??;
    let mut at = 8 + 4 * last;
    if present & TIME != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    header.get(at).copied()
}
