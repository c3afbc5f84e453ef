//! A Parquet file whose footer was read.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use polars::prelude::{ArrowField, FileMetadataRef, PolarsResult};
use polars_parquet::read::read_metadata;

use super::{fetch, file_schema, logical_types};
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::damaged::damaged;
use crate::formats::frames::leaves::FileColumns;
use crate::formats::frames::pandas;
use crate::locations::data_file::DataFile;
use crate::locations::random_file::RandomFile;

/// A file whose footer was read.
pub(super) struct OpenFile {
    pub(super) file: RandomFile,
    pub(super) metadata: FileMetadataRef,
    pub(super) fields: Vec<ArrowField>,
    pub(super) columns: FileColumns,
    /// The names of the columns that pandas calls an index.
    pub(super) index: Vec<String>,
    pub(super) rows: usize,
}

impl OpenFile {
    pub(super) fn open(file: &DataFile) -> Result<Self, Error> {
        let name = file.name();
        let file = file.random()?;
        let end = fetch::need_footer(&file).and_then(|footer| end(&file, footer)).map_err(Error::read(name))?;
        catch_panic(name, Format::Parquet, || Self::of_footer(file, end).map_err(damaged(name, Format::Parquet)))
    }

    fn of_footer(file: RandomFile, end: Vec<u8>) -> PolarsResult<Self> {
        let (end, unknown) = logical_types::without_unknown(end);
        let metadata = read_metadata(&mut Cursor::new(end))?;
        let fields = file_schema::fields(&metadata, &unknown);
        let index = file_schema::value(&metadata, pandas::KEY).map(pandas::index).unwrap_or_default();
        let rows = metadata.row_groups.iter().fold(0, |rows, group| rows + group.num_rows());
        Ok(Self { file, metadata: Arc::new(metadata), columns: FileColumns::new(&fields), fields, index, rows })
    }
}

/// The bytes of a file from `start` on.
fn end(file: &RandomFile, start: u64) -> io::Result<Vec<u8>> {
    let (mut reader, mut bytes) = (file.file(), Vec::new());
    reader.seek(SeekFrom::Start(start))?;
    reader.take(file.len() - start).read_to_end(&mut bytes)?;
    Ok(bytes)
}
