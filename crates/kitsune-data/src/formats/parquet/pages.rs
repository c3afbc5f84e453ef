//! The pages of a column chunk, checked before Polars sees them.

use polars::prelude::PolarsResult;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::read::PhysicalType;

use super::damage::damage;
use super::page::{Kind, Page};
use super::row_group::Chunk;
use crate::locations::random_file::RandomFile;

/// The most values of a page that are read: Polars takes a bit for each value of a page, and 32 bits in lists.
const MOST_VALUES: usize = 1 << 28;
const MOST_VALUES_IN_LISTS: usize = 1 << 25;
/// In lists Polars takes memory for all values of a chunk. Beyond so many bytes there must be some of them in the file.
const UNCHECKED_BYTES: usize = 256 << 20;
const MOST_BYTES_PER_BYTE: usize = 64;
/// The number of bytes that are read for a header at first, and at most. It may have a lowest and a highest text.
const HEADER_BYTES: u64 = 4 << 10;
const MOST_HEADER_BYTES: u64 = 64 << 20;

/// The pages of a chunk whose bytes are in memory.
pub(super) fn in_memory(bytes: &[u8], chunk: &Chunk, column: &Descriptor) -> Result<Vec<Page>, String> {
    let mut walk = Walk::new(bytes.len(), chunk, column);
    while let Some(at) = walk.next()? {
        let page = Page::read(&bytes[at..], at).ok_or_else(senseless)?;
        walk.take(page?)?;
    }
    Ok(walk.pages)
}

/// The pages of a chunk, of which the headers alone are read.
pub(super) fn in_file(file: &RandomFile, chunk: &Chunk, column: &Descriptor) -> PolarsResult<Vec<Page>> {
    let mut walk = Walk::new((chunk.range.end - chunk.range.start) as usize, chunk, column);
    while let Some(at) = walk.next().map_err(damage)? {
        let (start, mut length) = (chunk.range.start + at as u64, HEADER_BYTES);
        let page = loop {
            let end = start.saturating_add(length).min(chunk.range.end);
            match Page::read(&file.read(start..end)?, at) {
                Some(page) => break page,
                None if end == chunk.range.end || length >= MOST_HEADER_BYTES => break Err(senseless()),
                None => length *= 8,
            }
        };
        walk.take(page.map_err(damage)?).map_err(damage)?;
    }
    Ok(walk.pages)
}

/// The way along the headers of a chunk.
struct Walk<'a> {
    length: usize,
    chunk: &'a Chunk,
    column: &'a Descriptor,
    pages: Vec<Page>,
    /// The number of values in the pages so far, and of bytes.
    values: usize,
    bytes: usize,
}

impl<'a> Walk<'a> {
    fn new(length: usize, chunk: &'a Chunk, column: &'a Descriptor) -> Self {
        Self { length, chunk, column, pages: Vec::new(), values: 0, bytes: 0 }
    }

    /// Where the next page begins, unless all values were found. Polars reads no further.
    fn next(&self) -> Result<Option<usize>, String> {
        let at = self.pages.last().map_or(0, |page| page.range.end);
        let Self { values, length, chunk, .. } = self;
        if *values < chunk.values {
            return if at < *length { Ok(Some(at)) } else { Err(format!("its pages hold {values} values instead of {}", chunk.values)) };
        }
        let size = value_size(self.column.primitive_type.physical_type);
        let in_memory = chunk.values.saturating_mul(size);
        if self.column.max_rep_level > 0 && in_memory > UNCHECKED_BYTES.saturating_add(self.bytes.saturating_mul(MOST_BYTES_PER_BYTE)) {
            return Err(format!("it announces {} values in {} bytes: write smaller row groups", chunk.values, self.bytes));
        }
        Ok(None)
    }

    fn take(&mut self, mut page: Page) -> Result<(), String> {
        if page.range.end > self.length {
            return Err(format!("a page announces {} bytes, more than there are", page.content().len()));
        }
        if self.chunk.compression == Compression::Uncompressed {
            page.uncompressed = page.content().len();
        }
        if page.kind == Kind::Dictionary {
            let bits = match self.column.primitive_type.physical_type {
                PhysicalType::Boolean => 1,
                physical_type => value_size(physical_type).saturating_mul(8),
            };
            if page.values.saturating_mul(bits) > page.uncompressed.saturating_mul(8) {
                return Err(format!("its dictionary announces {} values in {} bytes", page.values, page.uncompressed));
            }
            if !self.pages.is_empty() {
                return Err("its dictionary is not at its beginning".into());
            }
        } else {
            let most = if self.column.max_rep_level > 0 { MOST_VALUES_IN_LISTS } else { MOST_VALUES };
            if page.values > most {
                return Err(format!("a page announces {} values, and {most} are the most that are read: write smaller pages", page.values));
            }
            self.values += page.values;
            if self.values > self.chunk.values {
                return Err(format!("its pages hold more than its {} values", self.chunk.values));
            }
        }
        self.bytes += page.uncompressed;
        self.pages.push(page);
        Ok(())
    }
}

/// The smallest number of bytes that a value takes without any encoding.
fn value_size(physical_type: PhysicalType) -> usize {
    match physical_type {
        PhysicalType::Boolean => 1,
        // The length of a text, which stands before it, has 4 bytes.
        PhysicalType::Int32 | PhysicalType::Float | PhysicalType::ByteArray => 4,
        PhysicalType::Int64 | PhysicalType::Double => 8,
        PhysicalType::Int96 => 12,
        PhysicalType::FixedLenByteArray(size) => size.max(1),
    }
}

fn senseless() -> String {
    "the header of a page makes no sense".into()
}
