//! Sources of rows that can be read repeatedly.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::rows::host_rows::HostRows;

/// Some rows of a [`RowSource`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Chunk {
    /// Rows [rows, features] of any number type.
    pub rows: TensorData,
    /// A number for each row, unique in the source and the same in every pass. `None` if the source cannot identify its rows.
    pub numbers: Option<Vec<u64>>,
}

impl Chunk {
    /// Numbers the rows, `[rows]`.
    #[must_use]
    pub fn with_numbers(self, numbers: Vec<u64>) -> Self {
        Self { numbers: Some(numbers), ..self }
    }
}

impl From<TensorData> for Chunk {
    fn from(rows: TensorData) -> Self {
        Self { rows, numbers: None }
    }
}

/// Rows of f32 or f64 that lie in memory.
#[derive(Debug, Clone, Copy)]
pub struct InMemory<'a>(pub(crate) HostRows<'a>);

/// A source of rows that can be read repeatedly, to train a model.
///
/// Implementations:
/// - rows in memory: [`TensorData`] [rows, features] of any number type; `Vec`, arrays and slices of rows `Vec<T>`, `[T; N]` or `&[T]`, where
///   `T` is f32, f64 or an integer; and [`RowSlice`](crate::RowSlice), rows in one slice of numbers,
/// - closures `|epoch| -> Result<impl Iterator<Item = Result<C, E>>, E>` for data of any size, where `C` is [`TensorData`] or a [`Chunk`]
///   and `E` is any error that can be boxed. The rows of a closure have no numbers, so none can be held out, unless the closure gives
///   numbers in its [`Chunk`]s or is wrapped in [`InOrder`],
/// - `Source` of the crate `kitsune-data`, rows in files, with its feature `kitsune-core`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of rows",
    label = "not a source of rows",
    note = "rows in memory are sources: `TensorData`; `Vec`, arrays and slices of rows `Vec<T>`, `[T; N]` or `&[T]` with `T` f32, f64 or an integer; `RowSlice`",
    note = "a closure `|epoch: usize| -> Result<impl Iterator<Item = Result<C, E>>, E>` is a source where `C` is `TensorData` or `Chunk`; `InOrder` numbers its rows",
    note = "`Source` of kitsune-data is a source with the feature `kitsune-core` of that crate"
)]
pub trait RowSource {
    /// Reads all rows once, in chunks of any number of rows.
    ///
    /// Pass 0 has the rows in their own order. It serves statistics, scoring and row numbers. Later passes are training epochs
    /// and should be shuffled. Each epoch should have an order of its own, the same whenever that epoch is requested.
    ///
    /// # Errors
    /// [`Error::Rows`] if the source cannot be read.
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error>;

    /// Names of the features, `[features]`, which the model takes over; `None` if the rows have no names.
    fn columns(&self) -> Option<Vec<String>> {
        None
    }

    /// How the rows are read, which the model records: a JSON object of at most 1 MiB in the terms of the source; `None` if there is nothing to
    /// say. [`Kitsune::reading`](crate::Kitsune::reading) gives it back, so that other rows can be read in the same way.
    fn reading(&self) -> Option<serde_json::Value> {
        None
    }

    /// All rows where they lie in memory already, in the order of pass 0, which numbers them by their position. Scoring and statistics then read
    /// them there and copy none.
    fn in_memory(&self) -> Option<InMemory<'_>> {
        None
    }
}

impl<F, I, C, E> RowSource for F
where
    F: Fn(usize) -> Result<I, E>,
    I: Iterator<Item = Result<C, E>>,
    C: Into<Chunk>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        // An error of this crate stays what it is.
        let foreign = |error: E| error.into().downcast::<Error>().map_or_else(Error::Rows, |error| *error);
        Ok(self(epoch).map_err(foreign)?.map(move |chunk| chunk.map(Into::into).map_err(foreign)))
    }
}

/// A source that has its rows in the same order in every pass. The rows are numbered by their position, so that some can be held out.
///
/// Do not wrap a source that shuffles its rows: other rows would be held out in each pass.
#[derive(Debug, Clone, Copy)]
pub struct InOrder<S>(pub S);

impl<S: RowSource> RowSource for InOrder<S> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let mut next = 0;
        Ok(self.0.pass(epoch)?.map(move |chunk| {
            let chunk = chunk?;
            let first = next;
            next += chunk.rows.shape.iter().next().copied().unwrap_or(0) as u64;
            Ok(chunk.with_numbers((first..next).collect()))
        }))
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.0.columns()
    }

    fn reading(&self) -> Option<serde_json::Value> {
        self.0.reading()
    }

    fn in_memory(&self) -> Option<InMemory<'_>> {
        self.0.in_memory()
    }
}
