//! A Parquet file whose footer was read.

use polars::prelude::{ArrowField, FileMetadataRef, ParquetReader, PolarsResult, SerReader};

use super::fetch;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::damaged::damaged;
use crate::locations::data_file::DataFile;
use crate::locations::random_file::RandomFile;

/// A file whose footer was read.
pub(super) struct OpenFile {
    pub(super) file: RandomFile,
    pub(super) metadata: FileMetadataRef,
    pub(super) fields: Vec<ArrowField>,
    pub(super) rows: usize,
}

impl OpenFile {
    pub(super) fn open(file: &DataFile) -> Result<Self, Error> {
        let name = file.name();
        let file = file.random()?;
        fetch::need_footer(&file).map_err(Error::read(name))?;
        catch_panic(name, Format::Parquet, || Self::read_footer(file).map_err(damaged(name, Format::Parquet)))
    }

    fn read_footer(file: RandomFile) -> PolarsResult<Self> {
        let mut reader = ParquetReader::new(file.file().try_clone()?);
        let fields = reader.schema()?.iter_values().cloned().collect();
        let metadata = reader.get_metadata()?.clone();
        let rows = metadata.row_groups.iter().fold(0, |rows, group| rows + group.num_rows());
        Ok(Self { file, metadata, fields, rows })
    }
}
