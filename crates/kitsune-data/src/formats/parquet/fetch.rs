use std::io::{self, Read, Seek, SeekFrom};

use polars::prelude::FileMetadata;

use crate::locations::random_file::RandomFile;

/// What is fetched of the end of a file before it is known how long its footer is.
const TAIL_BYTES: u64 = 64 << 10;

/// The length of the footer and a magic number, which end a file.
const END_BYTES: u64 = 8;

/// Sees to it that the footer of a file is there.
pub(super) fn need_footer(file: &RandomFile) -> io::Result<()> {
    let len = file.len();
    file.need(len.saturating_sub(TAIL_BYTES)..len)?;
    let Some(end) = len.checked_sub(END_BYTES) else {
        // Too short to be Parquet, which the reader tells.
        return Ok(());
    };
    let (mut reader, mut length) = (file.file(), [0; 4]);
    reader.seek(SeekFrom::Start(end))?;
    reader.read_exact(&mut length)?;
    file.need(end.saturating_sub(u32::from_le_bytes(length).into())..len)
}

/// Sees to it that some columns are there, of all row groups that the metadata tell of.
pub(super) fn need_columns<'a>(file: &RandomFile, metadata: &FileMetadata, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let mut ranges = Vec::new();
    for name in names {
        for group in &metadata.row_groups {
            for chunk in group.columns_under_root_iter(name).into_iter().flatten() {
                ranges.push(chunk.byte_range());
            }
        }
    }
    file.need_all(ranges)
}
