//! The messages of an Arrow stream or file, checked before Polars reads them.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::vec;

use polars_arrow::io::ipc::format::ipc::planus::{self, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{Block, CompressionType, MessageHeaderRef, MessageRef, MetadataVersion, RecordBatchRef, Schema};

use crate::error::FileChanged;
use crate::formats::frames::arrow_schema;
use crate::locations::input::Input;
use crate::locations::random_file::RandomFile;

/// The bytes before the length of a message, except in the oldest streams.
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];
/// The first bytes of a file. The messages after them are those of a stream.
pub(super) const FILE_MAGIC: &[u8; 8] = b"ARROW1\0\0";
/// The length of the longest metadata of a message that are read.
pub(super) const LONGEST_METADATA: usize = 64 << 20;
/// The largest record batch that is read, both stored and decompressed.
const LARGEST_BATCH: u64 = 2 << 30;

/// More than the number of bytes that one byte of LZ4 stands for: a byte repeats at most 255 times.
const LZ4_RATIO: u64 = 256;
/// More than the number of bytes that one byte of Zstandard stands for: a block of four bytes holds at most 128 KiB.
const ZSTD_RATIO: u64 = 32 << 10;

/// The messages of a stream or a file, each of which is checked before Polars reads it.
///
/// Polars trusts the lengths that a message announces, so a wrong length would make it allocate any amount of memory. A message is
/// therefore read whole, which takes no more memory than it has bytes, and its lengths are compared with its size.
pub(super) enum Messages {
    /// Messages one after another, those of a file as well.
    Stream {
        source: Input,
        /// The first bytes of the first message, which were read to recognise a file.
        start: Vec<u8>,
        is_file: bool,
    },
    /// The messages of a file that its footer lists, in its order.
    Listed { file: RandomFile, blocks: vec::IntoIter<Block>, consumed: u64 },
}

/// A message of rows or of the values of a category.
pub(super) struct Message {
    /// The number of bytes before the metadata.
    prefix: usize,
    pub(super) metadata: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// Whether it is a record batch without rows.
    pub(super) is_empty_batch: bool,
}

impl Messages {
    /// The number of bytes of the source that were read.
    pub(super) fn consumed(&self) -> u64 {
        match self {
            Self::Stream { source, .. } => source.consumed(),
            Self::Listed { consumed, .. } => *consumed,
        }
    }

    /// The schema of a stream, which must be its first message, and the version of the format.
    pub(super) fn schema(&mut self) -> io::Result<(Schema, MetadataVersion)> {
        let message = self.next()?.ok_or_else(ends_early)?;
        let schema = || -> Result<_, planus::Error> {
            let message = MessageRef::read_as_root(&message.metadata)?;
            match message.header()? {
                Some(MessageHeaderRef::Schema(schema)) => Ok(Some((schema.try_into()?, message.version()?))),
                _ => Ok(None),
            }
        };
        schema().map_err(|error| makes_no_sense(&error))?.ok_or_else(|| invalid("its first message is no schema"))
    }

    /// The next message, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Message>> {
        match self {
            // A stream may end after any message. A file continues with its footer.
            Self::Stream { source, start, is_file } => match message(&mut *source, std::mem::take(start))? {
                Next::Message(message) => Ok(Some(message)),
                Next::Nothing if *is_file => Err(ends_early()),
                Next::Nothing => Ok(None),
                Next::MarkOfEnd => rest_is_unchanged(source).map(|()| None),
            },
            Self::Listed { file, blocks, consumed } => {
                let Some(Block { offset, meta_data_length, body_length }) = blocks.next() else {
                    return file.check_unchanged().map(|()| None);
                };
                let range = || {
                    let (metadata, body) = (u64::try_from(meta_data_length).ok()?, u64::try_from(body_length).ok()?);
                    let (start, length) = (u64::try_from(offset).ok()?, metadata.checked_add(body)?);
                    Some(start..start.checked_add(length)?).filter(|range| range.end <= file.len())
                };
                let range = range().ok_or_else(|| invalid("its footer lists a record batch outside of the file"))?;
                file.need(range.clone())?;
                *consumed += range.end - range.start;
                let mut reader = file.file();
                reader.seek(SeekFrom::Start(range.start))?;
                match message(reader.take(range.end - range.start), Vec::new()).map_err(|error| file.explained(error))? {
                    // The body begins where both the message and the footer say.
                    Next::Message(message) if (message.prefix + message.metadata.len()) as i64 == i64::from(meta_data_length) => {
                        Ok(Some(message))
                    }
                    Next::Message(_) => Err(invalid("its footer lists a record batch of another length")),
                    Next::Nothing | Next::MarkOfEnd => Err(invalid("its footer lists a record batch where there is none")),
                }
            }
        }
    }
}

/// Reads what stands behind the mark of the end, which is the footer of a file, since a file is compared with its earlier self at its end. A
/// live stream may not end.
fn rest_is_unchanged(source: &mut Input) -> io::Result<()> {
    if source.is_live() {
        return Ok(());
    }
    match io::copy(source, &mut io::sink()) {
        Err(error) if FileChanged::is_in(&error) => Err(error),
        _ => Ok(()),
    }
}

/// What comes next in a source.
enum Next {
    Message(Message),
    /// The mark of the end of a stream.
    MarkOfEnd,
    Nothing,
}

/// What comes next, after the bytes `start`.
fn message(mut source: impl Read, mut start: Vec<u8>) -> io::Result<Next> {
    complete(&mut source, &mut start, 4)?;
    if start.is_empty() {
        return Ok(Next::Nothing);
    }
    let prefix = if start.starts_with(&CONTINUATION) { 8 } else { 4 };
    complete(&mut source, &mut start, prefix)?;
    let length = start.get(prefix - 4..prefix).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
    let length = usize::try_from(length.ok_or_else(ends_early)?).map_err(|_| invalid("a message has a negative length"))?;
    if length > LONGEST_METADATA {
        return Err(invalid("the description of a message is too long"));
    }
    if length == 0 {
        return Ok(Next::MarkOfEnd);
    }
    let mut metadata = start.split_off(prefix);
    complete(&mut source, &mut metadata, length)?;
    if metadata.len() < length {
        return Err(ends_early());
    }
    let body_length = body_length(&metadata).map_err(|error| makes_no_sense(&error))?.filter(|&length| length <= LARGEST_BATCH);
    let body_length =
        body_length.ok_or_else(|| invalid("a record batch announces more than 2 GiB, or less than nothing: write smaller ones"))?;
    // The first bytes may reach into the body of a message that is shorter than any with a meaning.
    let mut body = metadata.split_off(length);
    complete(&mut source, &mut body, body_length as usize)?;
    if body.len() < body_length as usize {
        return Err(ends_early());
    }
    let is_empty_batch = check(&metadata, &body)?;
    Ok(Next::Message(Message { prefix, metadata, body, is_empty_batch }))
}

/// Reads until there are `length` bytes or the source ends.
fn complete(source: &mut impl Read, bytes: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let missing = length.saturating_sub(bytes.len());
    source.take(missing as u64).read_to_end(bytes)?;
    Ok(())
}

/// The length of the body that follows the metadata.
fn body_length(metadata: &[u8]) -> Result<Option<u64>, planus::Error> {
    Ok(u64::try_from(MessageRef::read_as_root(metadata)?.body_length()?).ok())
}

/// Checks what a message announces, and compares its lengths with its body. Says whether it is a record batch without rows.
fn check(metadata: &[u8], body: &[u8]) -> io::Result<bool> {
    let checked = || match MessageRef::read_as_root(metadata)?.header()? {
        Some(MessageHeaderRef::Schema(schema)) => Ok(arrow_schema::checked(schema, metadata.len())?.map(|_| false)),
        Some(MessageHeaderRef::RecordBatch(batch)) => {
            // A batch without the columns of the schema is damaged, not empty.
            let nodes = batch.nodes()?.filter(|nodes| !nodes.is_empty() && batch.buffers().is_ok_and(|buffers| buffers.is_some()));
            let is_empty = batch.length()? == 0 && nodes.is_some_and(|nodes| nodes.iter().all(|node| node.length() == 0));
            Ok(fits(batch, body)?.then_some(is_empty).ok_or_else(too_much))
        }
        Some(MessageHeaderRef::DictionaryBatch(dictionary)) => {
            let Some(batch) = dictionary.data()? else { return Ok(Ok(false)) };
            Ok(fits(batch, body)?.then_some(false).ok_or_else(too_much))
        }
        _ => Ok(Ok(false)),
    };
    match checked() {
        Ok(checked) => checked.map_err(|trouble| invalid(&trouble)),
        Err(error) => Err(makes_no_sense(&error)),
    }
}

fn too_much() -> String {
    "a record batch announces more than it holds".into()
}

fn codec(batch: RecordBatchRef<'_>) -> Result<Option<CompressionType>, planus::Error> {
    batch.compression()?.map(|compression| compression.codec()).transpose()
}

fn fits(batch: RecordBatchRef<'_>, body: &[u8]) -> Result<bool, planus::Error> {
    let ratio = codec(batch)?.map(|codec| match codec {
        CompressionType::Lz4Frame => LZ4_RATIO,
        CompressionType::Zstd => ZSTD_RATIO,
    });
    let mut total: u64 = 0;
    for buffer in batch.buffers()?.into_iter().flatten() {
        let (Ok(offset), Ok(length)) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length())) else { return Ok(false) };
        let Some(content) = offset.checked_add(length).and_then(|end| body.get(offset..end)) else { return Ok(false) };
        let size = match (ratio, content.split_first_chunk()) {
            // The decompressed size stands first; -1 marks a buffer that is not compressed.
            (Some(ratio), Some((&size, compressed))) => match i64::from_le_bytes(size) {
                -1 => length as u64,
                size => match u64::try_from(size) {
                    Ok(size) if size <= (compressed.len() as u64).saturating_mul(ratio) => size,
                    _ => return Ok(false),
                },
            },
            (Some(_), None) if length > 0 => return Ok(false),
            _ => length as u64,
        };
        total = total.saturating_add(size);
    }
    let mut lengths = batch.nodes()?.into_iter().flatten().map(|node| node.length()).chain([batch.length()?]);
    Ok(total <= LARGEST_BATCH && lengths.all(|length| u64::try_from(length).is_ok_and(|length| length <= LARGEST_BATCH)))
}

pub(super) fn invalid(message: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message)
}

pub(super) fn makes_no_sense(error: &planus::Error) -> io::Error {
    invalid(&format!("a message makes no sense: {error}"))
}

/// Not `UnexpectedEof`, which stands for the end of a stream.
fn ends_early() -> io::Error {
    invalid("it ends early")
}
