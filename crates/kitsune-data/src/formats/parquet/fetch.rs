//! Fetching of the parts of a Parquet file that are read next.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use polars_parquet::read::{ColumnChunkMetadata, RowGroupMetadata};

use crate::locations::random_file::RandomFile;

/// The size of the tail that is fetched before the length of the footer is known.
const TAIL_BYTES: u64 = 64 << 10;

/// The length of the end of a file: the length of the footer and a magic number.
const END_BYTES: u64 = 8;

/// The length of the shortest file: the end, and a magic number at the beginning.
const SHORTEST: u64 = 12;

/// Makes the footer of a file available, and returns the offset at which it begins. Of a file that cannot have the footer that it announces, a
/// few bytes are enough for the reader to report that.
pub(super) fn need_footer(file: &RandomFile) -> io::Result<u64> {
    let len = file.len();
    file.need(len.saturating_sub(TAIL_BYTES)..len)?;
    let shortest = len.saturating_sub(SHORTEST);
    let Some(end) = len.checked_sub(END_BYTES) else { return Ok(shortest) };
    let (mut reader, mut length) = (file.file(), [0; 4]);
    reader.seek(SeekFrom::Start(end))?;
    reader.read_exact(&mut length)?;
    let Some(start) = end.checked_sub(u32::from_le_bytes(length).into()) else { return Ok(shortest) };
    file.need(start..len)?;
    Ok(start.min(shortest))
}

/// Makes some stored columns of a row group available.
pub(super) fn need_columns(file: &RandomFile, group: &RowGroupMetadata, columns: impl Iterator<Item = Range<usize>>) -> io::Result<()> {
    file.need_all(columns.filter_map(|columns| group.parquet_columns().get(columns)).flatten().map(ColumnChunkMetadata::byte_range))
}
