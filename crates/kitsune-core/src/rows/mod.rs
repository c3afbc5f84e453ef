//! Rows on the host: where they come from, how they are checked, how they are cut into batches.

use std::ops::{Add, Mul};

use burn::tensor::{DType, TensorData};

use crate::error::Error;
use crate::rows::finite::first_not_finite;
use crate::random::{Draws, Purpose};

/// Some rows of a [`RowSource`].
#[derive(Debug, Clone)]
pub struct Chunk {
    /// [rows, features], of any number type.
    pub rows: TensorData,
    /// A number for each row that no other row of the source has, the same one in every pass; `None` of a source that cannot tell its rows
    /// apart.
    pub numbers: Option<Vec<u64>>,
}

impl From<TensorData> for Chunk {
    fn from(rows: TensorData) -> Self {
        Self { rows, numbers: None }
    }
}

/// Rows that can be gone through again and again: what trains a model.
///
/// Implemented for
/// - closures `|epoch| -> Result<impl Iterator<Item = Result<C, E>>, E>` over any error that boxes, where `C` is [`TensorData`] or a
///   [`Chunk`]: for data of any size,
/// - [`TensorData`] of shape [rows, features] and `Vec<Vec<f32>>`, for what is in memory.
pub trait RowSource {
    /// Goes through all rows once, in chunks of any number of rows.
    ///
    /// Pass 0 gives the rows in their own order: it is the one for statistics, for scoring and for telling row numbers. Pass 1 and those
    /// after it are training epochs, and should be shuffled: each in its own order, the same one whenever it is asked for.
    ///
    /// # Errors
    /// What the source cannot read: [`Error::Rows`].
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error>;
}

impl<F, I, C, E> RowSource for F
where
    F: Fn(usize) -> Result<I, E>,
    I: Iterator<Item = Result<C, E>>,
    C: Into<Chunk>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let foreign = |error: E| Error::Rows(error.into());
        Ok(self(epoch).map_err(foreign)?.map(move |chunk| chunk.map(Into::into).map_err(foreign)))
    }
}

/// Rows per chunk of an in-memory source.
const CHUNK_ROWS: usize = 1_024;

impl RowSource for TensorData {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let view = HostRows::new(self)?;
        Ok(chunks(view.rows(), epoch).map(move |rows| Ok(Chunk { rows: view.take(&rows), numbers: Some(numbers(&rows)) })))
    }
}

impl RowSource for Vec<Vec<f32>> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        let expected = self.first().map_or(0, Vec::len);
        if let Some(row) = self.iter().position(|row| row.len() != expected) {
            return Err(Error::FeatureCount { row: row as u64, expected, found: self[row].len() });
        }
        Ok(chunks(self.len(), epoch).map(move |rows| {
            let values: Vec<f32> = rows.iter().flat_map(|&row| self[row].iter().copied()).collect();
            Ok(Chunk { rows: TensorData::new(values, [rows.len(), expected]), numbers: Some(numbers(&rows)) })
        }))
    }
}

/// The rows of a pass over rows in memory, chunk by chunk.
fn chunks(rows: usize, epoch: usize) -> impl Iterator<Item = Vec<usize>> {
    let chunks: Vec<Vec<usize>> = row_order(rows, epoch).chunks(CHUNK_ROWS).map(<[usize]>::to_vec).collect();
    chunks.into_iter()
}

fn numbers(rows: &[usize]) -> Vec<u64> {
    rows.iter().map(|&row| row as u64).collect()
}

/// Their own order in pass 0, then one for each epoch, sorted by a draw for each row.
fn row_order(rows: usize, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if epoch > 0 {
        let draws = Draws::new(0, Purpose::RowOrder, epoch as u64);
        order.sort_by_cached_key(|&row| draws.row_bits(row as u64));
    }
    order
}

/// A checked view of host rows, row-major.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostRows<'a> {
    values: Values<'a>,
    features: usize,
}

/// Their values, [rows, features].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

/// What rows on the host are made of: f32 or f64.
pub(crate) trait Number: Copy + Default + PartialEq + Add<Output = Self> + Mul<Output = Self> + Into<f64> + Send + Sync {}

impl Number for f32 {}
impl Number for f64 {}

impl<'a> HostRows<'a> {
    /// Accepts F32 and F64 of rank 2; see [`as_floats`] for the other types.
    pub(crate) fn new(data: &'a TensorData) -> Result<Self, Error> {
        let not_rows = || Error::NotRows { found: format!("{:?} of shape {:?}", data.dtype, &data.shape[..]) };
        if data.rank() != 2 {
            return Err(not_rows());
        }
        let values = match data.dtype {
            DType::F32 => Values::F32(data.as_slice().map_err(|_| not_rows())?),
            DType::F64 => Values::F64(data.as_slice().map_err(|_| not_rows())?),
            _ => return Err(not_rows()),
        };
        Ok(Self { values, features: data.shape[1] })
    }

    /// Row-major values of that many features.
    pub(crate) fn of_f32(values: &'a [f32], features: usize) -> Self {
        Self { values: Values::F32(values), features }
    }

    pub(crate) fn rows(&self) -> usize {
        let values = match self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        values.checked_div(self.features).unwrap_or(0)
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    pub(crate) fn values(&self) -> Values<'a> {
        self.values
    }

    /// Errs unless the rows have that many features; `first_row` is the number of the first of them.
    pub(crate) fn check_features(&self, expected: usize, first_row: u64) -> Result<(), Error> {
        if self.features == expected {
            return Ok(());
        }
        Err(Error::FeatureCount { row: first_row, expected, found: self.features })
    }

    /// Errs unless there is a number for each row.
    pub(crate) fn check_numbers(&self, numbers: &[u64]) -> Result<(), Error> {
        if numbers.len() == self.rows() { Ok(()) } else { Err(Error::RowNumbers { rows: self.rows(), numbers: numbers.len() }) }
    }

    /// Errs at the first value that is NaN or infinite; `first_row` is the number of the first row.
    pub(crate) fn check_finite(&self, first_row: u64) -> Result<(), Error> {
        let bad = match self.values {
            Values::F32(values) => first_not_finite(values).map(|at| (at, f64::from(values[at]))),
            Values::F64(values) => first_not_finite(values).map(|at| (at, values[at])),
        };
        match bad {
            None => Ok(()),
            Some((at, value)) => Err(Error::NotFinite { row: first_row + (at / self.features) as u64, feature: at % self.features, value }),
        }
    }

    /// Writes one row as f64.
    pub(crate) fn read_row(&self, row: usize, into: &mut [f64]) {
        let range = row * self.features..(row + 1) * self.features;
        match self.values {
            Values::F32(values) => into.iter_mut().zip(&values[range]).for_each(|(to, &from)| *to = f64::from(from)),
            Values::F64(values) => into.copy_from_slice(&values[range]),
        }
    }

    /// The values of one feature, as f64.
    pub(crate) fn column(&self, feature: usize) -> Vec<f64> {
        match self.values {
            Values::F32(values) => values.iter().skip(feature).step_by(self.features).copied().map(f64::from).collect(),
            Values::F64(values) => values.iter().skip(feature).step_by(self.features).copied().collect(),
        }
    }

    /// Those rows, in that order.
    pub(crate) fn take(&self, rows: &[usize]) -> TensorData {
        fn taken<T: Copy>(values: &[T], rows: &[usize], features: usize) -> Vec<T> {
            let mut taken = Vec::with_capacity(rows.len() * features);
            append_rows(&mut taken, values, rows, features);
            taken
        }
        let shape = [rows.len(), self.features];
        match self.values {
            Values::F32(values) => TensorData::new(taken(values, rows, self.features), shape),
            Values::F64(values) => TensorData::new(taken(values, rows, self.features), shape),
        }
    }
}

/// Appends those rows of [rows, features], in that order.
pub(crate) fn append_rows<T: Copy>(to: &mut Vec<T>, values: &[T], rows: &[usize], features: usize) {
    for row in rows {
        to.extend_from_slice(&values[row * features..(row + 1) * features]);
    }
}

/// The same numbers as F32 or F64: other number types become F64.
pub(crate) fn as_floats(data: TensorData) -> TensorData {
    match data.dtype {
        DType::F32 | DType::F64 | DType::Bool(_) => data,
        _ => data.convert::<f64>(),
    }
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
