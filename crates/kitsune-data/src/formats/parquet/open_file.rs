//! A Parquet file whose footer was read.

use polars::prelude::{ArrowField, PolarsResult};

use super::file_schema;
use super::footer::Footer;
use super::footer_bytes::footer_bytes;
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
    pub(super) footer: Footer,
    pub(super) fields: Vec<ArrowField>,
    pub(super) columns: FileColumns,
    /// The names of the columns that pandas calls an index.
    pub(super) index: Vec<String>,
}

impl OpenFile {
    /// Opens a file for a look at its columns and its first rows.
    pub(super) fn look(file: &DataFile) -> Result<Self, Error> {
        Self::open(file, file.random()?)
    }

    /// Opens a file to read it from its first row to its last.
    pub(super) fn pass(file: &DataFile) -> Result<Self, Error> {
        Self::open(file, file.random_for_pass()?)
    }

    fn open(named: &DataFile, file: RandomFile) -> Result<Self, Error> {
        catch_panic(named.name(), Format::Parquet, || Self::read(file).map_err(damaged(named.name(), Format::Parquet)))
    }

    fn read(file: RandomFile) -> PolarsResult<Self> {
        let (bytes, start) = footer_bytes(&file)?;
        let footer = Footer::parse(bytes, start)?;
        let fields = file_schema::fields(&footer);
        let index = footer.value(pandas::KEY).map(pandas::index).unwrap_or_default();
        Ok(Self { file, footer, columns: FileColumns::new(&fields), fields, index })
    }
}
