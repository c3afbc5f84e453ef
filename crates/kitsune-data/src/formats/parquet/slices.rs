//! The row groups of a Parquet file as frames of bounded size.

use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::io::mmap::ReaderBytes;
use polars::prelude::{ArrowField, Column, DataFrame, FileMetadataRef, PolarsError, PolarsResult};
use polars_core::runtime::RAYON;
use polars_parquet::read::{BasicDecompressor, Filter, PageReader, RowGroupMetadata, column_iter_to_arrays};
use rayon::prelude::*;

use super::fetch;
use super::file_schema::{chain, stored_columns};
use super::open_file::OpenFile;
use crate::error::Error;
use crate::format::Format;
use crate::formats::damaged::damaged;
use crate::formats::frames::leaves::Leaf;
use crate::formats::frames::storage::series;
use crate::locations::random_file::RandomFile;

/// The approximate upper limit of the bytes of numbers in a frame. A row group of 65,536 rows of a hundred columns is one frame. A larger
/// row group is cut into slices; pages that two slices share are decoded twice.
const FRAME_BYTES: usize = 64 << 20;

/// Some columns of a file, one frame after another.
///
/// Row groups may be larger than memory, so they are read in slices. A lazy scan of Polars would bound neither the memory nor give the
/// position of an error, and it takes only UTF-8 paths; its plain reader decodes all fields of a struct for one of them, and makes columns of
/// the arrays before we can replace types that columns do not have. So this decodes the stored columns one by one.
pub(super) struct Slices {
    path: PathBuf,
    file: RandomFile,
    metadata: FileMetadataRef,
    /// The current row group, and the number of its rows that were read.
    group: usize,
    done: usize,
    columns: Vec<ReadColumn>,
    rows_per_frame: usize,
}

/// A column that is read.
struct ReadColumn {
    leaf: Leaf,
    /// The field inside of the structs that it is in, with nothing else in them.
    field: ArrowField,
    /// The stored columns of this field.
    stored: Range<usize>,
}

impl Slices {
    /// `width`: the number of values in a row.
    pub(super) fn new(path: &Path, open: OpenFile, columns: &[usize], width: usize) -> Self {
        let OpenFile { file, metadata, fields, columns: all, .. } = open;
        let stored = stored_columns(metadata.schema().fields());
        let column = |&column: &usize| {
            let leaf = all.leaves[column].clone();
            Some(ReadColumn { field: chain(&fields, &leaf.path)?, stored: stored.get(&leaf.path)?.clone(), leaf })
        };
        let columns = columns.iter().filter_map(column).collect();
        let rows_per_frame = (FRAME_BYTES / width.saturating_mul(size_of::<f64>())).max(1);
        Self { path: path.into(), file, metadata, group: 0, done: 0, columns, rows_per_frame }
    }

    pub(super) fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        while let Some(group) = self.metadata.row_groups.get(self.group) {
            if self.done == 0 {
                let stored = self.columns.iter().map(|column| column.stored.clone());
                fetch::need_columns(&self.file, group, stored).map_err(Error::read(&self.path))?;
            }
            let height = self.rows_per_frame.min(group.num_rows() - self.done);
            if height == 0 {
                (self.group, self.done) = (self.group + 1, 0);
                continue;
            }
            let frame = self.read(group, self.done, height).map_err(damaged(&self.path, Format::Parquet))?;
            self.done += height;
            return Ok(Some(frame));
        }
        Ok(None)
    }

    fn read(&self, group: &RowGroupMetadata, start: usize, height: usize) -> PolarsResult<DataFrame> {
        let mut file = self.file.file().try_clone()?;
        let bytes = ReaderBytes::from(&mut file);
        let ReaderBytes::Owned(bytes) = &bytes else { unreachable!("a file is mapped into memory of its own") };
        let column = |column: &ReadColumn| {
            let pages = |stored: &polars_parquet::read::ColumnChunkMetadata| {
                let Range { start, end } = stored.byte_range();
                let bytes = bytes.clone().sliced(start as usize..end as usize);
                BasicDecompressor::new(PageReader::new(Cursor::new(bytes), stored, Vec::new(), usize::MAX), Vec::new())
            };
            let stored = &group.parquet_columns()[column.stored.clone()];
            let types = stored.iter().map(|stored| &stored.descriptor().descriptor.primitive_type).collect();
            let rows = Filter::new_ranged(start, start + height);
            let (arrays, _) = column_iter_to_arrays(stored.iter().map(pages).collect(), types, column.field.clone(), Some(rows))?;
            let series = series(&column.leaf, arrays)?;
            // A damaged file may announce another number of rows than it holds, and the decoder trusts it.
            if series.len() != height {
                let message = format!("column {} holds {} rows instead of {height}", series.name(), series.len());
                return Err(PolarsError::ComputeError(message.into()));
            }
            Ok(Column::from(series))
        };
        let columns = match &self.columns[..] {
            [only] => vec![column(only)?],
            columns => RAYON.install(|| columns.par_iter().map(column).collect::<PolarsResult<Vec<_>>>())?,
        };
        DataFrame::new(height, columns)
    }
}
