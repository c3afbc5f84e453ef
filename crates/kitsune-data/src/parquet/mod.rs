//! Parquet: columns of numbers, lists, arrays and Spark vectors, checked and converted column by column.

mod frames;
mod rows;
mod schema;
mod vectors;

use std::fs::File;
use std::path::Path;

use polars::prelude::{Float32Type, Float64Type, PolarsError};

use self::rows::Converter;
use self::schema::{Footer, Layout, Stored};
use crate::columns::{Columns, Kind};
use crate::files::DataFile;
use crate::guard::guarded;
use crate::rows::{Precision, Values};
use crate::table::{Deliver, Request, Table};
use crate::{At, Error, Format, Place};

/// Parquet files with the same columns.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    stored: Vec<Stored>,
    columns: Columns,
}

impl ParquetTable {
    /// Reads the footer of every file, and the first row where only it tells how long lists are.
    pub(crate) fn open(files: &[DataFile]) -> Result<Self, Error> {
        let mut stored: Vec<Stored> = Vec::new();
        let mut measured = false;
        for (index, DataFile { path, .. }) in files.iter().enumerate() {
            let (file, footer) = open(path)?;
            if index == 0 {
                stored = footer.columns;
            } else {
                unify(&mut stored, &footer.columns, path, &files[0].path)?;
            }
            if !measured && footer.rows > 0 {
                measure(&mut stored, path, &file)?;
                measured = true;
            }
        }
        Ok(Self { columns: expand(&stored), stored })
    }
}

impl Table for ParquetTable {
    fn format(&self) -> Format {
        Format::Parquet
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&self, path: &Path, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let (file, footer) = open(path)?;
        match request.precision {
            Precision::F32 => Converter::<Float32Type>::new(path, &self.stored, request, Values::F32).read(&file, footer, deliver),
            Precision::F64 => Converter::<Float64Type>::new(path, &self.stored, request, Values::F64).read(&file, footer, deliver),
        }
    }
}

fn open(path: &Path) -> Result<(File, Footer), Error> {
    let file = File::open(path).map_err(Error::read(path))?;
    let footer = guarded(path, Format::Parquet, || Footer::read(&file).map_err(damaged(path)))?;
    Ok((file, footer))
}

fn damaged(path: &Path) -> impl Fn(PolarsError) -> Error + '_ {
    |error| Error::Damaged { file: path.into(), format: Format::Parquet, message: error.to_string() }
}

/// Checks that a file has the columns of the first one. Numbers may be wider in one than in another.
fn unify(stored: &mut [Stored], other: &[Stored], file: &Path, first: &Path) -> Result<(), Error> {
    if stored.len() != other.len() {
        return Err(Error::UnlikeWidths { file: file.into(), first: first.into(), found: other.len(), expected: stored.len() });
    }
    for (column, (expected, found)) in stored.iter_mut().zip(other).enumerate() {
        if expected.described() != found.described() {
            return Err(Error::UnlikeColumns {
                file: file.into(),
                first: first.into(),
                column: column + 1,
                found: found.described(),
                expected: expected.described(),
            });
        }
        expected.exact_in_f32 &= found.exact_in_f32;
    }
    Ok(())
}

/// Takes the lengths of lists from the first row of a file.
fn measure(stored: &mut [Stored], path: &Path, file: &File) -> Result<(), Error> {
    for (column, stored) in stored.iter_mut().enumerate().filter(|(_, stored)| stored.is_open()) {
        let flaw = guarded(path, Format::Parquet, || stored.measure(column, file).map_err(damaged(path)))?;
        if let Some(flaw) = flaw {
            let place = Place { file: path.into(), at: At::Row(1), column: column + 1, name: Some(stored.name.clone()) };
            return Err(Error::Value { place, flaw });
        }
    }
    Ok(())
}

/// One column for each element of each stored column.
fn expand(stored: &[Stored]) -> Columns {
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    for stored in stored {
        let kind = match &stored.layout {
            Layout::Other(kind) => Kind::Other(kind.clone()),
            _ => Kind::Number { exact_in_f32: stored.exact_in_f32 },
        };
        let is_list = !matches!(stored.layout, Layout::Number | Layout::Other(_));
        let name = |element| if is_list { format!("{}[{element}]", stored.name) } else { stored.name.clone() };
        names.extend((0..stored.width).map(name));
        kinds.extend(std::iter::repeat_n(kind, stored.width));
    }
    Columns { names: Some(names), kinds }
}
