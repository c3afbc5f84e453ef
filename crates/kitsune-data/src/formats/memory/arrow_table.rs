//! Record batches in memory as a table.

use std::path::Path;
use std::sync::Arc;

use polars::prelude::{DataFrame, PolarsResult};

use super::arrow_stream::{ArrowBatch, ArrowStream, retyped};
use super::parts::Parts;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::damaged::damaged;
use crate::formats::frames::convert::Converter;
use crate::formats::frames::leaves::{FileColumns, Leaf};
use crate::formats::frames::list_lengths;
use crate::formats::frames::no_rows::no_rows;
use crate::formats::frames::schema::{Stored, check_width, expand, unify};
use crate::formats::frames::storage::{innermost, of_arrays};
use crate::formats::table::{Deliver, Request, Table};
use crate::locations::data_file::DataFile;

/// The format that record batches have in files.
const FORMAT: Format = Format::Ipc;

/// The columns of record batches.
#[derive(Debug, Clone)]
pub(super) struct ArrowColumns {
    columns: FileColumns,
    /// The names of the columns that pandas calls an index.
    index: Vec<String>,
}

impl ArrowColumns {
    pub(super) fn new(name: &Path, stream: &ArrowStream) -> Result<Self, Error> {
        let columns = Self { columns: FileColumns::new(stream.fields()), index: stream.index().to_vec() };
        check_width(&columns.columns.stored, name, FORMAT).map(|()| columns)
    }

    /// Checks that another stream has the same columns, and no numbers that need 64 bits where those of this one need 32.
    pub(super) fn check(&self, name: &Path, stream: &ArrowStream) -> Result<(), Error> {
        let found = FileColumns::new(stream.fields()).stored;
        unify(&mut self.columns.stored.clone(), &found, name, name)?;
        match self.columns.stored.iter().zip(&found).find(|(first, found)| first.exact_in_f32 && !found.exact_in_f32) {
            None => Ok(()),
            Some((first, _)) => Err(Error::in_memory(
                name,
                format!(
                    "column {} of a later part has numbers of 64 bits, but that of the first part none: give them one type",
                    first.name
                ),
            )),
        }
    }

    /// Whether only rows give the length of some lists.
    pub(super) fn is_open(&self) -> bool {
        self.columns.stored.iter().any(Stored::is_open)
    }

    /// Takes the lengths of lists from the first row of a batch, if there is one.
    pub(super) fn measure(&mut self, name: &Path, batch: Option<&ArrowBatch>) -> Result<bool, Error> {
        let stored = &mut self.columns.stored;
        let lists: Vec<_> = (0..stored.len()).filter(|&column| stored[column].is_open()).collect();
        let Some(batch) = batch.filter(|batch| !batch.0.is_empty()) else { return Ok(false) };
        let frame = catch_panic(name, FORMAT, || frame(&self.columns.leaves, batch, &lists).map_err(damaged(name, FORMAT)))?;
        list_lengths::measure(stored, &lists, &frame, name, FORMAT)?;
        check_width(stored, name, FORMAT).map(|()| true)
    }
}

/// Some columns of a batch.
fn frame(leaves: &[Leaf], batch: &ArrowBatch, columns: &[usize]) -> PolarsResult<DataFrame> {
    let column = |&column: &usize| {
        let leaf = &leaves[column];
        // A later part may have another type of numbers than the first one, whose fields the leaves are.
        of_arrays(leaf, vec![retyped(innermost(batch.0.clone(), &leaf.path)?)?]).map(Into::into)
    };
    DataFrame::new(batch.0.len(), columns.iter().map(column).collect::<PolarsResult<_>>()?)
}

/// Record batches in memory.
#[derive(Debug)]
pub(super) struct ArrowTable {
    leaves: Vec<Leaf>,
    stored: Vec<Stored>,
    columns: Columns,
    batches: Arc<Parts<ArrowBatch>>,
}

impl ArrowTable {
    pub(super) fn new(columns: &ArrowColumns, batches: Arc<Parts<ArrowBatch>>, file: &DataFile) -> Self {
        let ArrowColumns { columns: FileColumns { leaves, stored, new_names }, index } = columns.clone();
        let columns = Columns { new_names, ..expand(&stored, std::slice::from_ref(file)) };
        Self { columns: columns.with_index(&index), leaves, stored, batches }
    }
}

impl Table for ArrowTable {
    fn format(&self) -> Format {
        FORMAT
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        no_rows(kept.iter().map(|&column| &self.leaves[column]))
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let mut converter = Converter::new(file.name(), FORMAT, &self.stored, request);
        for batch in self.batches.pass(file.name())? {
            let frame = frame(&self.leaves, &batch?, converter.read()).map_err(damaged(file.name(), FORMAT))?;
            if converter.convert(frame, 0, deliver)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
