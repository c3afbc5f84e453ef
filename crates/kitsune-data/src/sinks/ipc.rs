//! The encoders of Arrow IPC: file and stream.

use std::sync::Arc;

use polars::prelude::DataFrame;
use polars_arrow::io::ipc::write::{FileWriter, StreamWriter, WriteOptions};

use super::arrow_types::{COMPAT, schema, small_lists};
use super::encoder::Encoder;
use super::output::Output;
use super::row_groups::RowGroups;
use crate::error::Error;
use crate::format::Format;
use crate::rows::records::Widths;

/// The file format: record batches of a good size and a footer with their offsets. Nothing is compressed, since not every reader could read it.
pub(super) struct IpcFile {
    output: Output,
    groups: RowGroups,
    /// The writer, once the columns are known.
    writer: Option<FileWriter<Output>>,
}

impl IpcFile {
    pub(super) fn new(output: Output) -> Self {
        Self { output, groups: RowGroups::default(), writer: None }
    }

    fn writer(&mut self, frame: &DataFrame) -> Result<&mut FileWriter<Output>, Error> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => {
                let writer = FileWriter::try_new(self.output.clone(), Arc::new(schema(frame.schema())), None, WriteOptions::default());
                Ok(none.insert(writer.map_err(self.output.failed(Format::Ipc))?))
            }
        }
    }

    fn put(&mut self, group: &DataFrame) -> Result<(), Error> {
        let output = self.output.clone();
        let writer = self.writer(group)?;
        let mut batches = group.iter_chunks(COMPAT(), true);
        batches.try_for_each(|batch| writer.write(&small_lists(batch)?, None)).map_err(output.failed(Format::Ipc))
    }
}

impl Encoder for IpcFile {
    fn write(&mut self, frame: DataFrame, _: &Widths) -> Result<(), Error> {
        self.writer(&frame)?;
        for group in self.groups.push(&frame).map_err(Error::unwritable(Format::Ipc))? {
            self.put(&group)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if let Some(group) = self.groups.rest().map_err(Error::unwritable(Format::Ipc))? {
            self.put(&group)?;
        }
        let output = self.output.clone();
        self.writer(&DataFrame::empty())?.finish().map_err(output.failed(Format::Ipc))
    }
}

/// The stream format: one record batch for each record batch that was read.
pub(super) struct IpcStream {
    output: Output,
    writer: StreamWriter<Output>,
    started: bool,
    /// The parts of the current record batch.
    parts: Option<DataFrame>,
}

impl IpcStream {
    pub(super) fn new(output: Output) -> Self {
        Self { writer: StreamWriter::new(output.clone(), WriteOptions::default()), output, started: false, parts: None }
    }

    fn start(&mut self, frame: &DataFrame) -> Result<(), Error> {
        if self.started {
            return Ok(());
        }
        self.started = true;
        self.writer.start(&schema(frame.schema()), None).map_err(self.output.failed(Format::Ipc))
    }
}

impl Encoder for IpcStream {
    fn write(&mut self, frame: DataFrame, _: &Widths) -> Result<(), Error> {
        self.start(&frame)?;
        match &mut self.parts {
            Some(parts) => parts.vstack_mut_owned(frame).map(drop).map_err(Error::unwritable(Format::Ipc)),
            none => {
                *none = Some(frame);
                Ok(())
            }
        }
    }

    fn end_batch(&mut self) -> Result<(), Error> {
        let Some(mut batch) = self.parts.take() else { return Ok(()) };
        batch.rechunk_mut_par();
        let mut batches = batch.iter_chunks(COMPAT(), true);
        batches.try_for_each(|batch| self.writer.write(&small_lists(batch)?, None)).map_err(self.output.failed(Format::Ipc))
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.start(&DataFrame::empty())?;
        if self.parts.as_ref().is_some_and(|parts| parts.height() > 0) {
            self.end_batch()?;
        }
        self.writer.finish().map_err(self.output.failed(Format::Ipc))
    }
}
