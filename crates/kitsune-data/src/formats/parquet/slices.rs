//! The row groups of a Parquet file as frames of bounded size.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, FileMetadata, FileMetadataRef, ParallelStrategy, ParquetReader, PolarsError, PolarsResult, SerReader};

use super::fetch;
use super::open_file::OpenFile;
use crate::error::Error;
use crate::format::Format;
use crate::formats::damaged::damaged;
use crate::locations::random_file::RandomFile;

/// The approximate upper limit of the bytes of numbers in a frame. A row group of 65,536 rows of a hundred columns is one frame. A larger
/// row group is cut into slices; pages that two slices share are decoded twice.
const FRAME_BYTES: usize = 64 << 20;

/// Some columns of a file, one frame after another.
///
/// Row groups may be larger than memory, so they are read in slices. A lazy scan of Polars would bound neither the memory nor give the
/// position of an error, and it takes only UTF-8 paths. So this uses the plain reader.
pub(super) struct Slices {
    path: PathBuf,
    file: RandomFile,
    metadata: FileMetadataRef,
    /// The metadata without any row group.
    bare: FileMetadata,
    /// The number of row groups that were begun.
    begun: usize,
    columns: Vec<usize>,
    rows_per_frame: usize,
    /// The current row group, and the number of its rows that were read.
    group: Option<(Arc<FileMetadata>, usize)>,
}

impl Slices {
    /// `width`: the number of values in a row.
    pub(super) fn new(path: &Path, open: OpenFile, columns: Vec<usize>, width: usize) -> Self {
        let metadata = open.metadata;
        let bare = FileMetadata { row_groups: Vec::new(), ..(*metadata).clone() };
        let rows_per_frame = (FRAME_BYTES / width.saturating_mul(size_of::<f64>())).max(1);
        Self { path: path.into(), file: open.file, metadata, bare, begun: 0, columns, rows_per_frame, group: None }
    }

    pub(super) fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        loop {
            let Some((group, start)) = self.group.take() else {
                let Some(group) = self.metadata.row_groups.get(self.begun) else { return Ok(None) };
                // The reader visits all row groups of its metadata, so they hold only one.
                let metadata = FileMetadata { num_rows: group.num_rows(), row_groups: vec![group.clone()], ..self.bare.clone() };
                self.fetch(&metadata)?;
                self.begun += 1;
                self.group = Some((Arc::new(metadata), 0));
                continue;
            };
            let height = self.rows_per_frame.min(group.num_rows - start);
            if height == 0 {
                continue;
            }
            let frame = self.read(&group, start, height).map_err(damaged(&self.path, Format::Parquet))?;
            self.group = Some((group, start + height));
            return Ok(Some(frame));
        }
    }

    /// Makes the columns of a row group available, which may have to be fetched.
    fn fetch(&self, group: &FileMetadata) -> Result<(), Error> {
        let names = self.columns.iter().filter_map(|&column| Some(group.schema_descr.fields().get(column)?.name()));
        fetch::need_columns(&self.file, group, names).map_err(Error::read(&self.path))
    }

    fn read(&self, group: &Arc<FileMetadata>, start: usize, height: usize) -> PolarsResult<DataFrame> {
        let mut reader = ParquetReader::new(self.file.file().try_clone()?)
            .with_projection(Some(self.columns.clone()))
            .with_slice(Some((start, height)))
            .read_parallel(ParallelStrategy::Columns);
        reader.set_metadata(Arc::clone(group));
        let frame = reader.finish()?;
        // A damaged file may announce another number of rows than it holds, and the reader trusts it.
        match frame.columns().iter().find(|column| column.len() != height) {
            Some(column) => {
                let message = format!("column {} holds {} rows instead of {height}", column.name(), column.len());
                Err(PolarsError::ComputeError(message.into()))
            }
            None => Ok(frame),
        }
    }
}
