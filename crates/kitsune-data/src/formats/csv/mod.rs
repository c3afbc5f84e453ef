//! CSV: chunks that end at a row are divided into parts, and the threads turn the rows of the parts into numbers in one pass over the bytes.
//!
//! Polars' own reader names neither file nor line of a bad cell, and turns short rows into nulls silently.

pub(crate) mod cells;
mod decimal;
mod header;
mod kept;
mod look_ahead;
mod parse;
mod parts;
mod plan;
mod row;
mod start;
#[cfg(test)]
mod tests;
mod value;
mod zeek;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use self::cells::Dialect;
use self::header::HeaderRow;
use self::parse::Parser;
use self::parts::{CHUNK_BYTES, Divided, PART_BYTES, divided};
use self::plan::Plan;
use self::row::Fate;
use self::start::{FirstRows, Start};
use self::zeek::LogHeader;
use self::zeek::joined::separated;
use crate::error::{Error, SchemaError};
use crate::fault::Files;
use crate::format::{Format, Header};
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::{Columns, Kind};
use crate::formats::distinct_names::DistinctNames;
use crate::formats::read_ahead::convert_ahead;
use crate::formats::table::{Deliver, Piece, Request, Skipped, Table};
use crate::formats::text_chunks::{Chunk, Chunks, line_ends};
use crate::locations::data_file::DataFile;
use crate::missing_words::MissingWords;
use crate::note::Note;
use crate::rows::Values;
use crate::rows::row_numbers::Gaps;

/// CSV files, or logs of Zeek, with the same columns.
#[derive(Debug)]
pub(crate) struct CsvTable {
    dialect: Dialect,
    missing: Arc<MissingWords>,
    columns: Columns,
    /// Whether each file begins with a header, and the header where rows can be compared with it.
    has_header: bool,
    header: Option<HeaderRow>,
    log: Option<LogHeader>,
    notes: Vec<Note>,
    chunk_bytes: usize,
    part_bytes: usize,
}

impl CsvTable {
    /// Decides once whether there is a header, and holds every file to it.
    pub(crate) fn open(files: &[DataFile], header: Option<Header>, dialect: Dialect, missing: &Arc<MissingWords>) -> Result<Self, Error> {
        let mut table = Self {
            dialect,
            missing: Arc::clone(missing),
            columns: Columns { files: Files::of(files), ..Columns::default() },
            has_header: false,
            header: None,
            log: None,
            notes: Vec::new(),
            chunk_bytes: CHUNK_BYTES,
            part_bytes: PART_BYTES,
        };
        let mut first: Option<&Path> = None;
        for file in files {
            match (Start::of(file, dialect)?, first) {
                (Start::Nothing, _) => continue,
                (Start::Rows(rows), None) => table.begin(file.name(), header, rows)?,
                (Start::Rows(rows), Some(first)) => table.check(file.name(), first, rows)?,
                (Start::ZeekLog, first) => {
                    let Some(log) = LogHeader::of(file)? else {
                        // It has no rows, whatever follows from the other files.
                        table.dialect.comment = Some(zeek::MARK);
                        continue;
                    };
                    match first {
                        None => table.begin_log(log),
                        Some(first) => table.check_log(file.name(), first, &log)?,
                    }
                }
            }
            first.get_or_insert(file.name());
        }
        Ok(table)
    }

    fn begin(&mut self, file: &Path, header: Option<Header>, mut rows: FirstRows) -> Result<(), Error> {
        let (dialect, missing) = (self.dialect, Arc::clone(&self.missing));
        self.has_header = header::decide(header, file, &rows.cells, dialect, &missing)?;
        if self.has_header {
            self.header = HeaderRow::new(&rows.cells, dialect, &missing);
            rows.fit_header(dialect, self.header.as_ref());
        }
        let header = self.header.as_ref();
        let names = self.has_header.then(|| header::names(&rows.cells));
        let kinds = rows.kinds(dialect, &missing, header);
        let is_last_empty = rows.is_last_column_empty(dialect, header);
        self.columns = Columns::plain(self.columns.files.clone(), names, kinds);
        if is_last_empty {
            let last = self.columns.kinds.len() - 1;
            self.columns.aside.push(last);
            self.notes.push(Note::EmptyColumn { column: self.columns.stored[last].name.clone() });
        }
        Ok(())
    }

    fn begin_log(&mut self, log: LogHeader) {
        self.dialect = log.dialect();
        self.missing = Arc::new(self.missing.and(&log.missing_words()));
        self.columns = Columns::plain(self.columns.files.clone(), Some(DistinctNames::of(log.fields.clone())), log.kinds());
        let kinds = self.columns.kinds.iter().enumerate();
        self.columns.aside = kinds.filter(|(_, kind)| matches!(kind, Kind::Other(_))).map(|(column, _)| column).collect();
        if !self.columns.aside.is_empty() {
            let columns = self.columns.aside.iter().map(|&column| self.columns.described(column)).collect();
            self.notes.push(Note::NotNumbers { columns });
        }
        self.log = Some(log);
    }

    fn check(&self, file: &Path, first: &Path, mut rows: FirstRows) -> Result<(), Error> {
        if self.log.is_some() {
            return Err(SchemaError::ZeekAndCsv { log: first.into(), csv: file.into() }.into());
        }
        if self.has_header {
            rows.fit_header(self.dialect, self.header.as_ref());
        }
        self.check_names(file, first, &header::names(&rows.cells).names)
    }

    fn check_log(&self, file: &Path, first: &Path, log: &LogHeader) -> Result<(), Error> {
        let Some(own) = &self.log else {
            return Err(SchemaError::ZeekAndCsv { log: file.into(), csv: first.into() }.into());
        };
        self.check_names(file, first, &DistinctNames::of(log.fields.clone()).names)?;
        own.check_all(log).map_err(|reason| SchemaError::UnlikeLogs { file: file.into(), first: first.into(), reason }.into())
    }

    fn check_names(&self, file: &Path, first: &Path, found: &[String]) -> Result<(), Error> {
        let expected = self.columns.kinds.len();
        if found.len() != expected {
            return Err(SchemaError::UnlikeWidths { file: file.into(), first: first.into(), found: found.len(), expected }.into());
        }
        let Some(names) = &self.columns.names else {
            return Ok(());
        };
        match (0..expected).find(|&column| found[column] != names[column]) {
            None => Ok(()),
            Some(column) => Err(SchemaError::UnlikeHeaders {
                file: file.into(),
                first: first.into(),
                column,
                found: found[column].clone(),
                expected: names[column].clone(),
            }
            .into()),
        }
    }

    /// The chunk without the header, and without the comments before it, which are counted.
    fn body(&self, mut chunk: Chunk) -> (Chunk, Skipped) {
        let (mut header, mut skipped) = (0, Skipped::default());
        while let Some(row) = self.dialect.row(&chunk.text[header..]) {
            header += row.length;
            if row.cells > 0 {
                break;
            }
            skipped.comments += 1;
        }
        let text = chunk.text.split_off(header);
        (Chunk { line: chunk.line + line_ends(&chunk.text), text, ..chunk }, skipped)
    }

    fn piece(parser: &mut Parser<'_>, divided: &Divided, plan: &Plan) -> (Piece, Option<Error>) {
        let parsed = parser.parse(divided);
        let (mut delivered, mut left_out, mut unmatched) = (0, 0, Gaps::default());
        for fate in &parsed.fates {
            match fate {
                Fate::Delivered => delivered += 1,
                Fate::LeftOut => left_out += 1,
                Fate::Unmatched => unmatched.push(delivered),
            }
        }
        let kept = kept::columns(&divided.chunk.text, &parsed.fates, plan);
        let labels = parsed.labels.filter(|_| plan.request.with_labels);
        let (values, skipped) = (Values::F64(parsed.values), parsed.skipped);
        (
            Piece { values, blank: Vec::new(), kept, labels, left_out, unmatched, skipped, bytes: divided.chunk.bytes, more: false },
            parsed.problem,
        )
    }
}

impl Table for CsvTable {
    fn format(&self) -> Format {
        Format::Csv
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let (name, dialect) = (file.name(), self.dialect);
        let plan = Plan::new(dialect, &self.columns, request, &self.missing);
        let plan = plan.with_header(self.header.as_ref()).with_log(self.log.as_ref());
        let is_joined = self.log.as_ref().is_some_and(|log| log.is_joined);
        let mut parser = Parser::new(name, &plan);
        let mut chunks = Chunks::new(name, file.open_for_pass()?, self.chunk_bytes, |text: &[u8]| dialect.end_of_rows(text))?;
        let mut header = self.has_header;
        convert_ahead(
            || {
                catch_panic(name, Format::Csv, || {
                    let Some(mut chunk) = chunks.next()? else { return Ok(None) };
                    if is_joined {
                        chunk.text = separated(&chunk.text, dialect);
                    }
                    // The first chunk of a file may be nothing but comments: then the header is in a later one.
                    let (chunk, leading) = if header && dialect.has_row(&chunk.text) {
                        header = false;
                        self.body(chunk)
                    } else {
                        (chunk, Skipped::default())
                    };
                    Ok(Some(Divided { leading, ..divided(chunk, dialect, self.columns.kinds.len(), self.part_bytes) }))
                })
            },
            |divided| catch_panic(name, Format::Csv, || Ok(Self::piece(&mut parser, &divided, &plan))),
            |(piece, problem)| {
                if deliver(piece).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                problem.map_or(Ok(ControlFlow::Continue(())), Err)
            },
        )
    }
}
