//! The reading of a stored column: its bytes, and the pages that Polars decodes.

use std::io::Cursor;
use std::ops::Range;

use polars::prelude::PolarsResult;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{BasicDecompressor, PageReader};

use super::content;
use super::damage::damage;
use super::large_group::PageRows;
use super::page::Page;
use super::pages;
use super::row_group::Chunk;
use crate::locations::random_file::RandomFile;

/// A whole chunk for Polars.
pub(super) fn whole(file: &RandomFile, chunk: &Chunk, column: &Descriptor) -> PolarsResult<BasicDecompressor> {
    let bytes = file.read(chunk.range.clone())?;
    let pages = pages::in_memory(&bytes, chunk, column).map_err(damage)?;
    checked(bytes, &pages, chunk, chunk.values, column)
}

/// The pages of a chunk that hold some rows, for Polars, and the number of rows before them.
pub(super) fn part(
    file: &RandomFile,
    chunk: &Chunk,
    column: &Descriptor,
    page_rows: &PageRows,
    rows: &Range<usize>,
) -> PolarsResult<(BasicDecompressor, usize)> {
    let part = page_rows.part(rows);
    let (mut bytes, start) = (Vec::new(), chunk.range.start);
    for range in part.ranges {
        file.read_into(&mut bytes, start + range.start as u64..start + range.end as u64)?;
    }
    Ok((checked(bytes, &part.pages, chunk, part.values, column)?, part.before))
}

/// `values`: the number of values in the pages.
fn checked(bytes: Vec<u8>, pages: &[Page], chunk: &Chunk, values: usize, column: &Descriptor) -> PolarsResult<BasicDecompressor> {
    for page in pages {
        content::check(page, &bytes[page.content()], chunk.compression, column)?;
    }
    let longest = bytes.len();
    let meta = PageMetaData::new(0, values as i64, chunk.compression, column.clone());
    let reader = PageReader::new_with_page_meta(Cursor::new(bytes.into()), meta, Vec::new(), longest);
    Ok(BasicDecompressor::new(reader, Vec::new()))
}
