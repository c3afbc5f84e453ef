//! NDJSON: one object for each row, with its fields in any order. A field that holds an array of numbers is a list.

mod cell;
mod fault;
mod fields;
mod parse;
mod plan;
mod row;

use std::ops::ControlFlow;
use std::path::Path;

use memchr::memchr;
use polars::prelude::{Column, DataFrame, PolarsResult};
use rayon::prelude::*;

use self::fields::Fields;
use self::parse::Parsed;
use self::plan::Plan;
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::frames::schema::expand;
use crate::formats::read_ahead::read_ahead;
use crate::formats::table::{Deliver, Request, Table};
use crate::formats::text_chunks::{CHUNK_BYTES, Chunk, Chunks, end_of_lines, line_ends};
use crate::locations::data_file::DataFile;

/// The size of the parts of a chunk that threads parse.
const PART_BYTES: usize = 1 << 20;

/// NDJSON files with the same fields.
#[derive(Debug)]
pub(crate) struct JsonLinesTable {
    fields: Fields,
    columns: Columns,
    chunk_bytes: usize,
}

impl JsonLinesTable {
    /// Takes the fields from the first rows.
    pub(crate) fn open(files: &[DataFile]) -> Result<Self, Error> {
        let fields = Fields::of(files)?;
        Ok(Self { columns: expand(fields.stored(), files), fields, chunk_bytes: CHUNK_BYTES })
    }
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

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        let plan = Plan::new(&self.fields, request);
        let mut chunks = Chunks::new(name, file.open_for_pass()?, self.chunk_bytes, end_of_lines)?;
        read_ahead(
            || catch_panic(name, Format::JsonLines, || chunks.next()),
            |chunk| {
                let bytes = chunk.bytes;
                for part in parsed(name, &chunk, &plan) {
                    let (piece, problem) = part.into_piece(bytes, &plan);
                    if deliver(piece).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    if let Some(problem) = problem {
                        return Err(problem);
                    }
                }
                Ok(ControlFlow::Continue(()))
            },
        )
    }
}

/// The parts of a chunk, parsed on all threads.
fn parsed(name: &Path, chunk: &Chunk, plan: &Plan<'_>) -> Vec<Parsed> {
    let (mut parts, mut rest, mut line) = (Vec::new(), &chunk.text[..], chunk.line);
    while !rest.is_empty() {
        let end = match memchr(b'\n', rest.get(PART_BYTES..).unwrap_or_default()) {
            Some(end) => PART_BYTES + end + 1,
            None => rest.len(),
        };
        let (part, after) = rest.split_at(end);
        parts.push((part, line));
        line += line_ends(part);
        rest = after;
    }
    parts.into_par_iter().map(|(text, line)| parse::lines(name, text, line, plan)).collect()
}
