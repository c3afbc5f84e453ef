//! The bytes of the footer of a Parquet file.

use polars::prelude::PolarsResult;

use super::damage::damage;
use crate::locations::random_file::RandomFile;

/// The size of the tail that is fetched before the length of the footer is known.
const TAIL_BYTES: u64 = 64 << 10;
/// The length of the end of a file: the length of the footer and a magic number.
const END_BYTES: u64 = 8;
const MAGIC: &[u8; 4] = b"PAR1";
/// The magic number of a file whose footer is encrypted.
const ENCRYPTED: &[u8; 4] = b"PARE";
/// The longest footer that is read: some two million descriptions of columns.
const LONGEST_FOOTER: u64 = 256 << 20;

/// The footer of a file without its length and its magic number, and its offset in the file.
pub(super) fn footer_bytes(file: &RandomFile) -> PolarsResult<(Vec<u8>, u64)> {
    let incomplete = || damage("it does not end as a file does: it is incomplete");
    let end = file.len().checked_sub(END_BYTES).ok_or_else(incomplete)?;
    file.need(file.len().saturating_sub(TAIL_BYTES)..file.len())?;
    let tail = file.read(end..file.len())?;
    let Some((length, magic)) = tail.split_first_chunk() else { return Err(incomplete()) };
    if magic == ENCRYPTED {
        return Err(damage("it is encrypted"));
    }
    let length = u64::from(u32::from_le_bytes(*length));
    let start = end.checked_sub(length).filter(|&start| start >= MAGIC.len() as u64 && magic == MAGIC).ok_or_else(incomplete)?;
    if length > LONGEST_FOOTER {
        return Err(damage(format!("its footer announces {} MiB, and {} are the most that are read", length >> 20, LONGEST_FOOTER >> 20)));
    }
    file.need(start..end)?;
    Ok((file.read(start..end)?, start))
}
