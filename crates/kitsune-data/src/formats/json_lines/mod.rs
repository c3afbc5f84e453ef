//! JSON: one object for each row, with its fields in any order. The objects are lines, follow each other, or are the elements of an array.
//!
//! The fields of an object inside a row are columns of their own, such as `flow.bytes`. A field that holds an array of numbers is a list.

mod bare_words;
mod blanks;
mod blocks;
mod cell;
mod fault;
mod fields;
mod found;
mod look;
mod parse;
mod plan;
mod row;
mod row_state;
mod scanner;
mod text_value;
mod tree;

use std::ops::ControlFlow;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, PolarsResult};
use rayon::prelude::*;

use self::blocks::Blocks;
use self::fields::Fields;
use self::plan::Plan;
use self::text_value::TextReading;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::frames::schema::expand;
use crate::formats::read_ahead::convert_ahead;
use crate::formats::table::{Deliver, Request, Table};
use crate::locations::data_file::DataFile;
use crate::note::Note;
use crate::reading::Reading;

/// Large enough to be shared among threads, and so small that the memory of a few blocks does not matter.
const BLOCK_BYTES: usize = 8 << 20;

/// The size of the parts of a block that threads parse.
const PART_BYTES: usize = 1 << 20;

/// JSON files with the same fields.
#[derive(Debug)]
pub(crate) struct JsonLinesTable {
    fields: Fields,
    columns: Columns,
    texts: TextReading,
    block_bytes: usize,
}

impl JsonLinesTable {
    /// Takes the fields from the first rows.
    pub(crate) fn open(files: &[DataFile], reading: &Reading) -> Result<Self, Error> {
        let texts = TextReading::new(reading);
        let fields = look::look(files, &texts)?;
        Ok(Self { columns: columns(&fields, files), fields, texts, block_bytes: BLOCK_BYTES })
    }
}

fn columns(fields: &Fields, files: &[DataFile]) -> Columns {
    Columns { new_names: fields.new_names().to_vec(), ..expand(fields.stored(), files) }
}

impl Table for JsonLinesTable {
    fn format(&self) -> Format {
        Format::JsonLines
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        let column = |&field: &usize| Column::new_empty(self.fields.stored()[field].name.as_str().into(), &self.fields.kept_type(field));
        DataFrame::new(0, kept.iter().map(column).collect())
    }

    fn notes(&self) -> Vec<Note> {
        let columns = self.fields.in_strings();
        if columns.is_empty() { Vec::new() } else { vec![Note::NumbersInStrings { columns }] }
    }

    fn with_unseen(&self, names: &[String], files: &[DataFile]) -> Option<Arc<dyn Table>> {
        let fields = self.fields.with(names);
        let columns = columns(&fields, files);
        Some(Arc::new(Self { fields, columns, texts: self.texts.clone(), block_bytes: self.block_bytes }))
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        // Rows that do not meet the conditions may be any rows, so the conditions have a plan of their own.
        let (request, conditions) = request.divided();
        let plan = Plan::new(&self.fields, &self.texts, &request);
        let conditions = conditions.as_ref().map(|request| Plan::new(&self.fields, &self.texts, request));
        let mut blocks = Blocks::new(name, file.open_for_pass()?, self.block_bytes)?;
        convert_ahead(
            || catch_panic(name, Format::JsonLines, || blocks.next()),
            |block| {
                catch_panic(name, Format::JsonLines, || {
                    let parts = block.parts(PART_BYTES).into_par_iter();
                    let parts: Vec<_> = parts.map(|part| parse::rows(name, &part, &plan, conditions.as_ref())).collect();
                    Ok((parts, block.bytes, block.problem))
                })
            },
            |(parts, bytes, problem)| {
                for part in parts {
                    let (piece, problem) = part.into_piece(bytes, &plan);
                    if deliver(piece).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    if let Some(problem) = problem {
                        return Err(problem);
                    }
                }
                problem.map_or(Ok(ControlFlow::Continue(())), Err)
            },
        )
    }
}
