//! The description of a row group in the footer of a Parquet file: where its column chunks are.

use std::ops::Range;

use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::ColumnDescriptor;
use polars_parquet::read::PhysicalType;

use super::thrift::{I32, I64, LIST, Reader, STOP, STRUCT};
use crate::fault::shown;

/// The fields of `RowGroup`, `ColumnChunk` and `ColumnMetaData` by their numbers in the Thrift definition of Parquet.
const COLUMNS: i16 = 1;
const NUM_ROWS: i16 = 3;
const META_DATA: i16 = 3;
const TYPE: i16 = 1;
const CODEC: i16 = 4;
const NUM_VALUES: i16 = 5;
const TOTAL_COMPRESSED_SIZE: i16 = 7;
const DATA_PAGE_OFFSET: i16 = 9;
const DICTIONARY_PAGE_OFFSET: i16 = 11;

/// The length of the magic number before the first column chunk.
const MAGIC_BYTES: u64 = 4;
/// The size of the largest values of a fixed size.
const LARGEST_VALUE: usize = 64 << 20;

/// A row group.
#[derive(Debug)]
pub(super) struct RowGroup {
    pub(super) rows: usize,
    /// The chunk of each stored column.
    pub(super) chunks: Vec<Chunk>,
}

/// The values of one stored column in a row group.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) compression: Compression,
    /// The number of its values, nulls included. In lists it is not the number of rows.
    pub(super) values: usize,
    /// Where it is in the file.
    pub(super) range: Range<u64>,
}

impl RowGroup {
    /// `None` is the answer to bytes that make no sense; the error says what contradicts what.
    pub(super) fn parse(reader: &mut Reader<'_>, columns: &[ColumnDescriptor]) -> Option<Result<Self, String>> {
        let (mut last, mut rows, mut raw) = (0, None, None);
        loop {
            match reader.field(&mut last)? {
                (_, STOP) => break,
                (COLUMNS, LIST) => raw = Some(raw_chunks(reader)?),
                (NUM_ROWS, I64) => rows = Some(usize::try_from(reader.integer()?).ok()?),
                (_, kind) => reader.skip(kind)?,
            }
        }
        let (raw, rows) = (raw?, rows?);
        if raw.len() != columns.len() {
            return Some(Err(format!("it has {} columns, but the schema {}", raw.len(), columns.len())));
        }
        let chunk = |(raw, column): (RawChunk, &ColumnDescriptor)| {
            raw.chunk(column, rows).map_err(|trouble| format!("column {}: {trouble}", shown(&column.path_in_schema.join("."))))
        };
        Some(raw.into_iter().zip(columns).map(chunk).collect::<Result<_, _>>().map(|chunks| Self { rows, chunks }))
    }
}

/// A chunk as it is written.
#[derive(Default)]
struct RawChunk {
    physical_type: Option<i64>,
    codec: Option<i64>,
    values: Option<i64>,
    size: Option<i64>,
    data: Option<i64>,
    dictionary: Option<i64>,
}

fn raw_chunks(reader: &mut Reader<'_>) -> Option<Vec<RawChunk>> {
    let (length, kind) = reader.list()?;
    let mut chunks = Vec::new();
    for _ in 0..length {
        if kind != STRUCT {
            return None;
        }
        let (mut last, mut chunk) = (0, RawChunk::default());
        loop {
            match reader.field(&mut last)? {
                (_, STOP) => break,
                (META_DATA, STRUCT) => chunk = RawChunk::read(reader)?,
                (_, kind) => reader.skip(kind)?,
            }
        }
        chunks.push(chunk);
    }
    Some(chunks)
}

impl RawChunk {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (mut last, mut chunk) = (0, Self::default());
        loop {
            let field = match reader.field(&mut last)? {
                (_, STOP) => return Some(chunk),
                (TYPE, I32) => &mut chunk.physical_type,
                (CODEC, I32) => &mut chunk.codec,
                (NUM_VALUES, I64) => &mut chunk.values,
                (TOTAL_COMPRESSED_SIZE, I64) => &mut chunk.size,
                (DATA_PAGE_OFFSET, I64) => &mut chunk.data,
                (DICTIONARY_PAGE_OFFSET, I64) => &mut chunk.dictionary,
                (_, kind) => {
                    reader.skip(kind)?;
                    continue;
                }
            };
            *field = Some(reader.integer()?);
        }
    }

    fn chunk(self, column: &ColumnDescriptor, rows: usize) -> Result<Chunk, String> {
        let lacking = || "its description is incomplete, or it is encrypted".to_owned();
        let number = |value: Option<i64>| u64::try_from(value.ok_or_else(lacking)?).map_err(|_| "it has a negative size".to_owned());
        let descriptor = &column.descriptor;
        let physical_type = descriptor.primitive_type.physical_type;
        if self.physical_type.ok_or_else(lacking)? != number_of(physical_type) {
            return Err("its values have another type than the schema says".into());
        }
        if matches!(physical_type, PhysicalType::FixedLenByteArray(size) if size > LARGEST_VALUE) {
            return Err("its values are larger than any that are read".into());
        }
        let compression = compression(self.codec.ok_or_else(lacking)?).ok_or("it is compressed in a way that is not known")?;
        let (size, data) = (number(self.size)?, number(self.data)?);
        // Some writers put 0 there if there is no dictionary.
        let start = self.dictionary.and_then(|start| u64::try_from(start).ok()).filter(|&start| start > 0 && start < data).unwrap_or(data);
        let end = start.checked_add(size).ok_or("it ends beyond any file")?;
        let values = usize::try_from(number(self.values)?).map_err(|_| "it has too many values")?;
        let is_flat = descriptor.max_rep_level == 0;
        if is_flat && values != rows || values < rows {
            return Err(format!("it has {values} values, but the row group has {rows} rows"));
        }
        Ok(Chunk { compression, values, range: start..end })
    }
}

fn number_of(physical_type: PhysicalType) -> i64 {
    match physical_type {
        PhysicalType::Boolean => 0,
        PhysicalType::Int32 => 1,
        PhysicalType::Int64 => 2,
        PhysicalType::Int96 => 3,
        PhysicalType::Float => 4,
        PhysicalType::Double => 5,
        PhysicalType::ByteArray => 6,
        PhysicalType::FixedLenByteArray(_) => 7,
    }
}

fn compression(codec: i64) -> Option<Compression> {
    Some(match codec {
        0 => Compression::Uncompressed,
        1 => Compression::Snappy,
        2 => Compression::Gzip,
        4 => Compression::Brotli,
        5 => Compression::Lz4,
        6 => Compression::Zstd,
        7 => Compression::Lz4Raw,
        // 3 is LZO, which Polars cannot read.
        _ => return None,
    })
}

/// Finds chunks that overlap, or that are not between the start of the file and its footer.
pub(super) struct Overlaps {
    footer: u64,
    ranges: Vec<Range<u64>>,
}

impl Overlaps {
    /// `footer`: the offset at which the footer begins.
    pub(super) fn within(footer: u64) -> Self {
        Self { footer, ranges: Vec::new() }
    }

    /// Adds the chunks of a row group. Of one without rows nothing is read, and some writers say nothing of use about it.
    pub(super) fn add(&mut self, group: &RowGroup) -> Result<(), String> {
        if group.rows == 0 {
            return Ok(());
        }
        for range in group.chunks.iter().map(|chunk| &chunk.range).filter(|range| !range.is_empty()) {
            if range.start < MAGIC_BYTES || range.end > self.footer {
                return Err(format!("a column is at bytes {} to {}, outside of the file or in its footer", range.start, range.end));
            }
            self.ranges.push(range.clone());
        }
        Ok(())
    }

    pub(super) fn check(mut self) -> Result<(), String> {
        self.ranges.sort_unstable_by_key(|range| range.start);
        match self.ranges.array_windows().find(|[range, next]| next.start < range.end) {
            Some([_, next]) => Err(format!("two columns have the byte {} in common", next.start)),
            None => Ok(()),
        }
    }
}
