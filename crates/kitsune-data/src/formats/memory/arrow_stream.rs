//! Record batches by the C data interface of Arrow, whoever produces them.

use std::ffi::c_void;
use std::fmt;
use std::path::Path;
use std::ptr::{self, NonNull};

use polars::prelude::{ArrowDataType, ArrowField, PolarsError, PolarsResult};
use polars_arrow::array::ArrayRef;
use polars_arrow::ffi::{
    ArrowArray, ArrowArrayStream, ArrowArrayStreamReader, ArrowSchema, export_array_to_c, import_array_from_c, import_field_from_c,
};

use crate::error::Error;
use crate::formats::catch_panic::caught;
use crate::formats::frames::arrow_schema::readable_type;
use crate::formats::frames::pandas;

/// A stream of record batches by the C data interface of Arrow. No value is copied; the stream keeps the memory of its producer alive.
pub struct ArrowStream {
    batches: CBatches,
    /// The columns as they are read.
    fields: Vec<ArrowField>,
    /// The names of the columns that pandas calls an index.
    index: Vec<String>,
}

enum CBatches {
    Stream(ArrowArrayStreamReader<Box<ArrowArrayStream>>),
    One(Option<ArrayRef>),
}

impl fmt::Debug for ArrowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrowStream").field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl ArrowStream {
    /// Takes a stream over from its producer, and reads its schema.
    ///
    /// # Errors
    ///
    /// If the stream is none of record batches, or has a type that is not read.
    ///
    /// # Safety
    ///
    /// `stream` points to an `ArrowArrayStream` that fulfils the C stream interface of Arrow, and nobody else uses it during the call. Its batches do not
    /// change as long as they are used.
    #[expect(unsafe_code, reason = "the C data interface is made of pointers, whose producer alone can vouch for them")]
    pub unsafe fn from_c_stream(stream: NonNull<c_void>) -> Result<Self, Error> {
        // SAFETY: the caller vouches for the pointer. A stream that was taken over is released by us, and an empty one is left in its place.
        let stream = unsafe { ptr::replace(stream.cast::<ArrowArrayStream>().as_ptr(), ArrowArrayStream::empty()) };
        // SAFETY: the caller vouches for the stream.
        let reader = readable(|| unsafe { ArrowArrayStreamReader::try_new(Box::new(stream)) })?;
        let field = reader.field().clone();
        Self::new(&field, CBatches::Stream(reader))
    }

    /// Takes a single record batch over from its producer.
    ///
    /// # Errors
    ///
    /// If it is no record batch, or has a type that is not read.
    ///
    /// # Safety
    ///
    /// The pointers lead to an `ArrowSchema` and an `ArrowArray` that fulfil the C data interface of Arrow and belong together, and nobody else uses them
    /// during the call. The batch does not change as long as it is used.
    #[expect(unsafe_code, reason = "the C data interface is made of pointers, whose producer alone can vouch for them")]
    pub unsafe fn from_c_array(schema: NonNull<c_void>, array: NonNull<c_void>) -> Result<Self, Error> {
        // SAFETY: the caller vouches for the pointers. An array that was taken over is released by us, and an empty one is left in its place.
        let (schema, array) = unsafe {
            let array = ptr::replace(array.cast::<ArrowArray>().as_ptr(), ArrowArray::empty());
            (schema.cast::<ArrowSchema>().as_ref(), array)
        };
        // SAFETY: the caller vouches for the schema.
        let field = readable(|| unsafe { import_field_from_c(schema) })?;
        // SAFETY: the caller vouches for the array, and that it has this schema.
        let array = readable(|| unsafe { import_array_from_c(array, field.dtype.clone()) })?;
        Self::new(&field, CBatches::One(Some(array)))
    }

    fn new(field: &ArrowField, batches: CBatches) -> Result<Self, Error> {
        let ArrowDataType::Struct(fields) = readable_type(field.dtype()) else {
            return Err(Error::in_memory(Path::new(NAME), "it has no columns, but values alone"));
        };
        let metadata = field.metadata.as_ref().and_then(|metadata| metadata.get(pandas::KEY));
        Ok(Self { batches, fields, index: metadata.map(|metadata| pandas::index(metadata)).unwrap_or_default() })
    }

    pub(super) fn fields(&self) -> &[ArrowField] {
        &self.fields
    }

    pub(super) fn index(&self) -> &[String] {
        &self.index
    }

    #[expect(unsafe_code, reason = "whoever made the stream has vouched for its batches")]
    fn next_batch(&mut self) -> PolarsResult<Option<ArrayRef>> {
        let batch = match &mut self.batches {
            CBatches::One(batch) => batch.take().map(Ok),
            // SAFETY: `from_c_stream` requires that the batches fulfil the interface.
            CBatches::Stream(reader) => unsafe { reader.next() },
        };
        batch.transpose()
    }
}

impl Iterator for ArrowStream {
    type Item = Result<ArrowBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        readable(|| self.next_batch()).map(|batch| batch.map(ArrowBatch)).transpose()
    }
}

/// A record batch: a struct array of the columns, whose types are those of the producer.
#[derive(Debug, Clone)]
pub struct ArrowBatch(pub(super) ArrayRef);

/// What a stream is called in messages as long as nobody has named the rows.
const NAME: &str = "the table";

/// What is wrong with a stream, or the panic of Polars about it, as an error.
fn readable<T>(read: impl FnOnce() -> PolarsResult<T>) -> Result<T, Error> {
    let message = |error: PolarsError| error.to_string();
    caught(read).and_then(|read| read.map_err(message)).map_err(|message| Error::in_memory(Path::new(NAME), message))
}

/// The values of a column as the type that they are read as: extension types become their storage.
#[expect(unsafe_code, reason = "an array of another type is imported from the memory of the first one")]
pub(super) fn retyped(array: ArrayRef) -> PolarsResult<ArrayRef> {
    let dtype = readable_type(array.dtype());
    if *array.dtype() == dtype {
        return Ok(array);
    }
    // SAFETY: Polars has made the array itself, and `dtype` is its own with other names, so that the memory is laid out alike.
    unsafe { import_array_from_c(export_array_to_c(array), dtype) }
}
