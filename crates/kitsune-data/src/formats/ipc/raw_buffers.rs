//! Buffers that a compressed record batch stores uncompressed, because compression would not make them shorter.
//!
//! Polars reads the numbers of such a buffer in place, after the eight bytes that mark it. It panics at numbers of 128 and 256 bits, which
//! must be aligned to sixteen bytes. These buffers are therefore replaced by compressed ones, whose frames store the same bytes.

use std::io;

use polars_arrow::io::ipc::format::ipc::CompressionType;

/// The mark of a buffer that is not compressed, instead of its length.
const NOT_COMPRESSED: [u8; 8] = [0xff; 8];
/// The header of an LZ4 frame: independent blocks of at most 4 MiB, and no checksum but that of the header.
const LZ4_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
const LZ4_BLOCK: usize = 4 << 20;
/// Marks a block of LZ4 that is not compressed.
const LZ4_RAW: u32 = 1 << 31;
/// The alignment of buffers.
const ALIGNMENT: usize = 8;

/// The numbers of the fields of `Message`, `DictionaryBatch` and `RecordBatch` in Arrow's schema of messages.
const HEADER: usize = 2;
const BODY_LENGTH: usize = 3;
const DICTIONARY_DATA: usize = 1;
const BUFFERS: usize = 2;

/// Rewrites the uncompressed buffers of a message with a compressed batch, and appends them to the body. `description` is the range of the
/// metadata.
///
/// The metadata were checked before. If an offset still leads outside, the message stays as it is.
pub(super) fn wrap(message: &mut Vec<u8>, description: (usize, usize), is_dictionary: bool, codec: CompressionType) -> io::Result<()> {
    let (start, body) = description;
    let Some((body_length, buffers)) = offsets(&message[..body], start, is_dictionary) else { return Ok(()) };
    for buffer in buffers {
        let (Some(offset), Some(length)) = (usize_at(message, buffer), usize_at(message, buffer + 8)) else { continue };
        let content = body.checked_add(offset).and_then(|from| message.get(from..from.checked_add(length)?));
        let Some(raw) = content.and_then(|content| content.strip_prefix(&NOT_COMPRESSED)) else { continue };
        let frame = match codec {
            CompressionType::Lz4Frame => lz4(raw),
            CompressionType::Zstd => zstd::bulk::compress(raw, 1)?,
        };
        let size = (raw.len() as u64).to_le_bytes();
        message.resize(body + (message.len() - body).next_multiple_of(ALIGNMENT), 0);
        let offset = message.len() - body;
        message.extend_from_slice(&size);
        message.extend_from_slice(&frame);
        put(message, buffer, offset);
        put(message, buffer + 8, size.len() + frame.len());
    }
    message.resize(body + (message.len() - body).next_multiple_of(ALIGNMENT), 0);
    let length = message.len() - body;
    put(message, body_length, length);
    Ok(())
}

/// The bytes as a frame of LZ4 without compression.
fn lz4(raw: &[u8]) -> Vec<u8> {
    let mut frame = LZ4_HEADER.to_vec();
    for block in raw.chunks(LZ4_BLOCK) {
        frame.extend_from_slice(&(block.len() as u32 | LZ4_RAW).to_le_bytes());
        frame.extend_from_slice(block);
    }
    frame.extend_from_slice(&[0; 4]);
    frame
}

/// The offset of the length of the body, and the offset of each buffer entry, which holds an offset and a length.
fn offsets(bytes: &[u8], start: usize, is_dictionary: bool) -> Option<(usize, Vec<usize>)> {
    let message = followed(bytes, start)?;
    let body_length = field(bytes, message, BODY_LENGTH)?;
    let mut batch = followed(bytes, field(bytes, message, HEADER)?)?;
    if is_dictionary {
        batch = followed(bytes, field(bytes, batch, DICTIONARY_DATA)?)?;
    }
    let buffers = followed(bytes, field(bytes, batch, BUFFERS)?)?;
    let count = u32_at(bytes, buffers)?;
    let all_there = body_length + 8 <= bytes.len() && buffers + 4 + 16 * count <= bytes.len();
    all_there.then(|| (body_length, (0..count).map(|buffer| buffers + 4 + 16 * buffer).collect()))
}

/// The offset of a field of a table, unless the field has its default.
fn field(bytes: &[u8], table: usize, number: usize) -> Option<usize> {
    let back = i32::from_le_bytes(bytes.get(table..table + 4)?.try_into().ok()?);
    let index = usize::try_from(i64::try_from(table).ok()? - i64::from(back)).ok()?;
    let (entry, length) = (4 + 2 * number, usize::from(u16_at(bytes, index)?));
    let offset = if entry < length { usize::from(u16_at(bytes, index + entry)?) } else { 0 };
    (offset > 0).then_some(table + offset)
}

/// The offset that the number at `at` points to.
fn followed(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + u32_at(bytes, at)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}

fn put(bytes: &mut [u8], at: usize, value: usize) {
    bytes[at..at + 8].copy_from_slice(&(value as u64).to_le_bytes());
}
