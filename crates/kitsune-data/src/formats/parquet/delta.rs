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
    let (mut lengths, mut total) = (Deltas::new(bytes, most)?, 0_u64);
    while lengths.left > 0 {
        add(&mut total, lengths.next()?)?;
    }
    Some(()).filter(|()| total <= lengths.bytes.len() as u64)
}

/// Whether the texts of a page, each of which begins like the one before, fit the bytes.
pub(super) fn prefixes_fit(bytes: &[u8], most: usize) -> Option<()> {
    // The lengths of the rest of each text are behind those of all prefixes.
    let mut prefixes = Deltas::new(bytes, most)?;
    while prefixes.left > 0 {
        prefixes.next()?;
    }
    let (mut suffixes, mut prefixes) = (Deltas::new(prefixes.bytes, most)?, Deltas::new(bytes, most)?);
    let (mut last, mut total, mut stored) = (0, 0, 0);
    while suffixes.left > 0 {
        let (prefix, suffix) = (prefixes.next()?, suffixes.next()?);
        add(&mut stored, suffix)?;
        Some(()).filter(|()| (0..=last).contains(&prefix))?;
        last = prefix.checked_add(suffix)?;
        add(&mut total, last)?;
    }
    Some(()).filter(|()| prefixes.left == 0 && stored <= suffixes.bytes.len() as u64 && total <= MOST_TEXT)
}

fn add(total: &mut u64, length: i64) -> Option<()> {
    *total = total.checked_add(u64::try_from(length).ok()?)?;
    Some(())
}

/// The numbers of a sequence of differences, one after another.
struct Deltas<'a> {
    /// What comes after the numbers that were decoded, at the latest after the last one.
    bytes: &'a [u8],
    /// How many numbers are to come.
    left: usize,
    /// The next number, if it is the first one.
    first: Option<i64>,
    last: i64,
    miniblocks: usize,
    per_miniblock: usize,
    /// The least difference of the block.
    least: i64,
    /// The widths of the miniblocks of the block that are to come.
    widths: &'a [u8],
    /// How many numbers of the miniblock are to come.
    in_miniblock: usize,
    differences: Bits<'a>,
}

impl<'a> Deltas<'a> {
    /// At most `most` numbers.
    fn new(mut bytes: &'a [u8], most: usize) -> Option<Self> {
        let block = varint(&mut bytes)?;
        let miniblocks = varint(&mut bytes)?;
        let count = varint(&mut bytes)?;
        let first = zigzag(varint(&mut bytes)?);
        let is_sound =
            block % 128 == 0 && (1..=LARGEST_BLOCK).contains(&block) && (1..=block / 32).contains(&miniblocks) && count <= most as u64;
        let per_miniblock = block.checked_div(miniblocks).filter(|size| is_sound && block % miniblocks == 0 && size % 32 == 0)?;
        Some(Self {
            bytes,
            left: count as usize,
            first: Some(first),
            last: first,
            miniblocks: miniblocks as usize,
            per_miniblock: per_miniblock as usize,
            least: 0,
            widths: &[],
            in_miniblock: 0,
            differences: Bits { bytes: &[], width: 0, at: 0 },
        })
    }

    /// The next number. `None` if none is left or if the bytes end too early.
    fn next(&mut self) -> Option<i64> {
        self.left = self.left.checked_sub(1)?;
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.in_miniblock == 0 {
            self.begin_miniblock()?;
        }
        self.in_miniblock -= 1;
        self.last = self.last.wrapping_add(self.least).wrapping_add(self.differences.next());
        Some(self.last)
    }

    fn begin_miniblock(&mut self) -> Option<()> {
        if self.widths.is_empty() {
            self.least = zigzag(varint(&mut self.bytes)?);
            (self.widths, self.bytes) = self.bytes.split_at_checked(self.miniblocks)?;
        }
        let (&width, widths) = self.widths.split_first()?;
        let width = Some(width).filter(|&width| width <= 64)?;
        let (packed, rest) = self.bytes.split_at_checked(self.per_miniblock / 8 * usize::from(width))?;
        (self.widths, self.bytes, self.in_miniblock) = (widths, rest, self.per_miniblock);
        self.differences = Bits { bytes: packed, width: u32::from(width), at: 0 };
        Some(())
    }
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
        let mut numbers = Deltas::new(&packed, 9).unwrap();
        let found: Vec<_> = (0..9).map_while(|_| numbers.next()).collect();
        assert_eq!((numbers.next(), numbers.bytes, found), (None, &[][..], vec![1, 1, 2, 4, 7, 7, 8, 10, 13]));
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
