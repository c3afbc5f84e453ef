//! The record batches of a stream or a file as frames.

use std::io::{self, Cursor};
use std::ops::Range;
use std::path::Path;

use polars::polars_utils::bool::UnsafeBool;
use polars::prelude::{DataFrame, PolarsResult};
use polars_arrow::io::ipc::format::ipc::planus::{self, Builder, ReadAsRoot};
use polars_arrow::io::ipc::format::ipc::{
    Buffer, DictionaryBatch, DictionaryBatchRef, FieldNode, MessageHeaderRef, MessageRef, MetadataVersion, RecordBatch, RecordBatchRef,
};
use polars_arrow::io::ipc::read::Dictionaries;
use polars_arrow::io::ipc::read::common::{read_dictionary, read_record_batch};

use super::file_schema::{FileSchema, ReadColumns};
use super::messages::{Message, Messages, invalid, makes_no_sense};
use super::parts::Parts;
use super::raw_buffers;
use crate::error::Error;
use crate::format::Format;
use crate::formats::damaged::damaged;
use crate::formats::frames::no_rows::no_rows;
use crate::formats::frames::storage::series;

/// Some columns of a stream or a file, one record batch after another.
///
/// Only the parts of these columns are shown to Polars, so that no other column matters, whatever its type is.
pub(super) struct Batches<'a> {
    name: &'a Path,
    messages: Messages,
    version: MetadataVersion,
    columns: ReadColumns,
    dictionaries: Dictionaries,
    scratch: Vec<u8>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(name: &'a Path, messages: Messages, schema: &FileSchema, columns: &[usize]) -> Result<Self, Error> {
        let columns = schema.reading(columns).map_err(damaged(name, Format::Ipc))?;
        Ok(Self { name, messages, version: schema.version(), columns, dictionaries: Dictionaries::default(), scratch: Vec::new() })
    }

    /// The next record batch, which may have no rows, and the number of bytes of the file up to its end.
    pub(super) fn next(&mut self) -> Result<Option<(DataFrame, u64)>, Error> {
        let frame = self.next_frame().map_err(damaged(self.name, Format::Ipc))?;
        Ok(frame.map(|frame| (frame, self.messages.consumed())))
    }

    fn next_frame(&mut self) -> PolarsResult<Option<DataFrame>> {
        while let Some(message) = self.messages.next()? {
            if message.is_empty_batch {
                return no_rows(self.columns.leaves.iter()).map(Some);
            }
            let Message { metadata, mut body, .. } = message;
            let header = || MessageRef::read_as_root(&metadata)?.header();
            match header().map_err(|error| makes_no_sense(&error))? {
                Some(MessageHeaderRef::RecordBatch(batch)) => return self.frame(batch, &mut body).map(Some),
                Some(MessageHeaderRef::DictionaryBatch(dictionary)) => self.take_dictionary(dictionary, &mut body)?,
                _ => return Err(invalid("a message is neither a record batch nor the values of a category").into()),
            }
        }
        Ok(None)
    }

    fn frame(&mut self, batch: RecordBatchRef<'_>, body: &mut Vec<u8>) -> PolarsResult<DataFrame> {
        let mut picked = picked(batch, &self.columns.parts).map_err(|error| makes_no_sense(&error))?.ok_or_else(lacks_columns)?;
        self.wrap(&mut picked, body)?;
        let mut builder = Builder::new();
        let picked = RecordBatchRef::read_as_root(builder.finish(&picked, None)).map_err(|error| makes_no_sense(&error))?;
        let ReadColumns { schema, dictionaries, leaves, .. } = &self.columns;
        let mut reader = Cursor::new(&body[..]);
        let checked = UnsafeBool::default();
        let (known, scratch) = (&self.dictionaries, &mut self.scratch);
        let batch = read_record_batch(picked, schema, dictionaries, None, None, known, self.version, &mut reader, 0, scratch, checked)?;
        let height = batch.len();
        let columns = leaves.iter().zip(batch.into_arrays()).map(|(leaf, array)| series(leaf, vec![array]).map(Into::into));
        DataFrame::new(height, columns.collect::<PolarsResult<_>>()?)
    }

    /// Keeps the values of a category, if they are needed.
    fn take_dictionary(&mut self, dictionary: DictionaryBatchRef<'_>, body: &mut Vec<u8>) -> PolarsResult<()> {
        let parse = || Ok((self.columns.ids.contains(&dictionary.id()?), DictionaryBatch::try_from(dictionary)?));
        let (is_needed, mut owned) = parse().map_err(|error: planus::Error| makes_no_sense(&error))?;
        if !is_needed {
            return Ok(());
        }
        if let Some(batch) = &mut owned.data {
            self.wrap(batch, body)?;
        }
        let mut builder = Builder::new();
        let owned = DictionaryBatchRef::read_as_root(builder.finish(&owned, None)).map_err(|error| makes_no_sense(&error))?;
        let ReadColumns { schema, dictionaries, .. } = &self.columns;
        let mut reader = Cursor::new(&body[..]);
        read_dictionary(owned, schema, dictionaries, &mut self.dictionaries, &mut reader, 0, &mut self.scratch, UnsafeBool::default())
    }

    fn wrap(&self, batch: &mut RecordBatch, body: &mut Vec<u8>) -> io::Result<()> {
        match (&batch.compression, &mut batch.buffers) {
            (Some(compression), Some(buffers)) if self.columns.is_wide => raw_buffers::wrap(buffers, body, compression.codec),
            _ => Ok(()),
        }
    }
}

/// A record batch of these parts only, or `None` if it has not all of them.
fn picked(batch: RecordBatchRef<'_>, parts: &[Range<Parts>]) -> Result<Option<RecordBatch>, planus::Error> {
    let nodes: Vec<_> = batch.nodes()?.into_iter().flatten().map(FieldNode::from).collect();
    let buffers: Vec<_> = batch.buffers()?.into_iter().flatten().map(Buffer::from).collect();
    let views: Vec<_> = batch.variadic_buffer_counts()?.into_iter().flatten().collect();
    let (length, compression) = (batch.length()?, batch.compression()?.map(TryInto::try_into).transpose()?.map(Box::new));
    let picked = parts_of(parts, &nodes, &buffers, &views);
    Ok(picked.map(|(nodes, buffers, views)| RecordBatch {
        length,
        nodes: Some(nodes),
        buffers: Some(buffers),
        compression,
        variadic_buffer_counts: Some(views),
    }))
}

/// The nodes, the buffers, and the numbers of buffers of arrays of views that are in these parts.
fn parts_of(
    parts: &[Range<Parts>],
    nodes: &[FieldNode],
    buffers: &[Buffer],
    views: &[i64],
) -> Option<(Vec<FieldNode>, Vec<Buffer>, Vec<i64>)> {
    // An array of views has as many buffers more as its number says.
    let mut more = vec![0_usize];
    for &count in views {
        more.push(more.last()?.checked_add(usize::try_from(count).ok()?)?);
    }
    let (mut picked_nodes, mut picked_buffers, mut picked_views) = (Vec::new(), Vec::new(), Vec::new());
    for Range { start, end } in parts {
        let buffer = |parts: &Parts| parts.buffers.checked_add(*more.get(parts.views)?);
        picked_nodes.extend_from_slice(nodes.get(start.nodes..end.nodes)?);
        picked_buffers.extend_from_slice(buffers.get(buffer(start)?..buffer(end)?)?);
        picked_views.extend_from_slice(views.get(start.views..end.views)?);
    }
    Some((picked_nodes, picked_buffers, picked_views))
}

fn lacks_columns() -> io::Error {
    invalid("a record batch lacks columns of the schema")
}
