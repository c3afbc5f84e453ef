//! The messages of an Arrow stream or file, checked before Polars reads them.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use polars_arrow::io::ipc::format::ipc::planus::{self, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{CompressionType, MessageHeaderRef, MessageRef, RecordBatchRef};

use super::{raw_buffers, schema};
use crate::locations::input::Input;

/// The bytes before the length of a message, except in the oldest streams.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The first bytes of a file. The messages after them are those of a stream.
const FILE_MAGIC: &[u8; 8] = b"ARROW1\0\0";
/// The length of the longest metadata of a message that are read.
const LONGEST_METADATA: usize = 64 << 20;
/// The largest record batch that is read, both stored and decompressed.
const LARGEST_BATCH: u64 = 2 << 30;

/// More than the number of bytes that one byte of LZ4 stands for: a byte repeats at most 255 times.
const LZ4_RATIO: u64 = 256;
/// More than the number of bytes that one byte of Zstandard stands for: a block of four bytes holds at most 128 KiB.
const ZSTD_RATIO: u64 = 32 << 10;

/// The messages of a stream or a file, each of which is checked before Polars reads it.
///
/// Polars trusts the lengths that a message announces, so a wrong length would make it allocate any amount of memory. A message is
/// therefore read whole, which takes no more memory than it has bytes, and its lengths are compared with its size. This also allows Polars
/// to seek if the source is a pipe, because it seeks only within a message.
pub(super) struct Messages {
    source: Input,
    /// The bytes of the first message that were read to recognise a file.
    start: Vec<u8>,
    /// The message that Polars is reading.
    message: Cursor<Vec<u8>>,
    /// Whether the message is a dictionary, after which reading pauses: Polars reads the next message by recursion, and the number of
    /// dictionaries is unlimited.
    is_dictionary: bool,
    /// Whether the schema has numbers of more than 64 bits.
    is_wide: bool,
    status: Arc<MessageStatus>,
    is_file: bool,
}

/// What happened besides the bytes of messages. Polars takes each pause for the end of the data that have arrived.
#[derive(Debug, Default)]
pub(super) struct MessageStatus {
    /// The number of bytes of the source that were read.
    consumed: AtomicU64,
    /// Whether the last pause stands for a record batch without rows, which Polars does not read.
    is_empty_batch: AtomicBool,
    /// Whether the last pause was the end of the source.
    ended: AtomicBool,
}

impl MessageStatus {
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// True once for each record batch without rows.
    pub(super) fn take_empty_batch(&self) -> bool {
        self.is_empty_batch.swap(false, Ordering::Relaxed)
    }

    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

/// The kind of a message, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whether it has numbers of more than 64 bits.
    Schema {
        is_wide: bool,
    },
    EmptyBatch,
    /// A record batch and its compression.
    Batch(Option<CompressionType>),
    Dictionary(Option<CompressionType>),
    Other,
}

impl Messages {
    pub(super) fn new(mut source: Input) -> io::Result<Self> {
        let mut start = Vec::with_capacity(FILE_MAGIC.len());
        // A stream has at least eight bytes too: the continuation and a length.
        (&mut source).take(FILE_MAGIC.len() as u64).read_to_end(&mut start)?;
        let is_file = start == FILE_MAGIC;
        if is_file {
            start.clear();
        }
        Ok(Self { source, start, message: Cursor::new(Vec::new()), is_dictionary: false, is_wide: false, status: Arc::default(), is_file })
    }

    pub(super) fn status(&self) -> Arc<MessageStatus> {
        Arc::clone(&self.status)
    }

    /// Reads the next message. Returns false at the end, and for a message that Polars must not read.
    fn advance(&mut self) -> io::Result<bool> {
        let start = std::mem::take(&mut self.start);
        let Some((message, kind)) = self.message(start)? else {
            self.status.ended.store(true, Ordering::Relaxed);
            return Ok(false);
        };
        self.status.consumed.store(self.source.consumed(), Ordering::Relaxed);
        if kind == Kind::EmptyBatch {
            self.status.is_empty_batch.store(true, Ordering::Relaxed);
            return Ok(false);
        }
        self.message = Cursor::new(message);
        self.is_dictionary = matches!(kind, Kind::Dictionary(_));
        Ok(true)
    }

    fn message(&mut self, mut message: Vec<u8>) -> io::Result<Option<(Vec<u8>, Kind)>> {
        self.complete(&mut message, 4)?;
        if message.is_empty() {
            // A stream may end after any message. A file goes on to its footer.
            return if self.is_file { Err(ends_early()) } else { Ok(None) };
        }
        let prefix = if message.starts_with(&CONTINUATION) { 8 } else { 4 };
        self.complete(&mut message, prefix)?;
        let length = message.get(prefix - 4..prefix).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
        let length = usize::try_from(length.ok_or_else(ends_early)?).map_err(|_| invalid("a message has a negative length"))?;
        if length > LONGEST_METADATA {
            return Err(invalid("the description of a message is too long"));
        }
        self.complete(&mut message, prefix + length)?;
        if message.len() < prefix + length {
            return Err(ends_early());
        }
        let mut kind = Kind::Other;
        if length > 0 {
            let body = body_length(&message[prefix..]).map_err(|error| invalid(&format!("a message makes no sense: {error}")))?;
            let body = body.filter(|&body| body <= LARGEST_BATCH);
            let body = body.ok_or_else(|| invalid("a record batch announces more than 2 GiB, or less than nothing: write smaller ones"))?;
            let end = prefix + length + body as usize;
            self.complete(&mut message, end)?;
            if message.len() < end {
                return Err(ends_early());
            }
            kind = check(&message[prefix..prefix + length], &message[prefix + length..])?;
            match kind {
                Kind::Schema { is_wide } => self.is_wide = is_wide,
                Kind::Batch(Some(codec)) | Kind::Dictionary(Some(codec)) if self.is_wide => {
                    raw_buffers::wrap(&mut message, (prefix, prefix + length), matches!(kind, Kind::Dictionary(_)), codec)?;
                }
                _ => {}
            }
        }
        Ok(Some((message, kind)))
    }

    /// Reads until the message has `length` bytes or the source ends.
    fn complete(&mut self, message: &mut Vec<u8>, length: usize) -> io::Result<()> {
        let missing = length.saturating_sub(message.len());
        (&mut self.source).take(missing as u64).read_to_end(message)?;
        Ok(())
    }
}

impl Read for Messages {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.message.read(buffer)?;
            let is_pause = read == 0 && std::mem::take(&mut self.is_dictionary);
            if read > 0 || buffer.is_empty() || is_pause || !self.advance()? {
                return Ok(read);
            }
        }
    }
}

impl Seek for Messages {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.message.seek(to)
    }
}

/// The length of the body that follows the metadata.
fn body_length(metadata: &[u8]) -> Result<Option<u64>, planus::Error> {
    Ok(u64::try_from(MessageRef::read_as_root(metadata)?.body_length()?).ok())
}

/// Checks what a message announces, and compares its lengths with its body.
fn check(metadata: &[u8], body: &[u8]) -> io::Result<Kind> {
    let checked = || match MessageRef::read_as_root(metadata)?.header()? {
        Some(MessageHeaderRef::Schema(schema)) => match schema::trouble(schema, metadata.len())? {
            Some(trouble) => Ok(Err(trouble)),
            None => Ok(Ok(Kind::Schema { is_wide: schema::is_wide(schema)? })),
        },
        Some(MessageHeaderRef::RecordBatch(batch)) => {
            // A batch without the columns of the schema is damaged, not empty.
            let nodes = batch.nodes()?.filter(|nodes| !nodes.is_empty() && batch.buffers().is_ok_and(|buffers| buffers.is_some()));
            let is_empty = batch.length()? == 0 && nodes.is_some_and(|nodes| nodes.iter().all(|node| node.length() == 0));
            let kind = if is_empty { Kind::EmptyBatch } else { Kind::Batch(codec(batch)?) };
            Ok(fits(batch, body)?.then_some(kind).ok_or_else(too_much))
        }
        Some(MessageHeaderRef::DictionaryBatch(dictionary)) => {
            let Some(batch) = dictionary.data()? else { return Ok(Ok(Kind::Dictionary(None))) };
            let kind = Kind::Dictionary(codec(batch)?);
            Ok(fits(batch, body)?.then_some(kind).ok_or_else(too_much))
        }
        _ => Ok(Ok(Kind::Other)),
    };
    match checked() {
        Ok(checked) => checked.map_err(|trouble| invalid(&trouble)),
        Err::<_, planus::Error>(error) => Err(invalid(&format!("a message makes no sense: {error}"))),
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

fn invalid(message: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message)
}

/// Not `UnexpectedEof`, which Polars takes for the end of a stream.
fn ends_early() -> io::Error {
    invalid("it ends early")
}
