//! The footer of a Parquet file: the schema for Polars, and the row groups as bytes.

use std::str;

use polars::prelude::PolarsResult;
use polars_parquet::parquet::metadata::SchemaDescriptor;
use polars_parquet::parquet::read::deserialize_metadata;

use super::damage::damage;
use super::row_group::{Overlaps, RowGroup};
use super::schema_elements::{SchemaElements, Unknown};
use super::thrift::{BINARY, I32, I64, LIST, Reader, STOP, STRUCT};

/// The fields of `FileMetaData`, and those of `KeyValue`, by their numbers in the Thrift definition of Parquet.
const VERSION: i16 = 1;
const SCHEMA: i16 = 2;
const NUM_ROWS: i16 = 3;
const ROW_GROUPS: i16 = 4;
const KEY_VALUE_METADATA: i16 = 5;
const KEY: i16 = 1;
const VALUE: i16 = 2;

/// The largest number of schema elements. Polars takes some 200 bytes of memory for each before it looks at it.
const MOST_ELEMENTS: usize = 1 << 20;

/// The footer of a file.
///
/// Polars keeps a kilobyte for each row group, and trusts each length in a footer. So it sees the schema alone, and each row group is parsed
/// when it is needed.
#[derive(Debug)]
pub(super) struct Footer {
    bytes: Vec<u8>,
    pub(super) schema: SchemaDescriptor,
    /// The logical types that Polars does not know.
    pub(super) unknown: Vec<Unknown>,
    key_values: Vec<(String, Option<String>)>,
    /// The offset of each row group in the bytes.
    row_groups: Vec<u32>,
    pub(super) rows: usize,
}

impl Footer {
    /// `bytes`: the footer without its length and the magic number. `start`: its offset in the file, before which all row groups end.
    pub(super) fn parse(bytes: Vec<u8>, start: u64) -> PolarsResult<Self> {
        let senseless = || damage("its footer makes no sense");
        let Parts { version, schema, rows, row_groups, key_values } = Parts::found(&bytes).ok_or_else(senseless)?;
        if schema.elements > MOST_ELEMENTS {
            return Err(damage(format!("its footer announces more than {MOST_ELEMENTS} columns")));
        }
        let SchemaElements { cuts, unknown, end, .. } = schema;
        // Field 1 as an integer, 3 as one, 4 as an empty list of structs, and 2 as the list of the file's elements, which is last.
        let mut lean = vec![0x15];
        push_integer(&mut lean, version);
        lean.extend([0x26]);
        push_integer(&mut lean, 0);
        lean.extend([0x19, 0x0c, 0x09, 4]);
        let mut from = schema.start;
        for cut in cuts {
            lean.extend_from_slice(&bytes[from..cut.start]);
            from = cut.end;
        }
        lean.extend_from_slice(&bytes[from..end]);
        lean.push(STOP);
        let schema = deserialize_metadata(lean.into())?.schema_descr;
        let footer = Self { bytes, schema, unknown, key_values, row_groups, rows: 0 };
        let found = footer.check(start)?;
        if i64::try_from(found) != Ok(rows) {
            return Err(damage(format!("its row groups hold {found} rows together, but its footer announces {rows}")));
        }
        Ok(Self { rows: found, ..footer })
    }

    /// A value of the metadata of the file.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.key_values.iter().find(|(found, _)| found == key)?.1.as_deref()
    }

    pub(super) fn row_groups(&self) -> usize {
        self.row_groups.len()
    }

    pub(super) fn row_group(&self, index: usize) -> PolarsResult<RowGroup> {
        let bytes = &self.bytes[self.row_groups[index] as usize..];
        let parsed =
            RowGroup::parse(&mut Reader::new(bytes), self.schema.columns()).unwrap_or_else(|| Err("its description makes no sense".into()));
        parsed.map_err(|trouble| damage(format!("row group {} of {}: {trouble}", index + 1, self.row_groups.len())))
    }

    /// Checks every row group, and returns the number of rows in all of them.
    fn check(&self, start: u64) -> PolarsResult<usize> {
        let (mut rows, mut overlaps) = (0_usize, Overlaps::within(start));
        for index in 0..self.row_groups.len() {
            let group = self.row_group(index)?;
            overlaps.add(&group).map_err(|trouble| damage(format!("row group {} of {}: {trouble}", index + 1, self.row_groups.len())))?;
            rows = rows.checked_add(group.rows).ok_or_else(|| damage("its row groups announce too many rows"))?;
        }
        overlaps.check().map_err(damage)?;
        Ok(rows)
    }
}

/// Where the parts of a footer are.
struct Parts {
    version: i64,
    schema: SchemaElements,
    rows: i64,
    row_groups: Vec<u32>,
    key_values: Vec<(String, Option<String>)>,
}

impl Parts {
    fn found(bytes: &[u8]) -> Option<Self> {
        let (mut reader, mut last) = (Reader::new(bytes), 0);
        let (mut version, mut schema, mut rows, mut row_groups, mut key_values) = (None, None, None, None, Vec::new());
        loop {
            match reader.field(&mut last)? {
                (_, STOP) => break,
                (VERSION, I32) => version = Some(reader.integer()?),
                (SCHEMA, LIST) => schema = Some(SchemaElements::found(&mut reader, bytes)?),
                (NUM_ROWS, I64) => rows = Some(reader.integer()?),
                (ROW_GROUPS, LIST) => row_groups = Some(offsets(&mut reader)?),
                (KEY_VALUE_METADATA, LIST) => key_values = key_values_of(&mut reader, bytes)?,
                (VERSION..=KEY_VALUE_METADATA, _) => return None,
                (_, kind) => reader.skip(kind)?,
            }
        }
        Some(Self { version: version?, schema: schema?, rows: rows?, row_groups: row_groups?, key_values })
    }
}

/// The offset of each struct of a list.
fn offsets(reader: &mut Reader<'_>) -> Option<Vec<u32>> {
    let (length, kind) = reader.list()?;
    let mut offsets = Vec::new();
    for _ in 0..length {
        offsets.push(u32::try_from(reader.at).ok().filter(|_| kind == STRUCT)?);
        reader.skip(kind)?;
    }
    Some(offsets)
}

fn key_values_of(reader: &mut Reader<'_>, bytes: &[u8]) -> Option<Vec<(String, Option<String>)>> {
    let (length, kind) = reader.list()?;
    let mut pairs = Vec::new();
    for _ in 0..length {
        if kind != STRUCT {
            return None;
        }
        let (mut key, mut value, mut last) = (None, None, 0);
        loop {
            match reader.field(&mut last)? {
                (_, STOP) => break,
                (KEY, BINARY) => key = Some(text(reader, bytes)?),
                (VALUE, BINARY) => value = Some(text(reader, bytes)?),
                (_, kind) => reader.skip(kind)?,
            }
        }
        pairs.push((key?, value));
    }
    Some(pairs)
}

fn text(reader: &mut Reader<'_>, bytes: &[u8]) -> Option<String> {
    Some(str::from_utf8(&bytes[reader.binary()?]).ok()?.into())
}

fn push_integer(bytes: &mut Vec<u8>, integer: i64) {
    let mut zigzag = ((integer << 1) ^ (integer >> 63)) as u64;
    while zigzag >= 0x80 {
        bytes.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
}
