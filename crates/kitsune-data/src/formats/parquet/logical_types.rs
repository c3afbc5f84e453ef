//! Logical types in the footer of a Parquet file that Polars does not know, and for which it would refuse the file.

use std::ops::Range;

/// The end of a file: the length of the footer and a magic number.
const END_BYTES: usize = 8;
const MAGIC: &[u8; 4] = b"PAR1";

/// The fields of `FileMetaData` and of `SchemaElement`, and those of the union `LogicalType`, by their numbers in the Thrift definition of
/// Parquet.
const SCHEMA: i16 = 2;
const CHILDREN: i16 = 5;
const LOGICAL_TYPE: i16 = 10;
const VARIANT: i16 = 16;
const GEOMETRY: i16 = 17;
const GEOGRAPHY: i16 = 18;

/// The types of Thrift's compact protocol that matter here.
const STOP: u8 = 0;
const LIST: u8 = 9;
const STRUCT: u8 = 12;
/// The deepest nesting that is followed.
const DEEPEST: usize = 32;

/// A column whose type Polars does not know: the index of each field on the way to it, and the name of the type.
pub(super) type Unknown = (Vec<usize>, &'static str);

/// The end of a file without logical types that Polars does not know. Bytes of such a type remain bytes.
///
/// A file that makes no sense stays as it is: Polars says what is wrong with it.
pub(super) fn without_unknown(file_end: Vec<u8>) -> (Vec<u8>, Vec<Unknown>) {
    let length = file_end.len().saturating_sub(END_BYTES);
    let mut reader = Reader { bytes: &file_end[..length], at: 0 };
    let Some(found) = reader.found().filter(|found| !found.cuts.is_empty()) else { return (file_end, Vec::new()) };
    let (mut footer, mut from) = (Vec::with_capacity(file_end.len()), 0);
    for cut in found.cuts {
        footer.extend_from_slice(&file_end[from..cut.start]);
        from = cut.end;
    }
    footer.extend_from_slice(&file_end[from..length]);
    let length = (footer.len() as u32).to_le_bytes();
    footer.extend_from_slice(&length);
    footer.extend_from_slice(MAGIC);
    (footer, found.unknown)
}

/// The logical types that Polars does not know.
#[derive(Default)]
struct Found {
    /// Where they stand.
    cuts: Vec<Range<usize>>,
    unknown: Vec<Unknown>,
}

/// Reads Thrift's compact protocol. `None` is the answer to bytes that make no sense.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn found(&mut self) -> Option<Found> {
        let mut last = 0;
        loop {
            match self.field(&mut last)? {
                (SCHEMA, LIST) => return self.schema(),
                (_, STOP) => return None,
                (_, kind) => self.skip(kind, DEEPEST)?,
            }
        }
    }

    /// The elements of a schema, from the root on, each before its children.
    fn schema(&mut self) -> Option<Found> {
        let (elements, kind) = self.list()?;
        let mut found = Found::default();
        // The children that are still to come of each element on the way, and the index of the next one.
        let mut way: Vec<(u64, usize)> = Vec::new();
        for element in 0..elements {
            if kind != STRUCT {
                return None;
            }
            let (children, unknown) = self.element(&mut found.cuts)?;
            if element > 0 {
                while way.last()?.0 == 0 {
                    way.pop();
                }
                let (left, next) = way.last_mut()?;
                *left -= 1;
                *next += 1;
                let path = way.iter().map(|&(_, next)| next - 1).collect();
                found.unknown.extend(unknown.map(|name| (path, name)));
            }
            if children > 0 || element == 0 {
                way.push((children, 0));
            }
        }
        Some(found)
    }

    /// An element: the number of its children, and the name of its logical type, if it cannot be read.
    fn element(&mut self, cuts: &mut Vec<Range<usize>>) -> Option<(u64, Option<&'static str>)> {
        let (mut last, mut children, mut unknown) = (0, 0, None);
        loop {
            let start = self.at;
            match self.field(&mut last)? {
                (_, STOP) => return Some((children, unknown)),
                (CHILDREN, _) => children = self.varint()? >> 1,
                (LOGICAL_TYPE, STRUCT) => {
                    let (number, _) = Reader { bytes: self.bytes, at: self.at }.field(&mut 0)?;
                    self.skip(STRUCT, DEEPEST)?;
                    // It is the last field, so that no other is numbered by its distance to it.
                    let is_last = *self.bytes.get(self.at)? == STOP;
                    if is_last && !matches!(number, 1..=8 | 10..=15) {
                        cuts.push(start..self.at);
                        unknown = match number {
                            VARIANT => Some("a variant"),
                            GEOMETRY | GEOGRAPHY => None,
                            _ => Some("a type that is not known"),
                        };
                    }
                }
                (_, kind) => self.skip(kind, DEEPEST)?,
            }
        }
    }

    /// The number and the type of the next field of a struct. The type is `STOP` at its end.
    fn field(&mut self, last: &mut i16) -> Option<(i16, u8)> {
        let head = self.byte()?;
        if head == STOP {
            return Some((0, STOP));
        }
        *last = match head >> 4 {
            0 => {
                let number = self.varint()?;
                i16::try_from((number >> 1) as i64 ^ -((number & 1) as i64)).ok()?
            }
            distance => last.checked_add(distance.into())?,
        };
        Some((*last, head & 0x0f))
    }

    /// The length of a list and the type of its elements.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((length, head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Booleans of a struct are in the head of their field.
            1 | 2 => {}
            3 => self.at = self.at.checked_add(1)?,
            4..=6 => {
                self.varint()?;
            }
            7 => self.at = self.at.checked_add(8)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.at = self.at.checked_add(length)?;
            }
            LIST | 10 => {
                let (length, kind) = self.list()?;
                for _ in 0..length {
                    if kind <= 2 {
                        self.at += 1;
                    } else {
                        self.skip(kind, depth)?;
                    }
                    self.bytes.get(self.at)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                while let (_, kind @ 1..) = self.field(&mut last)? {
                    self.skip(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}
