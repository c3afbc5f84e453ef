//! Rows in memory, as a caller hands them over.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arrow_stream::{ArrowBatch, ArrowStream};
use super::arrow_table::{ArrowColumns, ArrowTable};
use super::matrix::Matrix;
use super::matrix_table::MatrixTable;
use super::parts::{Parts, Yielded};
use crate::error::Error;
use crate::formats::table::Table;
use crate::locations::data_file::DataFile;

/// Rows in the memory of this process, which [`SourceOptions::open_rows`](crate::SourceOptions::open_rows) opens: record batches of Arrow, or matrices of numbers.
/// Together they are one file without a path.
///
/// The parts of an iterator come once; [`kept`](Self::kept) makes them last.
#[derive(Debug, Clone)]
pub struct MemoryRows {
    name: PathBuf,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Arrow(Arc<ArrowColumns>, Arc<Parts<ArrowBatch>>),
    Matrices { columns: usize, is_f32: bool, parts: Arc<Parts<Arc<dyn Matrix>>> },
}

/// What a producer of rows answers if it fails.
type ProducerError = Box<dyn StdError + Send + Sync>;

impl MemoryRows {
    /// The record batches of a stream, and after them those of others with the same columns. `name` is what messages call them.
    ///
    /// # Errors
    ///
    /// If the length of lists is unknown, because the first row has none, and if a batch cannot be read.
    pub fn arrow(
        name: &str,
        stream: ArrowStream,
        others: impl Iterator<Item = Result<ArrowStream, ProducerError>> + Send + 'static,
    ) -> Result<Self, Error> {
        let name = PathBuf::from(name);
        let mut columns = ArrowColumns::new(&name, &stream)?;
        let like = columns.clone();
        let path = name.clone();
        let others = others.flat_map(move |stream| -> Yielded<ArrowBatch> {
            let checked =
                stream.map_err(|error| Error::in_memory(&path, error)).and_then(|stream| like.check(&path, &stream).map(|()| stream));
            match checked {
                Ok(stream) => Box::new(stream),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        });
        let mut batches = stream.chain(others);
        let mut first = Vec::new();
        if columns.is_open() {
            for batch in batches.by_ref() {
                first.push(batch?);
                if columns.measure(&name, first.last())? {
                    break;
                }
            }
        }
        let batches = first.into_iter().map(Ok).chain(batches);
        Ok(Self { name, content: Content::Arrow(Arc::new(columns), Arc::new(Parts::once(Box::new(batches)))) })
    }

    /// The rows of a matrix, and after them those of others with as many columns of the same numbers. `name` is what messages call them.
    pub fn matrices(
        name: &str,
        matrix: Arc<dyn Matrix>,
        others: impl Iterator<Item = Result<Arc<dyn Matrix>, ProducerError>> + Send + 'static,
    ) -> Self {
        let name = PathBuf::from(name);
        let ([_, columns], is_f32) = (matrix.shape(), matrix.is_f32());
        let path = name.clone();
        let checked = move |matrix: Result<Arc<dyn Matrix>, ProducerError>| {
            let matrix = matrix.map_err(|error| Error::in_memory(&path, error))?;
            let described = |columns, is_f32| format!("{columns} columns of {}", if is_f32 { "f32" } else { "f64" });
            let (found, expected) = (described(matrix.shape()[1], matrix.is_f32()), described(columns, is_f32));
            if found == expected {
                Ok(matrix)
            } else {
                Err(Error::in_memory(&path, format!("a later part has {found}, but the first one has {expected}")))
            }
        };
        let parts: Yielded<_> = Box::new(std::iter::once(Ok(matrix)).chain(others.map(checked)));
        Self { name, content: Content::Matrices { columns, is_f32, parts: Arc::new(Parts::once(parts)) } }
    }

    /// Takes all parts from their producer, so that the rows can be read in any number of passes. No value is copied.
    ///
    /// # Errors
    ///
    /// If a part cannot be read, or parts do not fit each other.
    pub fn kept(self) -> Result<Self, Error> {
        fn kept<T: Clone + Send + 'static>(parts: &Parts<T>, name: &Path) -> Result<Arc<Parts<T>>, Error> {
            parts.pass(name)?.collect::<Result<_, _>>().map(|parts| Arc::new(Parts::Kept(parts)))
        }
        let Self { name, content } = self;
        let content = match content {
            Content::Arrow(columns, parts) => Content::Arrow(columns, kept(&parts, &name)?),
            Content::Matrices { columns, is_f32, parts } => Content::Matrices { columns, is_f32, parts: kept(&parts, &name)? },
        };
        Ok(Self { name, content })
    }

    /// What messages call the rows.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The rows as the only file of a table.
    pub(crate) fn table(&self) -> (DataFile, Arc<dyn Table>) {
        let file = DataFile::in_memory(self.name.clone());
        let table: Arc<dyn Table> = match &self.content {
            Content::Arrow(columns, parts) => Arc::new(ArrowTable::new(columns, Arc::clone(parts), &file)),
            Content::Matrices { columns, is_f32, parts } => Arc::new(MatrixTable::new(*columns, *is_f32, Arc::clone(parts), &file)),
        };
        (file, table)
    }
}
