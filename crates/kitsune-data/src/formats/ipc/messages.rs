use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use polars_arrow::io::ipc::format::ipc::planus::{self, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{CompressionType, MessageHeaderRef, MessageRef, RecordBatchRef};

use super::{raw_buffers, schema};
use crate::locations::input::Input;

/// What stands before the length of a message, in all but the oldest streams.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// What a file begins with; then come the messages as in a stream.
const FILE_MAGIC: &[u8; 8] = b"ARROW1\0\0";
/// No description of a message is longer.
const LONGEST_METADATA: usize = 64 << 20;
/// No record batch may be larger, neither as it is stored nor as it is read.
const LARGEST_BATCH: u64 = 2 << 30;

/// More bytes than one can stand for when compressed by LZ4, in which a byte repeats 255 at most ...
const LZ4_RATIO: u64 = 256;
/// ... and by Zstandard, in which a block of four bytes holds 128 KiB at most.
const ZSTD_RATIO: u64 = 32 << 10;

/// The messages of a stream or a file, each looked at before anybody else reads it.
///
/// Polars believes the lengths that a message announces: a wrong one would make it ask for any amount of memory. So a message is read
/// whole, with as much memory as there are bytes, and its lengths are compared with that. It is also what makes seeking possible where
/// the source is a pipe: Polars seeks within a message only.
pub(super) struct Messages {
    source: Input,
    /// What was read of the source and belongs to the first message.
    start: Vec<u8>,
    /// The message that is being read.
    message: Cursor<Vec<u8>>,
    /// Whether that is a dictionary, after which reading pauses: Polars reads what comes next by recursion, and there may be any number
    /// of dictionaries.
    is_dictionary: bool,
    /// Whether the schema has numbers of more than 64 bits.
    is_wide: bool,
    status: Arc<MessageStatus>,
    is_file: bool,
}

/// What there is to know beside the bytes of messages. Polars takes each pause of them for the end of what there is for now.
#[derive(Debug, Default)]
pub(super) struct MessageStatus {
    /// The bytes of the source that are gone.
    consumed: AtomicU64,
    /// Whether the last pause stands for a record batch without rows, of which nothing is left to read.
    is_empty_batch: AtomicBool,
    /// Whether the last pause was none, but the end of the source.
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

/// What a message is, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whether it has numbers of more than 64 bits.
    Schema {
        is_wide: bool,
    },
    EmptyBatch,
    /// Compressed or not.
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

    /// Reads the next message, unless there is none, or nothing in it to be read.
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
            // A stream may end with its last message; a file does not.
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

    /// Reads on until there are `length` bytes, or the source ends.
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

/// The length of what follows a description.
fn body_length(metadata: &[u8]) -> Result<Option<u64>, planus::Error> {
    Ok(u64::try_from(MessageRef::read_as_root(metadata)?.body_length()?).ok())
}

/// Looks at what a message announces, and compares lengths with its body.
fn check(metadata: &[u8], body: &[u8]) -> io::Result<Kind> {
    let checked = || match MessageRef::read_as_root(metadata)?.header()? {
        Some(MessageHeaderRef::Schema(schema)) => match schema::trouble(schema, metadata.len())? {
            Some(trouble) => Ok(Err(trouble)),
            None => Ok(Ok(Kind::Schema { is_wide: schema::is_wide(schema)? })),
        },
        Some(MessageHeaderRef::RecordBatch(batch)) => {
            // One without its columns is damaged, and not empty.
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
            // What it will be, in front; -1 for a buffer that is stored as it is.
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

/// Not the kind for an unexpected end, which Polars takes for the end of a stream.
fn ends_early() -> io::Error {
    invalid("it ends early")
}
