//! Thrift's compact protocol, in which footers and page headers are written.

use std::ops::Range;

use super::varint::{varint, zigzag};

/// The types of the protocol that matter here.
pub(super) const STOP: u8 = 0;
pub(super) const TRUE: u8 = 1;
pub(super) const FALSE: u8 = 2;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// The deepest nesting that is followed.
const DEEPEST: usize = 32;

/// Reads the compact protocol. `None` is the answer to bytes that make no sense, and to lengths that lead beyond the end.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The number of the next field of a struct, given that of the field before it, and its type. The type is `STOP` at the end.
    pub(super) fn field(&mut self, last: &mut i16) -> Option<(i16, u8)> {
        let head = self.byte()?;
        // As Polars has it: what stands beside the mark of the end does not matter.
        if head & 0x0f == STOP {
            return Some((0, STOP));
        }
        *last = match head >> 4 {
            0 => i16::try_from(self.integer()?).ok()?,
            delta => last.checked_add(i16::from(delta))?,
        };
        Some((*last, head & 0x0f))
    }

    /// The number of elements of a list, each of which takes a byte at least, and their type.
    pub(super) fn list(&mut self) -> Option<(usize, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        let length = usize::try_from(length).ok().filter(|&length| length <= self.bytes.len() - self.at)?;
        Some((length, head & 0x0f))
    }

    /// An integer of any size.
    pub(super) fn integer(&mut self) -> Option<i64> {
        self.varint().map(zigzag)
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_within(kind, DEEPEST)
    }

    /// Passes over a string, and returns the range of its bytes without their number.
    pub(super) fn binary(&mut self) -> Option<Range<usize>> {
        let length = usize::try_from(self.varint()?).ok()?;
        let start = self.at;
        self.advance(length)?;
        Some(start..self.at)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Booleans of a struct are in the head of their field.
            TRUE | FALSE => {}
            3 => self.advance(1)?,
            4 | I32 | I64 => {
                self.varint()?;
            }
            7 => self.advance(8)?,
            BINARY => {
                self.binary()?;
            }
            LIST => {
                let (length, kind) = self.list()?;
                for _ in 0..length {
                    // Parquet has no lists of booleans here, and readers differ in where their values are.
                    Some(()).filter(|()| !matches!(kind, TRUE | FALSE))?;
                    self.skip_within(kind, depth)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                while let (_, kind @ 1..) = self.field(&mut last)? {
                    self.skip_within(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn advance(&mut self, length: usize) -> Option<()> {
        self.at = self.at.checked_add(length).filter(|&at| at <= self.bytes.len())?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut rest = &self.bytes[self.at..];
        let number = varint(&mut rest)?;
        self.at = self.bytes.len() - rest.len();
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_make_no_sense() {
        for (kind, bytes) in [
            (BINARY, &[5, 1, 2, 3, 4][..]),
            (BINARY, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            // Lists of five structs and of 2^63 booleans, in less bytes than that.
            (LIST, &[0x5c, 0, 0]),
            (LIST, &[0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            (STRUCT, &[0x15]),
            (I64, &[0xff; 20]),
            (13, &[0; 9]),
        ] {
            assert_eq!(Reader::new(bytes).skip(kind), None, "{kind}: {bytes:?}");
        }
        // Structs in structs.
        assert_eq!(Reader::new(&[0x1c; 1_000]).skip(STRUCT), None);
    }

    #[test]
    fn values_are_passed_over() {
        // Field 1: 300; field 2: true; field 40: "ab"; field 41: [[1, 2]].
        let bytes = [0x16, 0xd8, 4, 0x11, 8, 80, 2, b'a', b'b', 0x19, 0x19, 0x25, 2, 4, 0, 99];
        let mut reader = Reader::new(&bytes);
        assert_eq!((reader.skip(STRUCT), reader.at), (Some(()), 15));
        let (mut reader, mut last) = (Reader::new(&bytes), 0);
        assert_eq!(reader.field(&mut last), Some((1, I64)));
        assert_eq!(reader.integer(), Some(300));
        assert_eq!(reader.field(&mut last), Some((2, TRUE)));
        assert_eq!(reader.field(&mut last), Some((40, BINARY)));
        assert_eq!(reader.binary(), Some(7..9));
        assert_eq!(reader.field(&mut last), Some((41, LIST)));
        assert_eq!(reader.list(), Some((1, LIST)));
        assert_eq!(Reader::new(&[3, 1, 2]).integer(), Some(-2));
    }
}
