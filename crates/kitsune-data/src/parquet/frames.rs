use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{DataFrame, FileMetadata, ParallelStrategy, ParquetReader, PolarsError, PolarsResult, SerReader};

use super::damaged;
use super::schema::Footer;
use crate::Error;

/// The numbers of a frame take about this many bytes.
const FRAME_BYTES: usize = 32 << 20;

/// Reads some columns of a file, frame after frame, until `take` answers false.
///
/// Row groups may be larger than memory, so they are read in slices. This uses the plain reader rather than a lazy scan: a scan panics
/// at each decimal, half float or category of a file, selected or not, and takes no path that is not UTF-8.
pub(super) fn read(
    path: &Path,
    file: &File,
    footer: Footer,
    columns: &[usize],
    mut take: impl FnMut(DataFrame) -> Result<bool, Error>,
) -> Result<(), Error> {
    let width: usize = columns.iter().map(|&column| footer.columns[column].width.max(1)).sum();
    let rows_per_frame = (FRAME_BYTES / (width.max(1) * size_of::<f64>())).max(1);
    let mut metadata = Arc::unwrap_or_clone(footer.metadata);
    for group in std::mem::take(&mut metadata.row_groups) {
        let rows = group.num_rows();
        // The reader visits all row groups that it knows of, so it is told of one.
        let group = Arc::new(FileMetadata { num_rows: rows, row_groups: vec![group], ..metadata.clone() });
        for start in (0..rows).step_by(rows_per_frame) {
            let height = rows_per_frame.min(rows - start);
            let mut reader = ParquetReader::new(file.try_clone().map_err(Error::read(path))?)
                .with_projection(Some(columns.to_vec()))
                .with_slice(Some((start, height)))
                .read_parallel(ParallelStrategy::Columns);
            reader.set_metadata(Arc::clone(&group));
            let frame = reader.finish().and_then(|frame| checked(frame, height)).map_err(damaged(path))?;
            if !take(frame)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A damaged file may announce other numbers of rows than it holds, and the reader believes it.
fn checked(frame: DataFrame, height: usize) -> PolarsResult<DataFrame> {
    match frame.columns().iter().find(|column| column.len() != height) {
        Some(column) => {
            let message = format!("column {} holds {} rows instead of {height}", column.name(), column.len());
            Err(PolarsError::ComputeError(message.into()))
        }
        None => Ok(frame),
    }
}
