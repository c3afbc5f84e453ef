//! The header of a page of a Parquet file.

use std::ops::Range;

use super::thrift::{BINARY, FALSE, I32, I64, Reader, STOP, STRUCT, TRUE};

/// The fields of `PageHeader` by their numbers in the Thrift definition of Parquet.
const TYPE: i16 = 1;
const UNCOMPRESSED_SIZE: i16 = 2;
const COMPRESSED_SIZE: i16 = 3;
const CRC: i16 = 4;
const DATA: i16 = 5;
const INDEX: i16 = 6;
const DICTIONARY: i16 = 7;
const DATA_V2: i16 = 8;

/// A page: what its header announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) kind: Kind,
    /// Where its header and its content are, in bytes from the start of the column chunk.
    pub(super) range: Range<usize>,
    pub(super) header: usize,
    pub(super) uncompressed: usize,
    /// The number of values, nulls included, or of the values of a dictionary.
    pub(super) values: usize,
    pub(super) encoding: i64,
}

/// The kind of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dictionary,
    /// Levels and values are compressed together.
    V1,
    /// Repetition levels and definition levels come first, of so many bytes each, and are not compressed.
    V2 {
        rows: usize,
        repetition: usize,
        definition: usize,
        is_compressed: bool,
    },
}

impl Page {
    /// The bytes after the header.
    pub(super) fn content(&self) -> Range<usize> {
        self.range.start + self.header..self.range.end
    }

    /// Reads the header at the beginning of `bytes`, which are at `start`. `None` is the answer to bytes that make no sense, or that end too
    /// early.
    ///
    /// Polars goes by the numbers of fields and not by their types, so each field must have its type.
    pub(super) fn read(bytes: &[u8], start: usize) -> Option<Result<Self, String>> {
        let (mut reader, mut last) = (Reader::new(bytes), 0);
        let (mut page_type, mut sizes, mut parts) = (None, [None; 2], [None; 3]);
        loop {
            match reader.field(&mut last)? {
                (_, STOP) => break,
                (TYPE, I32) => page_type = Some(reader.integer()?),
                (UNCOMPRESSED_SIZE, I32) => sizes[0] = Some(reader.integer()?),
                (COMPRESSED_SIZE, I32) => sizes[1] = Some(reader.integer()?),
                (DATA, STRUCT) => parts[0] = Some(Part::read(&mut reader, &[I32; 4], 5)?),
                (DICTIONARY, STRUCT) => parts[1] = Some(Part::read(&mut reader, &[I32, I32, TRUE], 0)?),
                (DATA_V2, STRUCT) => parts[2] = Some(Part::read(&mut reader, &[I32, I32, I32, I32, I32, I32, TRUE], 8)?),
                (CRC, I32) | (INDEX, STRUCT) => reader.skip(if last == CRC { I32 } else { STRUCT })?,
                (TYPE..=DATA_V2, _) => return None,
                (_, kind) => reader.skip(kind)?,
            }
        }
        Some(Self::checked(page_type?, [sizes[0]?, sizes[1]?], &parts, start, reader.at))
    }

    fn checked(page_type: i64, sizes: [i64; 2], parts: &[Option<Part>; 3], start: usize, header: usize) -> Result<Self, String> {
        let number = |value: i64| i32::try_from(value).ok().and_then(|value| usize::try_from(value).ok());
        let size = |value| number(value).ok_or("a page has a negative size, or one above 2 GiB");
        let &[v1, dictionary, v2] = parts;
        let part = match page_type {
            0 => v1,
            2 => dictionary,
            3 => v2,
            _ => return Err(format!("there is a page of type {page_type}, which is not known")),
        };
        let Part { fields, is_compressed } = part.ok_or("the header of a page is incomplete")?;
        let field = |index: usize| fields[index].ok_or("the header of a page is incomplete");
        let count = |index| size(field(index)?);
        let (kind, encoding) = match page_type {
            0 => (Kind::V1, field(1)?),
            2 => (Kind::Dictionary, field(1)?),
            _ => {
                let (rows, definition, repetition) = (count(2)?, count(4)?, count(5)?);
                if count(1)? > count(0)? || rows > count(0)? {
                    return Err("a page has more nulls or rows than values".into());
                }
                (Kind::V2 { rows, repetition, definition, is_compressed }, field(3)?)
            }
        };
        let encodings = if page_type == 0 { &fields[1..4] } else { std::slice::from_ref(&fields[if page_type == 2 { 1 } else { 3 }]) };
        // 1 is one that was never used.
        if encodings.iter().flatten().any(|encoding| !matches!(encoding, 0 | 2..=9)) {
            return Err("a page is encoded in a way that is not known".into());
        }
        let [uncompressed, compressed] = [size(sizes[0])?, size(sizes[1])?];
        if let Kind::V2 { repetition, definition, is_compressed, .. } = kind {
            let levels = repetition.saturating_add(definition);
            if levels > compressed || levels > uncompressed || !is_compressed && compressed != uncompressed {
                return Err("a page is shorter than its header says".into());
            }
        }
        let end = start.checked_add(header + compressed).ok_or("a page is too long")?;
        Ok(Self { kind, range: start..end, header, uncompressed, values: count(0)?, encoding })
    }
}

/// The part of a header that belongs to one kind of page.
#[derive(Clone, Copy)]
struct Part {
    /// Its integers, by their numbers.
    fields: [Option<i64>; 6],
    is_compressed: bool,
}

impl Part {
    /// `types`: those of the first fields. `statistics`: the number of the field with statistics.
    fn read(reader: &mut Reader<'_>, types: &[u8], statistics: i16) -> Option<Self> {
        let (mut last, mut part) = (0, Self { fields: [None; 6], is_compressed: true });
        loop {
            let (number, kind) = reader.field(&mut last)?;
            let expected = usize::try_from(number).ok().and_then(|number| types.get(number.checked_sub(1)?)).copied();
            match expected {
                _ if kind == STOP => return Some(part),
                Some(I32) if kind == I32 => part.fields[number as usize - 1] = Some(reader.integer()?),
                Some(TRUE) if matches!(kind, TRUE | FALSE) => part.is_compressed = kind == TRUE,
                Some(_) => return None,
                None if number == statistics => {
                    Some(()).filter(|()| kind == STRUCT)?;
                    skip_statistics(reader)?;
                }
                None => reader.skip(kind)?,
            }
        }
    }
}

fn skip_statistics(reader: &mut Reader<'_>) -> Option<()> {
    let mut last = 0;
    loop {
        let (number, kind) = reader.field(&mut last)?;
        let fits = match number {
            _ if kind == STOP => return Some(()),
            1 | 2 | 5 | 6 => kind == BINARY,
            3 | 4 => kind == I64,
            7 | 8 => matches!(kind, TRUE | FALSE),
            _ => true,
        };
        Some(()).filter(|()| fits)?;
        reader.skip(kind)?;
    }
}
