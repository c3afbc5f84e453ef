//! Rows in host memory as sources: tensor data, and rows of plain numbers.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::random::{Draws, Purpose};
use crate::rows::host_rows::{HostRows, Values, floats};
use crate::rows::matrix::RowMatrix;
use crate::rows::source::{Chunk, InMemory, RowSource};

/// Rows per chunk.
const CHUNK_ROWS: usize = 1_024;

/// A number of a [`Row`]: f32, f64 or an integer. Integers become f64, which rounds those beyond 2^53.
pub trait RowNumber: Copy {
    /// Collects rows into F32 or F64 data of this shape.
    fn collect<'a>(rows: impl Iterator<Item = &'a [Self]>, shape: [usize; 2]) -> TensorData
    where
        Self: 'a;

    /// The rows where they lie, row-major; `None` where they have to be converted.
    fn in_memory(_numbers: &[Self], _features: usize) -> Option<InMemory<'_>> {
        None
    }
}

impl RowNumber for f32 {
    fn in_memory(numbers: &[Self], features: usize) -> Option<InMemory<'_>> {
        Some(InMemory(HostRows::of(Values::F32(numbers), features)))
    }

    fn collect<'a>(rows: impl Iterator<Item = &'a [Self]>, shape: [usize; 2]) -> TensorData {
        let mut numbers = Vec::with_capacity(shape[0] * shape[1]);
        rows.for_each(|row| numbers.extend_from_slice(row));
        TensorData::new(numbers, shape)
    }
}

impl RowNumber for f64 {
    fn in_memory(numbers: &[Self], features: usize) -> Option<InMemory<'_>> {
        Some(InMemory(HostRows::of(Values::F64(numbers), features)))
    }

    fn collect<'a>(rows: impl Iterator<Item = &'a [Self]>, shape: [usize; 2]) -> TensorData {
        let mut numbers = Vec::with_capacity(shape[0] * shape[1]);
        rows.for_each(|row| numbers.extend_from_slice(row));
        TensorData::new(numbers, shape)
    }
}

macro_rules! integers {
    ($($integer:ty),+) => { $(
        impl RowNumber for $integer {
            #[expect(clippy::allow_attributes, reason = "the smaller integers convert without a loss, the larger ones do not")]
            fn collect<'a>(rows: impl Iterator<Item = &'a [Self]>, shape: [usize; 2]) -> TensorData {
                let mut numbers = Vec::with_capacity(shape[0] * shape[1]);
                #[allow(clippy::cast_lossless)]
                rows.for_each(|row| numbers.extend(row.iter().map(|&number| number as f64)));
                TensorData::new(numbers, shape)
            }
        }
    )+ };
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// A row of numbers: `Vec<T>`, `[T; N]` or `&[T]`, where `T` is f32, f64 or an integer.
pub trait Row {
    /// The type of its numbers.
    type Number: RowNumber;

    /// The numbers, `[features]`.
    fn numbers(&self) -> &[Self::Number];
}

impl<T: RowNumber> Row for Vec<T> {
    type Number = T;

    fn numbers(&self) -> &[T] {
        self
    }
}

impl<T: RowNumber, const N: usize> Row for [T; N] {
    type Number = T;

    fn numbers(&self) -> &[T] {
        self
    }
}

impl<T: RowNumber> Row for &[T] {
    type Number = T;

    fn numbers(&self) -> &[T] {
        self
    }
}

impl<R: Row> RowSource for [R] {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let expected = self.first().map_or(0, |row| row.numbers().len());
        if let Some(row) = self.iter().position(|row| row.numbers().len() != expected) {
            return Err(Error::FeatureCount { row: row as u64, expected, found: self[row].numbers().len() });
        }
        Ok(pass(self.len(), expected, epoch, |row| self[row].numbers()))
    }
}

impl<R: Row> RowSource for Vec<R> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        self.as_slice().pass(epoch)
    }
}

impl<R: Row, const N: usize> RowSource for [R; N] {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        self.as_slice().pass(epoch)
    }
}

impl<R: Row> RowSource for &[R] {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        (**self).pass(epoch)
    }
}

/// Rows in one slice of numbers, row-major [rows, features]. The slice is borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSlice<'a, T> {
    numbers: &'a [T],
    features: usize,
}

impl<'a, T: RowNumber> RowSlice<'a, T> {
    /// Takes the numbers as rows of `features` features.
    ///
    /// # Errors
    /// [`Error::NotRows`] if the numbers are not whole rows, or there are no features.
    pub fn new(numbers: &'a [T], features: usize) -> Result<Self, Error> {
        if features == 0 || !numbers.len().is_multiple_of(features) {
            return Err(Error::NotRows { found: format!("{} numbers for rows of {features} features", numbers.len()) });
        }
        Ok(Self { numbers, features })
    }
}

impl<T: RowNumber> RowSource for RowSlice<'_, T> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let Self { numbers, features } = *self;
        Ok(pass(numbers.len() / features, features, epoch, move |row| &numbers[row * features..(row + 1) * features]))
    }

    fn in_memory(&self) -> Option<InMemory<'_>> {
        T::in_memory(self.numbers, self.features)
    }
}

impl RowSource for TensorData {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let data = floats(self);
        let rows = HostRows::new(&data)?.rows();
        Ok(chunks(rows, epoch).map(move |rows| {
            let chunk = Chunk::from(RowMatrix::of(&HostRows::new(&data)?, &rows).into_data());
            Ok(chunk.with_numbers(numbers(&rows)))
        }))
    }

    fn in_memory(&self) -> Option<InMemory<'_>> {
        HostRows::new(self).ok().map(InMemory)
    }
}

/// A pass over rows of plain numbers.
fn pass<'a, T: RowNumber + 'a>(
    rows: usize,
    features: usize,
    epoch: usize,
    row: impl Fn(usize) -> &'a [T],
) -> impl Iterator<Item = Result<Chunk, Error>> {
    chunks(rows, epoch).map(move |rows| {
        let data = T::collect(rows.iter().map(|&at| row(at)), [rows.len(), features]);
        Ok(Chunk::from(data).with_numbers(numbers(&rows)))
    })
}

/// The row indices of a pass over rows in memory, chunk by chunk.
fn chunks(rows: usize, epoch: usize) -> impl Iterator<Item = Vec<usize>> {
    let chunks: Vec<Vec<usize>> = row_order(rows, epoch).chunks(CHUNK_ROWS).map(<[usize]>::to_vec).collect();
    chunks.into_iter()
}

fn numbers(rows: &[usize]) -> Vec<u64> {
    rows.iter().map(|&row| row as u64).collect()
}

/// The order of rows in a pass: their own in pass 0, else sorted by a draw per row and epoch.
fn row_order(rows: usize, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if epoch > 0 {
        let draws = Draws::new(0, Purpose::RowOrder, epoch as u64);
        order.sort_by_cached_key(|&row| draws.row_bits(row as u64));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_permute_the_rows_and_repeat_themselves() {
        let order = row_order(100, 3);
        assert_eq!(order, row_order(100, 3));
        assert_ne!(order, row_order(100, 4));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, row_order(100, 0));
    }
}
