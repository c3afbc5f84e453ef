//! The row groups of a Parquet file as frames of bounded size.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::{ArrayRef, ArrowField, Column, DataFrame, PolarsError, PolarsResult};
use polars_core::runtime::RAYON;
use polars_parquet::parquet::metadata::ColumnDescriptor;
use polars_parquet::read::{BasicDecompressor, Filter, PhysicalType, column_iter_to_arrays};
use rayon::prelude::*;

use super::damage::damage;
use super::file_schema::{chain, stored_columns};
use super::footer::Footer;
use super::large_group::PageRows;
use super::open_file::OpenFile;
use super::row_group::RowGroup;
use super::stored_column;
use crate::error::Error;
use crate::fault::shown;
use crate::format::Format;
use crate::formats::catch_panic::panic_as_error;
use crate::formats::damaged::damaged;
use crate::formats::frames::leaves::Leaf;
use crate::formats::frames::storage::series;
use crate::locations::random_file::RandomFile;

/// The approximate upper limit of the bytes of numbers in a frame. A row group of 65,536 rows of a hundred columns is one frame. A larger
/// row group is cut into slices; pages that two slices share are decoded twice.
pub(super) const FRAME_BYTES: usize = 64 << 20;
/// Small row groups are read together until they have so many rows, since each frame costs some time of its own.
const FEW_ROWS: usize = 1 << 14;

/// Some columns of a file, one frame after another.
///
/// Row groups may be larger than memory, so they are read in slices. A lazy scan of Polars would bound neither the memory nor give the
/// position of an error, and it takes only UTF-8 paths; its plain reader decodes all fields of a struct for one of them, and makes columns of
/// the arrays before we can replace types that columns do not have. Both read a mapping of the file, and the process would end if the file
/// became shorter. So this reads the bytes itself, and decodes the stored columns one by one.
pub(super) struct Slices {
    path: PathBuf,
    file: RandomFile,
    footer: Footer,
    columns: Vec<ReadColumn>,
    rows_per_frame: usize,
    next_group: usize,
    large: Option<LargeGroup>,
}

/// A column that is read.
struct ReadColumn {
    leaf: Leaf,
    /// The field inside of the structs that it is in, with nothing else in them.
    field: ArrowField,
    /// The stored columns of this field.
    stored: Range<usize>,
}

/// A row group that is read in slices.
struct LargeGroup {
    index: usize,
    group: RowGroup,
    /// The rows in the pages of each column that is read. Columns that are stored as several are read as a whole for each slice, since
    /// Polars takes all of them from the same row on.
    pages: Vec<Option<PageRows>>,
    /// The number of its rows that were read.
    done: usize,
}

impl Slices {
    /// `width`: the number of values in a row.
    pub(super) fn new(path: &Path, open: OpenFile, columns: &[usize], width: usize) -> Self {
        let OpenFile { file, footer, fields, columns: all, .. } = open;
        let stored = stored_columns(footer.schema.fields());
        let column = |&column: &usize| {
            let leaf = all.leaves[column].clone();
            Some(ReadColumn { field: chain(&fields, &leaf.path)?, stored: stored.get(&leaf.path)?.clone(), leaf })
        };
        let columns: Vec<_> = columns.iter().filter_map(column).collect();
        let wide = |stored: &ColumnDescriptor| match stored.descriptor.primitive_type.physical_type {
            PhysicalType::FixedLenByteArray(size) => size,
            _ => 0,
        };
        let wide: usize = columns.iter().flat_map(|column| &footer.schema.columns()[column.stored.clone()]).map(wide).sum();
        let bytes_per_row = width.saturating_mul(size_of::<f64>()).saturating_add(wide);
        let rows_per_frame = (FRAME_BYTES / bytes_per_row).max(1);
        Self { path: path.into(), file, footer, columns, rows_per_frame, next_group: 0, large: None }
    }

    pub(super) fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        self.next_frame().map_err(damaged(&self.path, Format::Parquet))
    }

    fn next_frame(&mut self) -> PolarsResult<Option<DataFrame>> {
        let mut together = Vec::new();
        let mut rows = 0;
        loop {
            if let Some(mut large) = self.large.take_if(|_| together.is_empty()) {
                let slice = large.done..large.group.rows.min(large.done + self.rows_per_frame);
                if slice.is_empty() {
                    continue;
                }
                let frame = self.frame(slice.len(), |column, pages| self.slice(column, &large, pages.as_ref(), &slice), &large.pages)?;
                large.done = slice.end;
                self.large = Some(large);
                return Ok(Some(frame));
            }
            if self.next_group == self.footer.row_groups() {
                break;
            }
            let group = self.footer.row_group(self.next_group)?;
            if !together.is_empty() && (rows + group.rows > self.rows_per_frame || rows >= FEW_ROWS) {
                break;
            }
            if group.rows > 0 {
                self.fetch(&group)?;
            }
            if group.rows > self.rows_per_frame {
                self.large = Some(self.large_group(self.next_group, group)?);
            } else if group.rows > 0 {
                rows += group.rows;
                together.push((self.next_group, group));
            }
            self.next_group += 1;
        }
        if together.is_empty() {
            self.file.check_unchanged()?;
            return Ok(None);
        }
        let whole = |column: &ReadColumn, (): &()| {
            let arrays = together.iter().map(|(index, group)| self.whole(column, *index, group));
            Ok(arrays.collect::<PolarsResult<Vec<_>>>()?.concat())
        };
        self.frame(rows, whole, &vec![(); self.columns.len()]).map(Some)
    }

    /// Makes the columns that are read available.
    fn fetch(&self, group: &RowGroup) -> PolarsResult<()> {
        let chunks = self.columns.iter().flat_map(|column| &group.chunks[column.stored.clone()]);
        Ok(self.file.need_all(chunks.map(|chunk| chunk.range.clone()))?)
    }

    fn large_group(&self, index: usize, group: RowGroup) -> PolarsResult<LargeGroup> {
        let pages = |column: &ReadColumn| {
            if column.stored.len() != 1 {
                return Ok(None);
            }
            let (chunk, stored) = (&group.chunks[column.stored.start], &self.footer.schema.columns()[column.stored.start]);
            PageRows::read(&self.file, chunk, &stored.descriptor).map(Some).map_err(|error| self.in_column(column, index, error))
        };
        let pages = RAYON.install(|| self.columns.par_iter().map(pages).collect::<PolarsResult<Vec<_>>>())?;
        Ok(LargeGroup { index, group, pages, done: 0 })
    }

    /// The columns as a frame. `each` belongs to the columns.
    fn frame<T: Sync>(
        &self,
        height: usize,
        arrays: impl Fn(&ReadColumn, &T) -> PolarsResult<Vec<ArrayRef>> + Sync,
        each: &[T],
    ) -> PolarsResult<DataFrame> {
        let column = |(column, of_column): (&ReadColumn, &T)| {
            let series = series(&column.leaf, arrays(column, of_column)?)?;
            // A damaged file may announce another number of rows than it holds, and the decoder trusts it.
            if series.len() != height {
                return Err(damage(format!("column {} holds {} rows instead of {height}", shown(series.name()), series.len())));
            }
            Ok(Column::from(series))
        };
        let columns = match (&self.columns[..], each) {
            ([only], [of_column]) => vec![column((only, of_column))?],
            // One by one: the others of a group would wait for the thread that has begun it.
            (columns, each) => {
                let columns = || columns.par_iter().zip(each).with_max_len(1).map(column).collect::<PolarsResult<Vec<_>>>();
                RAYON.install(columns)?
            }
        };
        DataFrame::new(height, columns)
    }

    fn whole(&self, column: &ReadColumn, index: usize, group: &RowGroup) -> PolarsResult<Vec<ArrayRef>> {
        let arrays = || self.decoded(column, self.chunks(column, group)?, 0..group.rows);
        panic_as_error(arrays).map_err(|error| self.in_column(column, index, error))
    }

    fn slice(&self, column: &ReadColumn, large: &LargeGroup, pages: Option<&PageRows>, rows: &Range<usize>) -> PolarsResult<Vec<ArrayRef>> {
        let arrays = || match pages {
            Some(pages) => {
                let stored = column.stored.start;
                let (chunk, descriptor) = (&large.group.chunks[stored], &self.footer.schema.columns()[stored].descriptor);
                let (chunk, before) = stored_column::part(&self.file, chunk, descriptor, pages, rows)?;
                self.decoded(column, vec![chunk], rows.start - before..rows.end - before)
            }
            None => self.decoded(column, self.chunks(column, &large.group)?, rows.clone()),
        };
        panic_as_error(arrays).map_err(|error| self.in_column(column, large.index, error))
    }

    fn chunks(&self, column: &ReadColumn, group: &RowGroup) -> PolarsResult<Vec<BasicDecompressor>> {
        let stored = group.chunks[column.stored.clone()].iter().zip(&self.footer.schema.columns()[column.stored.clone()]);
        stored.map(|(chunk, stored)| stored_column::whole(&self.file, chunk, &stored.descriptor)).collect()
    }

    fn decoded(&self, column: &ReadColumn, chunks: Vec<BasicDecompressor>, rows: Range<usize>) -> PolarsResult<Vec<ArrayRef>> {
        let stored = &self.footer.schema.columns()[column.stored.clone()];
        let types = stored.iter().map(|stored| &stored.descriptor.primitive_type).collect();
        let (arrays, _) = column_iter_to_arrays(chunks, types, column.field.clone(), Some(Filter::new_ranged(rows.start, rows.end)))?;
        Ok(arrays)
    }

    /// The error about the bytes of a column.
    fn in_column(&self, column: &ReadColumn, group: usize, error: PolarsError) -> PolarsError {
        match &error {
            PolarsError::IO { error: cause, .. } if !matches!(cause.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => error,
            _ => damage(format!(
                "column {}, row group {} of {}: {error}",
                shown(&column.leaf.field.name),
                group + 1,
                self.footer.row_groups()
            )),
        }
    }
}
