//! Fetching of the parts of a Parquet file that are read next.

use std::io::{self, Read, Seek, SeekFrom};

use polars::prelude::FileMetadata;

use crate::locations::random_file::RandomFile;

/// The size of the tail that is fetched before the length of the footer is known.
const TAIL_BYTES: u64 = 64 << 10;

/// The length of the end of a file: the length of the footer and a magic number.
const END_BYTES: u64 = 8;

/// Makes the footer of a file available.
pub(super) fn need_footer(file: &RandomFile) -> io::Result<()> {
    let len = file.len();
    file.need(len.saturating_sub(TAIL_BYTES)..len)?;
    let Some(end) = len.checked_sub(END_BYTES) else {
        // The reader reports that the file is too short.
        return Ok(());
    };
    let (mut reader, mut length) = (file.file(), [0; 4]);
    reader.seek(SeekFrom::Start(end))?;
    reader.read_exact(&mut length)?;
    file.need(end.saturating_sub(u32::from_le_bytes(length).into())..len)
}

/// Makes some columns available, in all row groups of the metadata.
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
