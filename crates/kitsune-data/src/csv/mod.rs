//! CSV: chunks that end at a row are checked byte by byte, parsed by Polars, and parsed again by ourselves where something is wrong.
//!
//! Polars' own scan tells neither file nor line of a bad cell, and turns short rows into nulls without a word.

mod cells;
mod chunks;
mod exact;
mod fast;
mod header;
mod plan;
mod scan;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::chunks::{Chunk, Chunks};
use self::plan::Plan;
use self::scan::Scanner;
use crate::columns::{Columns, Kind};
use crate::files::DataFile;
use crate::rows::{Rows, Values};
use crate::table::{Deliver, Piece, Request, Table};
use crate::{Error, Format, Header};

/// Large enough that Polars can spread it over threads, small enough that a few of them do not matter.
const CHUNK_BYTES: usize = 8 << 20;

/// What became of a chunk.
struct Parsed {
    /// The features of the good rows, row-major.
    values: Vec<f64>,
    left_out: usize,
    /// What is wrong with the row after them.
    problem: Option<Error>,
}

/// CSV files with the same columns.
#[derive(Debug)]
pub(crate) struct CsvTable {
    columns: Columns,
    header: bool,
    chunk_bytes: usize,
}

impl CsvTable {
    /// Decides once whether there is a header, and holds every file to it.
    pub(crate) fn open(files: &[DataFile], header: Option<Header>) -> Result<Self, Error> {
        let mut table = Self { columns: Columns::default(), header: false, chunk_bytes: CHUNK_BYTES };
        let mut first: Option<&Path> = None;
        for DataFile { path, .. } in files {
            let Some(cells) = header::first_row(path)? else {
                continue;
            };
            if let Some(first) = first {
                table.check(path, first, &cells)?;
                continue;
            }
            table.header = header::decide(header, path, &cells)?;
            // Text may hold any f64, so all CSV is f64.
            table.columns.kinds = vec![Kind::Number { exact_in_f32: false }; cells.len()];
            table.columns.names = table.header.then(|| header::names(&cells));
            first = Some(path);
        }
        Ok(table)
    }

    fn check(&self, file: &Path, first: &Path, cells: &[String]) -> Result<(), Error> {
        let expected = self.columns.kinds.len();
        if cells.len() != expected {
            return Err(Error::UnlikeWidths { file: file.into(), first: first.into(), found: cells.len(), expected });
        }
        let Some(names) = &self.columns.names else {
            return Ok(());
        };
        let found = header::names(cells);
        match (0..expected).find(|&column| found[column] != names[column]) {
            None => Ok(()),
            Some(column) => Err(Error::UnlikeHeaders {
                file: file.into(),
                first: first.into(),
                column: column + 1,
                found: found[column].clone(),
                expected: names[column].clone(),
            }),
        }
    }

    /// The chunk without the header.
    fn body(chunk: Chunk<'_>) -> Chunk<'_> {
        let header = cells::row(chunk.text).map_or(0, |(length, _)| length);
        let (header, text) = chunk.text.split_at(header);
        Chunk { text, line: chunk.line + chunks::line_ends(header) }
    }
}

impl Table for CsvTable {
    fn format(&self) -> Format {
        Format::Csv
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&self, file: &Path, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let plan = Plan::new(&self.columns, request);
        let mut scanner = Scanner::new(file, self.columns.kinds.len());
        let mut chunks = Chunks::open(file, self.chunk_bytes)?;
        let mut header = self.header;
        let mut bytes = 0;
        while let Some(chunk) = chunks.next()? {
            bytes += chunk.text.len() as u64;
            let chunk = if std::mem::take(&mut header) { Self::body(chunk) } else { chunk };
            let scan = scanner.scan(chunk);
            let parsed = fast::parse(&scan, &plan);
            let parsed = parsed.unwrap_or_else(|| exact::parse(file, Chunk { text: scan.text, ..chunk }, scan.rows, &plan));
            let rows = Rows { values: Values::F64(parsed.values), features: request.features.len() };
            if deliver(Piece { rows, left_out: parsed.left_out, bytes }).is_break() {
                return Ok(());
            }
            if let Some(problem) = parsed.problem.or(scan.problem) {
                return Err(problem);
            }
        }
        Ok(())
    }
}
