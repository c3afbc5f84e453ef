//! Arrow IPC, files and streams alike: record batches one after another.

mod batches;
mod file_schema;
mod footer;
mod messages;
mod open_file;
mod parts;
mod raw_buffers;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, PolarsResult};

use self::batches::Batches;
use self::open_file::{How, OpenFile};
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
use crate::note::Note;

/// Arrow IPC files or streams with the same columns.
#[derive(Debug)]
pub(crate) struct IpcTable {
    /// The columns of the first file.
    leaves: Vec<Leaf>,
    stored: Vec<Stored>,
    columns: Columns,
    /// How each file is read.
    how: HashMap<PathBuf, How>,
    notes: Vec<Note>,
}

impl IpcTable {
    /// Reads the schema of every file, and the first row if only a row gives the length of lists. A live stream that begins without rows
    /// gets these lengths from the expected names of features, if there are any.
    pub(crate) fn open(files: &[DataFile], expected: &[String]) -> Result<Self, Error> {
        let (mut leaves, mut stored, mut new_names) = (Vec::new(), Vec::<Stored>::new(), Vec::new());
        let (mut how, mut notes, mut index) = (HashMap::new(), Vec::new(), Vec::new());
        let mut measured = false;
        let expected = Some(expected).filter(|expected| !expected.is_empty());
        for file in files {
            let mut open = OpenFile::look(file)?;
            if open.how == How::ByFooter && file.bytes().is_none() {
                notes.push(Note::Spooled { file: file.name().into() });
            }
            how.insert(file.name().to_owned(), open.how);
            index.append(&mut open.schema.index);
            let columns = &open.schema.columns;
            if how.len() == 1 {
                (leaves, stored, new_names) = (columns.leaves.clone(), columns.stored.clone(), columns.new_names.clone());
            } else {
                unify(&mut stored, &columns.stored, file.name(), files[0].name())?;
            }
            measured |= stored.iter().all(|stored| !stored.is_open());
            if !measured {
                // A stream that has not ended has no size yet.
                let expected = expected.filter(|_| file.bytes().is_none());
                measured = measure(&mut stored, file.name(), open, expected)?;
            }
            check_width(&stored, file.name(), Format::Ipc)?;
        }
        let columns = Columns { new_names, ..expand(&stored, files) };
        Ok(Self { columns: columns.with_index(&index), leaves, stored, how, notes })
    }
}

impl Table for IpcTable {
    fn format(&self) -> Format {
        Format::Ipc
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn no_rows(&self, kept: &[usize]) -> PolarsResult<DataFrame> {
        no_rows(kept.iter().map(|&column| &self.leaves[column]))
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        let mut converter = Converter::new(name, Format::Ipc, &self.stored, request);
        let OpenFile { messages, schema, .. } = OpenFile::pass(file, self.how.get(name).copied().unwrap_or(How::Straight))?;
        let mut batches = Batches::new(name, messages, &schema, converter.read())?;
        read_ahead(|| catch_panic(name, Format::Ipc, || batches.next()), |(frame, bytes)| converter.convert(frame, bytes, deliver))
    }
}

/// Takes the lengths of lists from the first row of a file. If no row has arrived yet, it takes them from the expected names of features.
fn measure(stored: &mut [Stored], name: &Path, open: OpenFile, expected: Option<&[String]>) -> Result<bool, Error> {
    let lists: Vec<_> = (0..stored.len()).filter(|&column| stored[column].is_open()).collect();
    let mut batches = catch_panic(name, Format::Ipc, || Batches::new(name, open.messages, &open.schema, &lists))?;
    let frame = loop {
        match catch_panic(name, Format::Ipc, || batches.next())? {
            None => return Ok(false),
            Some((frame, _)) if frame.height() == 0 => {
                if let Some(expected) = expected {
                    list_lengths::expect(stored, &lists, expected);
                    return Ok(true);
                }
            }
            Some((frame, _)) => break frame,
        }
    };
    list_lengths::measure(stored, &lists, &frame, name, Format::Ipc)?;
    Ok(true)
}
