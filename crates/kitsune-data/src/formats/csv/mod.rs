//! CSV: chunks that end at a row are divided into parts, and the threads turn the rows of the parts into numbers in one pass over the bytes.
//!
//! Polars' own reader names neither file nor line of a bad cell, and turns short rows into nulls silently.

pub(crate) mod cells;
mod header;
mod kept;
mod parse;
mod parts;
mod plan;
mod row;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::Path;

use self::cells::Dialect;
use self::parse::Parser;
use self::parts::{Divided, PART_BYTES, divided};
use self::plan::Plan;
use crate::error::{Error, SchemaError};
use crate::fault::Files;
use crate::format::{Format, Header};
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::{Columns, Kind};
use crate::formats::read_ahead::read_ahead;
use crate::formats::table::{Deliver, Piece, Request, Table};
use crate::formats::text_chunks::{CHUNK_BYTES, Chunk, Chunks, line_ends};
use crate::locations::data_file::DataFile;
use crate::rows::Values;

/// CSV files with the same columns.
#[derive(Debug)]
pub(crate) struct CsvTable {
    dialect: Dialect,
    columns: Columns,
    header: bool,
    chunk_bytes: usize,
    part_bytes: usize,
}

impl CsvTable {
    /// Decides once whether there is a header, and holds every file to it.
    pub(crate) fn open(files: &[DataFile], header: Option<Header>, dialect: Dialect) -> Result<Self, Error> {
        let columns = Columns { files: Files::of(files), ..Columns::default() };
        let mut table = Self { dialect, columns, header: false, chunk_bytes: CHUNK_BYTES, part_bytes: PART_BYTES };
        let mut first: Option<&Path> = None;
        for file in files {
            let Some(start) = header::start(file, dialect)? else {
                continue;
            };
            if let Some(first) = first {
                table.check(file.name(), first, &start.cells)?;
                continue;
            }
            table.header = header::decide(header, file.name(), &start.cells)?;
            // A decimal may be any f64, so all CSV is f64.
            let kind = |is_text| if is_text { Kind::Other("text".into()) } else { Kind::Number { exact_in_f32: false } };
            let kinds = start.is_text(dialect).into_iter().map(kind).collect();
            table.columns = Columns::plain(Files::of(files), table.header.then(|| header::names(&start.cells)), kinds);
            first = Some(file.name());
        }
        Ok(table)
    }

    fn check(&self, file: &Path, first: &Path, cells: &[String]) -> Result<(), Error> {
        let expected = self.columns.kinds.len();
        if cells.len() != expected {
            return Err(SchemaError::UnlikeWidths { file: file.into(), first: first.into(), found: cells.len(), expected }.into());
        }
        let Some(names) = &self.columns.names else {
            return Ok(());
        };
        let found = header::names(cells);
        match (0..expected).find(|&column| found[column] != names[column]) {
            None => Ok(()),
            Some(column) => Err(SchemaError::UnlikeHeaders {
                file: file.into(),
                first: first.into(),
                column: column + 1,
                found: found[column].clone(),
                expected: names[column].clone(),
            }
            .into()),
        }
    }

    /// The chunk without the header, and without the comments before it.
    fn body(&self, mut chunk: Chunk) -> Chunk {
        let mut header = 0;
        while let Some(row) = self.dialect.row(&chunk.text[header..]) {
            header += row.length;
            if row.cells > 0 {
                break;
            }
        }
        let text = chunk.text.split_off(header);
        Chunk { line: chunk.line + line_ends(&chunk.text), text, ..chunk }
    }

    fn piece(parser: &mut Parser<'_>, divided: &Divided, plan: &Plan) -> (Piece, Option<Error>) {
        let parsed = parser.parse(divided);
        let (normal, labels) = if plan.request.with_labels {
            (None, parsed.normal.map(|normal| normal.into_iter().map(|normal| !normal).collect()))
        } else {
            (parsed.normal, None)
        };
        let left_out = normal.as_ref().map_or(0, |normal| normal.iter().filter(|&&normal| !normal).count());
        let kept = kept::columns(&divided.chunk.text, parsed.rows, normal.as_deref(), plan);
        let values = Values::F64(parsed.values);
        (Piece { values, kept, labels, left_out, bytes: divided.chunk.bytes, more: false }, parsed.problem)
    }
}

impl Table for CsvTable {
    fn format(&self) -> Format {
        Format::Csv
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let (name, dialect) = (file.name(), self.dialect);
        let plan = Plan::new(dialect, &self.columns, request);
        let mut parser = Parser::new(name, &plan);
        let mut chunks = Chunks::new(name, file.open_for_pass()?, self.chunk_bytes, |text: &[u8]| dialect.end_of_rows(text))?;
        let mut header = self.header;
        read_ahead(
            || {
                catch_panic(name, Format::Csv, || {
                    let Some(chunk) = chunks.next()? else { return Ok(None) };
                    // The first chunk of a file may be nothing but comments: then the header is in a later one.
                    let has_row = |chunk: &Chunk| dialect.has_row(&chunk.text);
                    let chunk = if header && has_row(&chunk) {
                        header = false;
                        self.body(chunk)
                    } else {
                        chunk
                    };
                    Ok(Some(divided(chunk, dialect, self.columns.kinds.len(), self.part_bytes)))
                })
            },
            |divided| {
                let (piece, problem) = Self::piece(&mut parser, &divided, &plan);
                if deliver(piece).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                problem.map_or(Ok(ControlFlow::Continue(())), Err)
            },
        )
    }
}
