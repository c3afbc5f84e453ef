//! The footer of an Arrow file: its schema, and the list of its record batches.

use std::io;

use polars_arrow::io::ipc::format::ipc::planus::{self, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{Block, FooterRef, MetadataVersion, Schema};

use super::messages::{LONGEST_METADATA, invalid, makes_no_sense};
use crate::formats::frames::arrow_schema;
use crate::locations::random_file::RandomFile;

/// The size of the tail that is fetched before the length of the footer is known.
const TAIL_BYTES: u64 = 64 << 10;
/// The length of the end of a file: the length of the footer and a magic number.
const END_BYTES: u64 = 10;
const MAGIC: &[u8; 6] = b"ARROW1";
/// The length of the mark of the end of the messages.
const MARK_BYTES: i64 = 8;

/// The footer of a file.
pub(super) struct Footer {
    pub(super) schema: Schema,
    pub(super) version: MetadataVersion,
    /// The messages in the order in which they are read: the values of all categories first.
    pub(super) blocks: Vec<Block>,
    /// Whether the messages follow each other in this order without gaps, with nothing but the mark of the end after them.
    pub(super) is_in_order: bool,
}

impl Footer {
    pub(super) fn read(file: &RandomFile) -> io::Result<Self> {
        let incomplete = || invalid("it does not end as a file does: it is incomplete");
        let end = file.len().checked_sub(END_BYTES).ok_or_else(incomplete)?;
        file.need(file.len().saturating_sub(TAIL_BYTES)..file.len())?;
        let tail = file.read(end..file.len())?;
        let length = tail.strip_suffix(MAGIC).and_then(|length| length.try_into().ok()).map(i32::from_le_bytes);
        let length = length.and_then(|length| u64::try_from(length).ok()).filter(|&length| length <= LONGEST_METADATA as u64);
        let start = length.and_then(|length| end.checked_sub(length)).ok_or_else(incomplete)?;
        file.need(start..end)?;
        Self::parse(&file.read(start..end)?, start).map_err(|error| makes_no_sense(&error))?.map_err(|trouble| invalid(&trouble))
    }

    /// `start`: the offset of the footer in the file.
    fn parse(bytes: &[u8], start: u64) -> Result<Result<Self, String>, planus::Error> {
        let footer = FooterRef::read_as_root(bytes)?;
        let Some(schema) = footer.schema()? else { return Ok(Err("its footer has no schema".into())) };
        let schema = match arrow_schema::checked(schema, bytes.len())? {
            Ok(schema) => schema,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let categories: Vec<_> = footer.dictionaries()?.into_iter().flatten().map(Block::from).collect();
        let Some(batches) = footer.record_batches()? else { return Ok(Err("its footer has no list of record batches".into())) };
        let batches: Vec<_> = batches.iter().map(Block::from).collect();
        let blocks = [categories, batches].concat();
        let is_last = |block: &Block| end(block).is_some_and(|end| (0..=MARK_BYTES).contains(&(start as i64).saturating_sub(end)));
        let follows = |[block, next]: &[Block; 2]| end(block) == Some(next.offset);
        let is_in_order = blocks.array_windows().all(follows) && blocks.last().is_some_and(is_last);
        Ok(Ok(Self { schema, version: footer.version()?, blocks, is_in_order }))
    }
}

/// The offset of the end of a message.
fn end(block: &Block) -> Option<i64> {
    block.offset.checked_add(block.meta_data_length.into())?.checked_add(block.body_length)
}
