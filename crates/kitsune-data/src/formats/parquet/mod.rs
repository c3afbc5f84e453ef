//! Parquet: columns of numbers, lists, arrays and Spark vectors, read in slices of row groups.

mod content;
mod damage;
mod delta;
mod file_schema;
mod footer;
mod footer_bytes;
mod large_group;
mod levels;
mod open_file;
mod page;
mod pages;
mod row_group;
mod schema_elements;
mod slices;
mod stored_column;
#[cfg(test)]
mod tests;
mod thrift;
mod varint;

use polars::prelude::{DataFrame, PolarsResult};

use self::open_file::OpenFile;
use self::slices::Slices;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::frames::convert::Converter;
use crate::formats::frames::leaves::Leaf;
use crate::formats::frames::list_lengths;
use crate::formats::frames::no_rows::no_rows;
use crate::formats::frames::schema::{Stored, check_width, expand, unify};
use crate::formats::read_ahead::read_ahead;
use crate::formats::table::{Deliver, Request, Table};
use crate::locations::data_file::DataFile;

/// Parquet files with the same columns.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    /// The columns of the first file.
    leaves: Vec<Leaf>,
    stored: Vec<Stored>,
    columns: Columns,
}

impl ParquetTable {
    /// Reads the footer of every file, and the first row if only a row gives the length of lists.
    pub(crate) fn open(files: &[DataFile]) -> Result<Self, Error> {
        let (mut leaves, mut stored, mut new_names, mut index) = (Vec::new(), Vec::<Stored>::new(), Vec::new(), Vec::new());
        let mut measured = false;
        for (number, file) in files.iter().enumerate() {
            let mut open = OpenFile::look(file)?;
            index.append(&mut open.index);
            if number == 0 {
                (leaves, stored, new_names) = (open.columns.leaves.clone(), open.columns.stored.clone(), open.columns.new_names.clone());
            } else {
                unify(&mut stored, &open.columns.stored, file.name(), files[0].name())?;
            }
            if !measured && open.footer.rows > 0 {
                measure(&mut stored, file, open)?;
                measured = true;
            }
            check_width(&stored, file.name(), Format::Parquet)?;
        }
        let columns = Columns { new_names, ..expand(&stored, files) };
        Ok(Self { columns: columns.with_index(&index), leaves, stored })
    }
}

impl Table for ParquetTable {
    fn format(&self) -> Format {
        Format::Parquet
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        no_rows(kept.iter().map(|&column| &self.leaves[column]))
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let open = OpenFile::pass(file)?;
        let (size, rows) = (open.file.len(), open.footer.rows.max(1));
        let mut converter = Converter::new(file.name(), Format::Parquet, &self.stored, request);
        let mut slices = Slices::new(file.name(), open, converter.read(), converter.width());
        read_ahead(
            || catch_panic(file.name(), Format::Parquet, || slices.next()),
            |frame| {
                let gone = (converter.done() + frame.height()) as f64 / rows as f64;
                converter.convert(frame, (size as f64 * gone) as u64, deliver)
            },
        )
    }
}

/// Takes the lengths of lists from the first row of a file.
fn measure(stored: &mut [Stored], file: &DataFile, open: OpenFile) -> Result<(), Error> {
    let lists: Vec<_> = (0..stored.len()).filter(|&column| stored[column].is_open()).collect();
    if lists.is_empty() {
        return Ok(());
    }
    let first_row = catch_panic(file.name(), Format::Parquet, || Slices::new(file.name(), open, &lists, usize::MAX).next())?;
    match first_row {
        Some(frame) => list_lengths::measure(stored, &lists, &frame, file.name(), Format::Parquet),
        None => Ok(()),
    }
}
