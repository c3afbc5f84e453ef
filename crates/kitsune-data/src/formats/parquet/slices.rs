use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, FileMetadata, FileMetadataRef, ParallelStrategy, ParquetReader, PolarsError, PolarsResult, SerReader};

use super::{OpenFile, fetch};
use crate::error::Error;
use crate::format::Format;
use crate::formats::frames::damaged;
use crate::locations::random_file::RandomFile;

/// The numbers of a frame take at most about this many bytes: a row group of 65,536 rows of a hundred columns is one frame. A row
/// group that is cut is decoded once for each of its slices, as far as pages reach over their borders.
const FRAME_BYTES: usize = 64 << 20;

/// Some columns of a file, frame after frame.
///
/// Row groups may be larger than memory, so they are read in slices. This uses the plain reader rather than a lazy scan: with a scan
/// neither the memory nor the place of an error would be in our hands, and it takes no path that is not UTF-8.
pub(super) struct Slices {
    path: PathBuf,
    file: RandomFile,
    metadata: FileMetadataRef,
    /// The same without any row group.
    bare: FileMetadata,
    /// The row groups that were begun.
    begun: usize,
    columns: Vec<usize>,
    rows_per_frame: usize,
    /// The row group that is being read, and the rows of it that were.
    group: Option<(Arc<FileMetadata>, usize)>,
}

impl Slices {
    /// `width`: the numbers that a row takes.
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
                // The reader visits all row groups that it knows of, so it is told of one.
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

    /// Sees to it that the columns of a row group are there: the file may be far away.
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
        // A damaged file may announce other numbers of rows than it holds, and the reader believes it.
        match frame.columns().iter().find(|column| column.len() != height) {
            Some(column) => {
                let message = format!("column {} holds {} rows instead of {height}", column.name(), column.len());
                Err(PolarsError::ComputeError(message.into()))
            }
            None => Ok(frame),
        }
    }
}
