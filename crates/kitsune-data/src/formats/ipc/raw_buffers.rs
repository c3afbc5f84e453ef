//! Buffers that a compressed record batch stores uncompressed, because compression would not make them shorter.
//!
//! Polars reads the numbers of such a buffer in place, after the eight bytes that mark it. It panics at numbers of 128 and 256 bits, which
//! must be aligned to sixteen bytes. These buffers are therefore replaced by compressed ones, whose frames store the same bytes.

use std::io;

use polars_arrow::io::ipc::format::ipc::{Buffer, CompressionType};

/// The mark of a buffer that is not compressed, instead of its length.
const NOT_COMPRESSED: [u8; 8] = [0xff; 8];
/// The header of an LZ4 frame: independent blocks of at most 4 MiB, and no checksum but that of the header.
const LZ4_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
const LZ4_BLOCK: usize = 4 << 20;
/// Marks a block of LZ4 that is not compressed.
const LZ4_RAW: u32 = 1 << 31;
/// The alignment of buffers.
const ALIGNMENT: usize = 8;

/// Appends the uncompressed buffers of a compressed batch to its body, as frames of its codec.
///
/// The buffers were checked before. If one still leads outside of the body, it stays as it is.
pub(super) fn wrap(buffers: &mut [Buffer], body: &mut Vec<u8>, codec: CompressionType) -> io::Result<()> {
    for buffer in buffers {
        let (Ok(offset), Ok(length)) = (usize::try_from(buffer.offset), usize::try_from(buffer.length)) else { continue };
        let content = offset.checked_add(length).and_then(|end| body.get(offset..end));
        let Some(raw) = content.and_then(|content| content.strip_prefix(&NOT_COMPRESSED)) else { continue };
        let frame = match codec {
            CompressionType::Lz4Frame => lz4(raw),
            CompressionType::Zstd => zstd::bulk::compress(raw, 1)?,
        };
        let size = (raw.len() as u64).to_le_bytes();
        body.resize(body.len().next_multiple_of(ALIGNMENT), 0);
        *buffer = Buffer { offset: body.len() as i64, length: (size.len() + frame.len()) as i64 };
        body.extend_from_slice(&size);
        body.extend_from_slice(&frame);
    }
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
