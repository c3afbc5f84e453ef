//! A row group that is read in slices: which pages hold which rows.

use std::ops::Range;

use polars::prelude::PolarsResult;
use polars_parquet::parquet::metadata::Descriptor;

use super::content;
use super::damage::damage;
use super::levels;
use super::page::{Kind, Page};
use super::pages;
use super::row_group::Chunk;
use crate::locations::random_file::RandomFile;

/// The pages of a chunk, and the rows in them.
pub(super) struct PageRows {
    pages: Vec<Page>,
    /// The number of rows that begin before each page.
    before: Vec<usize>,
    has_lists: bool,
}

/// The pages that hold some rows.
pub(super) struct Part {
    /// Where they are in the chunk: the dictionary, if there is one, and the pages of rows.
    pub(super) ranges: Vec<Range<usize>>,
    /// The pages as they are if these ranges follow each other.
    pub(super) pages: Vec<Page>,
    /// The number of values in them.
    pub(super) values: usize,
    /// The number of rows that begin before them.
    pub(super) before: usize,
}

impl PageRows {
    /// Reads the headers of the pages. The pages of lists are read as a whole, unless their headers have the numbers of rows.
    pub(super) fn read(file: &RandomFile, chunk: &Chunk, column: &Descriptor) -> PolarsResult<Self> {
        let pages = pages::in_file(file, chunk, column)?;
        let has_lists = column.max_rep_level > 0;
        let (mut before, mut rows) = (Vec::with_capacity(pages.len()), 0_usize);
        for page in &pages {
            before.push(rows);
            rows += match page.kind {
                Kind::Dictionary => 0,
                _ if !has_lists => page.values,
                Kind::V2 { rows, .. } => rows,
                Kind::V1 => {
                    let start = chunk.range.start;
                    let bytes = page.content();
                    let bytes = file.read(start + bytes.start as u64..start + bytes.end as u64)?;
                    content::check(page, &bytes, chunk.compression, column)?;
                    let bytes = content::decompressed(page, &bytes, chunk.compression)?;
                    let (repetition, _) =
                        content::split(page, &bytes, column).ok_or_else(|| damage("the levels of a page are longer than it"))?;
                    levels::rows(repetition, column.max_rep_level, page.values)
                }
            };
        }
        Ok(Self { pages, before, has_lists })
    }

    /// The pages that hold these rows. The last of them may end in the page in which the row after it begins.
    pub(super) fn part(&self, rows: &Range<usize>) -> Part {
        let first = self.before.partition_point(|&before| before <= rows.start).saturating_sub(1);
        let last_row = if self.has_lists { rows.end } else { rows.end - 1 };
        let end = self.before.partition_point(|&before| before <= last_row).max(first + 1).min(self.pages.len());
        let dictionary = self.pages.first().filter(|page| page.kind == Kind::Dictionary && first > 0);
        let mut at = 0;
        let moved = |page: &Page| {
            let start = at;
            at += page.range.len();
            Page { range: start..at, ..page.clone() }
        };
        let pages: Vec<_> = dictionary.into_iter().chain(&self.pages[first..end]).map(moved).collect();
        let values = pages.iter().filter(|page| page.kind != Kind::Dictionary).map(|page| page.values).sum();
        let mut ranges: Vec<_> = dictionary.map(|page| page.range.clone()).into_iter().collect();
        ranges.push(self.pages[first].range.start..self.pages[end - 1].range.end);
        Part { ranges, pages, values, before: self.before[first] }
    }
}
