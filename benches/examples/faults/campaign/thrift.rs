//! The numbers in a structure of Thrift's compact protocol, with their bytes.

use std::ops::Range;

/// A number of a structure, or the length of a text or of a list.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) bytes: Range<usize>,
    /// Identifiers of the fields around it, from the outermost one.
    pub(super) path: Vec<i64>,
    pub(super) value: i64,
    is_signed: bool,
}

impl Number {
    /// The bytes of another value in its stead.
    pub(super) fn encoded(&self, value: i64) -> Vec<u8> {
        let mut rest = if self.is_signed { ((value << 1) ^ (value >> 63)) as u64 } else { value as u64 };
        let mut bytes = Vec::new();
        loop {
            let byte = (rest & 0x7f) as u8;
            rest >>= 7;
            if rest == 0 {
                bytes.push(byte);
                return bytes;
            }
            bytes.push(byte | 0x80);
        }
    }
}

/// The numbers of the structure at this offset, and its end; `None` if it is damaged.
pub(super) fn numbers(bytes: &[u8], start: usize) -> Option<(Vec<Number>, usize)> {
    let mut walk = Walk { bytes, at: start, path: Vec::new(), found: Vec::new() };
    walk.structure()?;
    Some((walk.found, walk.at))
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<i64>,
    found: Vec<Number>,
}

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.at += 1;
        self.bytes.get(self.at - 1).copied()
    }

    fn varint(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn number(&mut self, is_signed: bool) -> Option<i64> {
        let start = self.at;
        let raw = self.varint()?;
        let value = if is_signed { (raw >> 1) as i64 ^ -((raw & 1) as i64) } else { raw as i64 };
        self.found.push(Number { bytes: start..self.at, path: self.path.clone(), value, is_signed });
        Some(value)
    }

    fn structure(&mut self) -> Option<()> {
        let mut id = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            id = match head >> 4 {
                0 => {
                    let raw = self.varint()?;
                    (raw >> 1) as i64 ^ -((raw & 1) as i64)
                }
                more => id + i64::from(more),
            };
            self.path.push(id);
            self.value(head & 15, false)?;
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8, in_list: bool) -> Option<()> {
        match kind {
            1 | 2 if !in_list => {}
            1..=3 => drop(self.byte()?),
            4..=6 => drop(self.number(true)?),
            7 => self.at += 8,
            8 => {
                let length = self.number(false)?;
                self.at = self.at.checked_add(length as usize)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.number(false)? } else { i64::from(head >> 4) };
                for _ in 0..length {
                    self.value(head & 15, true)?;
                }
            }
            12 => self.structure()?,
            _ => return None,
        }
        Some(())
    }
}
