//! The content of pages as far as Polars would trust it: sizes, and the lengths of texts.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use polars::prelude::PolarsResult;
use polars_parquet::parquet::compression::{Compression, DecompressionContext, decompress};
use polars_parquet::parquet::metadata::Descriptor;

use super::damage::damage;
use super::delta;
use super::page::{Kind, Page};

/// The encodings of texts as differences, by their numbers in the Thrift definition of Parquet.
const DELTA_LENGTH_BYTE_ARRAY: i64 = 6;
const DELTA_BYTE_ARRAY: i64 = 7;

/// A page that announces no more than so many times its bytes is believed. Data seldom become smaller than that.
const BELIEVED_RATIO: usize = 64;
const BELIEVED_BYTES: usize = 64 << 10;
/// The number of bytes that one byte of LZ4 stands for at most: a byte repeats at most 255 times.
const LZ4_RATIO: usize = 255;
/// A page compressed by Brotli, which has no such limit, is believed to this size.
const LARGEST_BROTLI: usize = 64 << 20;

/// Checks a page before Polars takes memory for what it announces.
pub(super) fn check(page: &Page, content: &[u8], compression: Compression, column: &Descriptor) -> PolarsResult<()> {
    let Kind::V2 { repetition, definition, is_compressed, .. } = page.kind else {
        check_size(compression, content, page.uncompressed).map_err(damage)?;
        return check_texts(page, content, compression, column);
    };
    let levels = repetition + definition;
    if is_compressed {
        check_size(compression, &content[levels..], page.uncompressed - levels).map_err(damage)?;
    }
    check_texts(page, content, compression, column)
}

fn check_texts(page: &Page, content: &[u8], compression: Compression, column: &Descriptor) -> PolarsResult<()> {
    if page.kind == Kind::Dictionary || !matches!(page.encoding, DELTA_LENGTH_BYTE_ARRAY | DELTA_BYTE_ARRAY) {
        return Ok(());
    }
    let bytes = decompressed(page, content, compression)?;
    let (_, values) = split(page, &bytes, column).ok_or_else(|| damage("the levels of a page are longer than it"))?;
    let fit = match page.encoding {
        DELTA_BYTE_ARRAY => delta::prefixes_fit(values, page.values),
        _ => delta::lengths_fit(values, page.values),
    };
    fit.ok_or_else(|| damage("the lengths of the texts of a page do not fit it"))
}

/// Whether compressed bytes can hold what is announced. What is beyond belief is decompressed once, without keeping it.
fn check_size(compression: Compression, compressed: &[u8], announced: usize) -> Result<(), String> {
    if announced <= compressed.len().saturating_mul(BELIEVED_RATIO).saturating_add(BELIEVED_BYTES) {
        return Ok(());
    }
    let holds = |decoder: &mut dyn Read| {
        let length = io::copy(&mut decoder.take(announced as u64), &mut io::sink());
        length.is_ok_and(|length| length == announced as u64)
    };
    let is_honest = match compression {
        Compression::Uncompressed => true,
        Compression::Gzip => holds(&mut GzDecoder::new(compressed)),
        Compression::Zstd => zstd::Decoder::with_buffer(compressed).is_ok_and(|mut decoder| holds(&mut decoder)),
        Compression::Lz4 | Compression::Lz4Raw => announced <= compressed.len().saturating_mul(LZ4_RATIO),
        Compression::Brotli => announced <= LARGEST_BROTLI,
        // At most 64 bytes for three, and not known to Polars.
        Compression::Snappy | Compression::Lzo => false,
    };
    let message = || format!("a page announces {announced} bytes, more than its {} compressed ones hold", compressed.len());
    is_honest.then_some(()).ok_or_else(message)
}

/// The content of a page, whose size was checked.
pub(super) fn decompressed<'a>(page: &Page, content: &'a [u8], compression: Compression) -> PolarsResult<Cow<'a, [u8]>> {
    let plain = match page.kind {
        Kind::V2 { is_compressed: false, .. } => content.len(),
        Kind::V2 { repetition, definition, .. } => repetition + definition,
        _ => 0,
    };
    if compression == Compression::Uncompressed || plain == content.len() {
        return Ok(Cow::Borrowed(content));
    }
    let mut bytes = vec![0; page.uncompressed];
    bytes[..plain].copy_from_slice(&content[..plain]);
    decompress(compression, &content[plain..], &mut bytes[plain..], &mut DecompressionContext::Unset)?;
    Ok(Cow::Owned(bytes))
}

/// The repetition levels and the values of decompressed content.
pub(super) fn split<'a>(page: &Page, bytes: &'a [u8], column: &Descriptor) -> Option<(&'a [u8], &'a [u8])> {
    if let Kind::V2 { repetition, definition, .. } = page.kind {
        let (levels, values) = bytes.split_at_checked(repetition.checked_add(definition)?)?;
        return Some((&levels[..repetition], values));
    }
    let levels = |bytes: &'a [u8], is_there: bool| {
        if !is_there {
            return Some((&[][..], bytes));
        }
        let (length, bytes) = bytes.split_first_chunk()?;
        bytes.split_at_checked(u32::from_le_bytes(*length) as usize)
    };
    let (repetition, bytes) = levels(bytes, column.max_rep_level > 0)?;
    let (_, values) = levels(bytes, column.max_def_level > 0)?;
    Some((repetition, values))
}
