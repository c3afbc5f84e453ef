//! The schema elements in the footer of a Parquet file, and the logical types among them that Polars does not know.

use std::ops::Range;

use super::thrift::{BINARY, FALSE, I32, Reader, STOP, STRUCT, TRUE};

/// The fields of `SchemaElement`, and those of the union `LogicalType`, by their numbers in the Thrift definition of Parquet.
const NAME: i16 = 4;
const CHILDREN: i16 = 5;
const LAST_INTEGER: i16 = 9;
const LOGICAL_TYPE: i16 = 10;
const DECIMAL: i16 = 5;
const TIME: i16 = 7;
const TIMESTAMP: i16 = 8;
const INTEGER: i16 = 10;
const VARIANT: i16 = 16;
const GEOMETRY: i16 = 17;
const GEOGRAPHY: i16 = 18;

/// The deepest nesting of groups. Polars follows it by calls of itself.
const DEEPEST: usize = 64;

/// A column whose type Polars does not know: the index of each field on the way to it, and the name of the type.
pub(super) type Unknown = (Vec<usize>, &'static str);

/// The list of the elements of a schema, from the root on, each before its children.
#[derive(Debug, Default)]
pub(super) struct SchemaElements {
    /// Where the list begins and ends.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) elements: usize,
    /// Where the logical types are that Polars does not know, and for which it would refuse the file. Bytes of such a type remain bytes.
    pub(super) cuts: Vec<Range<usize>>,
    pub(super) unknown: Vec<Unknown>,
}

impl SchemaElements {
    /// Reads the list as Polars does, which goes by the numbers of fields and not by their types.
    pub(super) fn found(reader: &mut Reader<'_>, bytes: &[u8]) -> Option<Self> {
        let start = reader.at;
        let (elements, kind) = reader.list()?;
        let mut found = Self { start, elements, ..Self::default() };
        // The children that are still to come of each element on the way, and the index of the next one.
        let mut way: Vec<(i64, usize)> = Vec::new();
        for element in 0..elements {
            if kind != STRUCT || way.len() > DEEPEST {
                return None;
            }
            let (children, unknown) = found.element(reader, bytes)?;
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
                way.push((children.max(0), 0));
            }
        }
        found.end = reader.at;
        Some(found)
    }

    /// An element: the number of its children, and the name of its logical type, if it cannot be read.
    fn element(&mut self, reader: &mut Reader<'_>, bytes: &[u8]) -> Option<(i64, Option<&'static str>)> {
        let (mut last, mut children, mut unknown) = (0, 0, None);
        loop {
            let start = reader.at;
            match reader.field(&mut last)? {
                (_, STOP) => return Some((children, unknown)),
                (NAME, BINARY) => reader.skip(BINARY)?,
                (CHILDREN, I32) => children = reader.integer()?,
                (LOGICAL_TYPE, STRUCT) => {
                    let number = logical_type(&mut Reader::new(&bytes[reader.at..]))?;
                    reader.skip(STRUCT)?;
                    // It is the last field, so that no other is numbered by its distance to it.
                    let is_last = reader.peek()? & 0x0f == STOP;
                    if is_last && !matches!(number, 1..=8 | 10..=15) {
                        self.cuts.push(start..reader.at);
                        unknown = match number {
                            VARIANT => Some("a variant"),
                            GEOMETRY | GEOGRAPHY => None,
                            _ => Some("a type that is not known"),
                        };
                    }
                }
                (NAME | CHILDREN | LOGICAL_TYPE, _) => return None,
                (1..=LAST_INTEGER, kind) if kind != I32 => return None,
                (_, kind) => reader.skip(kind)?,
            }
        }
    }
}

/// The number of the first variant of a logical type, if the fields of all variants have the types that Polars expects.
fn logical_type(reader: &mut Reader<'_>) -> Option<i16> {
    let (mut last, mut first) = (0, None);
    loop {
        let (number, kind) = reader.field(&mut last)?;
        if kind == STOP {
            return Some(first.unwrap_or_default());
        }
        first = first.or(Some(number));
        let expected = |field: i16, kind: u8| match (number, field) {
            (DECIMAL, 1 | 2) => kind == I32,
            (TIME | TIMESTAMP, 1) | (INTEGER, 2) => matches!(kind, TRUE | FALSE),
            (TIME | TIMESTAMP, 2) => kind == STRUCT,
            (INTEGER, 1) => kind == 3,
            _ => true,
        };
        if kind != STRUCT {
            return None;
        }
        let (start, mut last) = (reader.clone(), 0);
        reader.skip(STRUCT)?;
        let mut inside = start;
        while let (field, kind @ 1..) = inside.field(&mut last)? {
            Some(()).filter(|()| expected(field, kind))?;
            inside.skip(kind)?;
        }
    }
}
