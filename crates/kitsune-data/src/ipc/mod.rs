//! Arrow IPC, files and streams alike: record batches one after another.

mod messages;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use polars::prelude::{DataFrame, PolarsResult, Series};
use polars_arrow::io::ipc::read::{StreamMetadata, StreamReader, StreamState, read_stream_metadata};

use self::messages::Messages;
use crate::ahead::ahead;
use crate::columns::Columns;
use crate::frames::schema::{Stored, check_width, expand, unify};
use crate::frames::{Converter, damaged};
use crate::guard::guarded;
use crate::places::{DataFile, Input};
use crate::table::{Deliver, Request, Table};
use crate::{At, Error, Format, Place};

/// Arrow IPC files or streams with the same columns.
#[derive(Debug)]
pub(crate) struct IpcTable {
    stored: Vec<Stored>,
    columns: Columns,
}

impl IpcTable {
    /// Reads the schema of every file, and the first row where only it tells how long lists are.
    pub(crate) fn open(files: &[DataFile]) -> Result<Self, Error> {
        let mut stored: Vec<Stored> = Vec::new();
        let mut measured = false;
        for (index, file) in files.iter().enumerate() {
            let open = OpenFile::new(file.name(), file.open()?)?;
            let columns: Vec<_> = open.metadata.schema.iter_values().map(Stored::new).collect();
            if index == 0 {
                stored = columns;
            } else {
                unify(&mut stored, &columns, file.name(), files[0].name())?;
            }
            measured |= stored.iter().all(|stored| !stored.is_open());
            if !measured {
                measured = measure(&mut stored, file.name(), open)?;
            }
            check_width(&stored, file.name(), Format::Ipc)?;
        }
        Ok(Self { columns: expand(&stored, files), stored })
    }
}

impl Table for IpcTable {
    fn format(&self) -> Format {
        Format::Ipc
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        let mut converter = Converter::new(name, Format::Ipc, &self.stored, request);
        let mut frames = OpenFile::new(name, file.open_for_pass()?)?.frames(name, converter.read().to_vec());
        ahead(|| guarded(name, Format::Ipc, || frames.next()), |(frame, bytes)| converter.convert(frame, bytes, deliver))
    }
}

/// A file whose schema was read.
struct OpenFile {
    messages: Messages,
    metadata: StreamMetadata,
}

impl OpenFile {
    fn new(name: &Path, input: Input) -> Result<Self, Error> {
        guarded(name, Format::Ipc, || {
            let mut messages = Messages::new(input).map_err(|error| damaged(name, Format::Ipc)(error.into()))?;
            let metadata = read_stream_metadata(&mut messages).map_err(damaged(name, Format::Ipc))?;
            Ok(Self { messages, metadata })
        })
    }

    /// The record batches, with some of the columns.
    fn frames(self, name: &Path, columns: Vec<usize>) -> Frames<'_> {
        // Polars panics where it is to read no column at all.
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        let (consumed, ended) = (self.messages.consumed(), self.messages.ended());
        Frames { name, consumed, ended, reader: StreamReader::new(self.messages, self.metadata, columns) }
    }
}

/// Some columns of a file, record batch after record batch.
struct Frames<'a> {
    name: &'a Path,
    consumed: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
    reader: StreamReader<Messages>,
}

impl Frames<'_> {
    /// The next one, and the bytes of the file up to its end.
    fn next(&mut self) -> Result<Option<(DataFrame, u64)>, Error> {
        let frame = self.next_frame().map_err(damaged(self.name, Format::Ipc))?;
        Ok(frame.map(|frame| (frame, self.consumed.load(Ordering::Relaxed))))
    }

    fn next_frame(&mut self) -> PolarsResult<Option<DataFrame>> {
        let batch = loop {
            match self.reader.next().transpose()? {
                Some(StreamState::Some(batch)) => break batch,
                Some(StreamState::Waiting) if !self.ended.load(Ordering::Relaxed) => {}
                Some(StreamState::Waiting) | None => return Ok(None),
            }
        };
        let height = batch.len();
        let (schema, arrays) = batch.into_schema_and_arrays();
        let column = |(field, array)| Series::try_from((field, vec![array])).map(Into::into);
        let columns = schema.iter_values().zip(arrays).map(column).collect::<PolarsResult<Vec<_>>>()?;
        DataFrame::new(height, columns).map(Some)
    }
}

/// Takes the lengths of lists from the first row of a file, if it has one.
fn measure(stored: &mut [Stored], name: &Path, open: OpenFile) -> Result<bool, Error> {
    let lists: Vec<_> = (0..stored.len()).filter(|&column| stored[column].is_open()).collect();
    let mut frames = open.frames(name, lists.clone());
    let Some((frame, _)) = guarded(name, Format::Ipc, || frames.next())? else { return Ok(false) };
    for (column, series) in lists.into_iter().zip(frame.columns()) {
        let stored = &mut stored[column];
        let row = series.as_materialized_series().slice(0, 1);
        let flaw = guarded(name, Format::Ipc, || stored.measure(&row).map_err(damaged(name, Format::Ipc)))?;
        if let Some(flaw) = flaw {
            let place = Place { file: name.into(), at: At::Row(1), column: column + 1, name: Some(stored.name.clone()) };
            return Err(Error::Value { place, flaw });
        }
    }
    Ok(true)
}
