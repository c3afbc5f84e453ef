//! Arrow IPC, files and streams alike: record batches one after another.

mod messages;
mod raw_buffers;
mod schema;

use std::path::Path;
use std::sync::Arc;

use polars::prelude::{ArrowField, DataFrame, PolarsResult, Series};
use polars_arrow::io::ipc::read::{StreamMetadata, StreamReader, StreamState, read_stream_metadata};

use self::messages::{MessageStatus, Messages};
use crate::error::Error;
use crate::format::Format;
use crate::formats::catch_panic::catch_panic;
use crate::formats::columns::Columns;
use crate::formats::damaged::damaged;
use crate::formats::frames::convert::Converter;
use crate::formats::frames::list_lengths;
use crate::formats::frames::no_rows::no_rows;
use crate::formats::frames::schema::{Stored, check_width, expand, unify};
use crate::formats::read_ahead::read_ahead;
use crate::formats::table::{Deliver, Request, Table};
use crate::locations::data_file::DataFile;
use crate::locations::input::Input;

/// Arrow IPC files or streams with the same columns.
#[derive(Debug)]
pub(crate) struct IpcTable {
    /// The fields of the first file.
    fields: Vec<ArrowField>,
    stored: Vec<Stored>,
    columns: Columns,
}

impl IpcTable {
    /// Reads the schema of every file, and the first row if only a row gives the length of lists. A live stream that begins without rows
    /// gets these lengths from the expected names of features, if there are any.
    pub(crate) fn open(files: &[DataFile], expected: &[String]) -> Result<Self, Error> {
        let (mut fields, mut stored) = (Vec::new(), Vec::<Stored>::new());
        let mut measured = false;
        let expected = Some(expected).filter(|expected| !expected.is_empty());
        for (index, file) in files.iter().enumerate() {
            let open = OpenFile::new(file.name(), file.open()?)?;
            let columns: Vec<_> = open.metadata.schema.iter_values().map(Stored::new).collect();
            if index == 0 {
                fields = open.metadata.schema.iter_values().cloned().collect();
                stored = columns;
            } else {
                unify(&mut stored, &columns, file.name(), files[0].name())?;
            }
            measured |= stored.iter().all(|stored| !stored.is_open());
            if !measured {
                // A stream that has not ended has no size yet.
                let expected = expected.filter(|_| file.bytes().is_none());
                measured = measure(&mut stored, file.name(), open, expected)?;
            }
            check_width(&stored, file.name(), Format::Ipc)?;
        }
        Ok(Self { columns: expand(&stored, files), fields, stored })
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
        no_rows(kept.iter().map(|&column| &self.fields[column]))
    }

    fn read(&self, file: &DataFile, request: &Request, deliver: &mut Deliver<'_>) -> Result<(), Error> {
        let name = file.name();
        let mut converter = Converter::new(name, Format::Ipc, &self.stored, request);
        let mut frames = OpenFile::new(name, file.open_for_pass()?)?.frames(name, converter.read().to_vec());
        read_ahead(|| catch_panic(name, Format::Ipc, || frames.next()), |(frame, bytes)| converter.convert(frame, bytes, deliver))
    }
}

/// A file whose schema was read.
struct OpenFile {
    messages: Messages,
    metadata: StreamMetadata,
}

impl OpenFile {
    fn new(name: &Path, input: Input) -> Result<Self, Error> {
        catch_panic(name, Format::Ipc, || {
            let mut messages = Messages::new(input).map_err(|error| damaged(name, Format::Ipc)(error.into()))?;
            let metadata = read_stream_metadata(&mut messages).map_err(damaged(name, Format::Ipc))?;
            Ok(Self { messages, metadata })
        })
    }

    /// The record batches, with some of the columns.
    fn frames(self, name: &Path, columns: Vec<usize>) -> Frames<'_> {
        // Polars panics if it has to read no column at all.
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        let status = self.messages.status();
        Frames { name, status, reader: StreamReader::new(self.messages, self.metadata, columns) }
    }
}

/// Some columns of a file, one record batch after another.
struct Frames<'a> {
    name: &'a Path,
    status: Arc<MessageStatus>,
    reader: StreamReader<Messages>,
}

impl Frames<'_> {
    /// The next record batch, which may have no rows, and the number of bytes of the file up to its end.
    fn next(&mut self) -> Result<Option<(DataFrame, u64)>, Error> {
        let frame = self.next_frame().map_err(damaged(self.name, Format::Ipc))?;
        Ok(frame.map(|frame| (frame, self.status.consumed())))
    }

    fn next_frame(&mut self) -> PolarsResult<Option<DataFrame>> {
        let batch = loop {
            match self.reader.next().transpose()? {
                Some(StreamState::Some(batch)) => break batch,
                Some(StreamState::Waiting) if self.status.take_empty_batch() => {
                    return no_rows(self.reader.schema().iter_values()).map(Some);
                }
                Some(StreamState::Waiting) if !self.status.ended() => {}
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

/// Takes the lengths of lists from the first row of a file. If no row has arrived yet, it takes them from the expected names of features.
fn measure(stored: &mut [Stored], name: &Path, open: OpenFile, expected: Option<&[String]>) -> Result<bool, Error> {
    let lists: Vec<_> = (0..stored.len()).filter(|&column| stored[column].is_open()).collect();
    let mut frames = open.frames(name, lists.clone());
    let frame = loop {
        match catch_panic(name, Format::Ipc, || frames.next())? {
            None => return Ok(false),
            Some((frame, _)) if frame.height() == 0 => {
                if let Some(expected) = expected {
                    for column in lists {
                        stored[column].expect(expected);
                    }
                    return Ok(true);
                }
            }
            Some((frame, _)) => break frame,
        }
    };
    list_lengths::measure(stored, &lists, &frame, name, Format::Ipc)?;
    Ok(true)
}
