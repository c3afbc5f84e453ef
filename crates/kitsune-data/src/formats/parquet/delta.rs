//! Lengths of texts that are written as differences, which Polars believes.
//!
//! See "Encodings", `DELTA_BINARY_PACKED` and the two that are made of it, in the specification of Parquet.

use super::varint::{varint, zigzag};

/// The most bytes of the texts of a page together. Each may begin like the one before, so that a page can be a bomb.
const MOST_TEXT: u64 = 256 << 20;
/// The most values of a block. Writers have 128 to some thousands.
const LARGEST_BLOCK: u64 = 1 << 20;

/// Whether the texts of a page are not longer than its bytes. At most `most` of them are there.
pub(super) fn lengths_fit(bytes: &[u8], most: usize) -> Option<()> {
    let mut total = 0_u64;
    let rest = each(bytes, most, |length| add(&mut total, length))?;
    Some(()).filter(|()| total <= rest.len() as u64)
}

/// Whether the texts of a page, each of which begins like the one before, fit the bytes.
pub(super) fn prefixes_fit(bytes: &[u8], most: usize) -> Option<()> {
    let mut prefixes = Vec::new();
    let rest = each(bytes, most, |length| {
        prefixes.push(u32::try_from(length).ok()?);
        Some(())
    })?;
    let (mut prefixes, mut last, mut total, mut suffixes) = (prefixes.into_iter(), 0, 0, 0);
    let rest = each(rest, most, |length| {
        let prefix = u64::from(prefixes.next()?);
        add(&mut suffixes, length)?;
        Some(()).filter(|()| prefix <= last)?;
        last = prefix.checked_add(u64::try_from(length).ok()?)?;
        add(&mut total, i64::try_from(last).ok()?)
    })?;
    Some(()).filter(|()| prefixes.next().is_none() && suffixes <= rest.len() as u64 && total <= MOST_TEXT)
}

fn add(total: &mut u64, length: i64) -> Option<()> {
    *total = total.checked_add(u64::try_from(length).ok()?)?;
    Some(())
}

/// Shows each number of a block of differences, and returns the bytes after it.
fn each(mut bytes: &[u8], most: usize, mut show: impl FnMut(i64) -> Option<()>) -> Option<&[u8]> {
    let block = varint(&mut bytes)?;
    let miniblocks = varint(&mut bytes)?;
    let count = varint(&mut bytes)?;
    let first = zigzag(varint(&mut bytes)?);
    let is_sound =
        block % 128 == 0 && (1..=LARGEST_BLOCK).contains(&block) && (1..=block / 32).contains(&miniblocks) && count <= most as u64;
    let per_miniblock = block.checked_div(miniblocks).filter(|size| is_sound && block % miniblocks == 0 && size % 32 == 0)? as usize;
    if count == 0 {
        return Some(bytes);
    }
    show(first)?;
    let (mut left, mut last) = (count as usize - 1, first);
    while left > 0 {
        let least = zigzag(varint(&mut bytes)?);
        let (widths, rest) = bytes.split_at_checked(miniblocks as usize)?;
        bytes = rest;
        for &width in widths.iter().take(left.div_ceil(per_miniblock)) {
            let packed;
            (packed, bytes) = bytes.split_at_checked(per_miniblock / 8 * usize::from(Some(width).filter(|&width| width <= 64)?))?;
            let mut numbers = Bits { bytes: packed, width: u32::from(width), at: 0 };
            for _ in 0..per_miniblock.min(left) {
                last = last.wrapping_add(least).wrapping_add(numbers.next());
                show(last)?;
            }
            left -= per_miniblock.min(left);
        }
    }
    Some(bytes)
}

/// Numbers of equal width, the lowest bits first.
struct Bits<'a> {
    bytes: &'a [u8],
    width: u32,
    at: usize,
}

impl Bits<'_> {
    fn next(&mut self) -> i64 {
        let (bytes, shift) = (&self.bytes[self.at / 8..], self.at % 8);
        self.at += self.width as usize;
        // 64 bits can begin at any bit of a byte, and so reach into a ninth one.
        let mut window = [0; 16];
        let length = bytes.len().min(9);
        window[..length].copy_from_slice(&bytes[..length]);
        let bits = (u128::from_le_bytes(window) >> shift) & ((1 << self.width) - 1);
        bits as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five lengths, 1 to 5: blocks of 128 values in 4 parts, the first length, the least difference, and widths of 0.
    const LENGTHS: [u8; 10] = [0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0];

    #[test]
    fn lengths_are_added_up() {
        for (texts, fit) in [(15, Some(())), (14, None), (0, None)] {
            assert_eq!(lengths_fit(&[&LENGTHS[..], &vec![b'a'; texts]].concat(), 5), fit, "{texts}");
        }
        assert_eq!(lengths_fit(&[&LENGTHS[..], &[b'a'; 15]].concat(), 4), None, "more texts than values");
        // 32 differences of two bits: 0, 1, 2, 3 and again, after a 1.
        let mut packed = vec![0x80, 1, 4, 9, 2, 0, 2, 0, 0, 0];
        packed.extend([0b1110_0100; 8]);
        let mut found = Vec::new();
        let rest = each(&packed, 9, |length| {
            found.push(length);
            Some(())
        });
        assert_eq!((rest, found), (Some(&[][..]), vec![1, 1, 2, 4, 7, 7, 8, 10, 13]));
    }

    #[test]
    fn a_text_begins_like_one_that_is_long_enough() {
        // Prefixes of 0 and -1 more for each; suffixes of 1 to 5.
        let none = [0x80, 1, 4, 5, 0, 0, 0, 0, 0, 0];
        assert_eq!(prefixes_fit(&[&none[..], &LENGTHS[..], &[b'a'; 15]].concat(), 5), Some(()));
        // 0, 1, 2, 3, 4, where the texts have 1, 3, 5, 7 and 9 letters; and from 2 on, where there is no text before.
        let rising = [0x80, 1, 4, 5, 0, 2, 0, 0, 0, 0];
        assert_eq!(prefixes_fit(&[&rising[..], &LENGTHS[..], &[b'a'; 15]].concat(), 5), Some(()));
        let early = [0x80, 1, 4, 5, 4, 2, 0, 0, 0, 0];
        assert_eq!(prefixes_fit(&[&early[..], &LENGTHS[..], &[b'a'; 15]].concat(), 5), None);
    }

    #[test]
    fn blocks_that_make_no_sense_are_refused() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x80, 1, 0, 5, 2],
            &[0x81, 1, 4, 5, 2],
            &[0x80, 1, 5, 5, 2],
            &[0x80, 1, 4, 5, 2, 2, 65, 0, 0, 0],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0],
        ] {
            assert_eq!(lengths_fit(bytes, 5), None, "{bytes:?}");
        }
    }
}
