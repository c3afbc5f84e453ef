//! Rows on the host: where they come from, how they are checked, how they are cut into batches.

use std::ops::{Add, Mul, Range};

use burn::tensor::{DType, TensorData};

use crate::error::Error;
use crate::finite::first_not_finite;
use crate::hold_out::HoldOut;
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
        fn gather<T: Copy>(values: &[T], rows: &[usize], features: usize) -> Vec<T> {
            let mut gathered = Vec::with_capacity(rows.len() * features);
            for row in rows {
                gathered.extend_from_slice(&values[row * features..(row + 1) * features]);
            }
            gathered
        }
        let shape = [rows.len(), self.features];
        match self.values {
            Values::F32(values) => TensorData::new(gather(values, rows, self.features), shape),
            Values::F64(values) => TensorData::new(gather(values, rows, self.features), shape),
        }
    }
}

/// The same numbers as F32 or F64: other number types become F64.
pub(crate) fn as_floats(data: TensorData) -> TensorData {
    match data.dtype {
        DType::F32 | DType::F64 | DType::Bool(_) => data,
        _ => data.convert::<f64>(),
    }
}

/// Cuts chunks of any size into batches of exactly `batch_rows` rows; the last may be smaller.
pub(crate) struct Batches<I> {
    chunks: I,
    batch_rows: usize,
    features: Option<usize>,
    pending: Pending,
    /// Values at the front of `pending` that are in batches already; dropped together when a chunk comes.
    used: usize,
    rows_before: u64,
    hold_out: Option<HoldOut>,
    ended: bool,
}

/// Values of rows that do not make a batch yet. A source may mix F32 and F64 chunks; then all go on as F64.
enum Pending {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Pending {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Drops the first `used` values and appends others.
    fn extend(&mut self, used: usize, values: Values<'_>) {
        if let (Self::F32(pending), Values::F64(_)) = (&*self, values) {
            *self = Self::F64(pending.iter().copied().map(f64::from).collect());
        }
        match self {
            Self::F32(pending) => drop(pending.drain(..used)),
            Self::F64(pending) => drop(pending.drain(..used)),
        }
        match (self, values) {
            (Self::F32(pending), Values::F32(values)) => pending.extend_from_slice(values),
            (Self::F64(pending), Values::F64(values)) => pending.extend_from_slice(values),
            (Self::F64(pending), Values::F32(values)) => pending.extend(values.iter().copied().map(f64::from)),
            (Self::F32(_), Values::F64(_)) => {}
        }
    }

    fn batch(&self, range: Range<usize>, features: usize) -> TensorData {
        let shape = [range.len() / features, features];
        match self {
            Self::F32(values) => TensorData::new(values[range].to_vec(), shape),
            Self::F64(values) => TensorData::new(values[range].to_vec(), shape),
        }
    }
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Batches<I> {
    pub(crate) fn new(chunks: I, batch_rows: usize) -> Self {
        Self {
            chunks,
            batch_rows,
            features: None,
            pending: Pending::F32(Vec::new()),
            used: 0,
            rows_before: 0,
            hold_out: None,
            ended: false,
        }
    }

    /// Leaves out the rows that are held out.
    pub(crate) fn without(self, hold_out: Option<HoldOut>) -> Self {
        Self { hold_out, ..self }
    }

    fn absorb(&mut self, chunk: Chunk) -> Result<(), Error> {
        let Chunk { rows, numbers } = chunk;
        let rows = as_floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(*self.features.get_or_insert(view.features()), self.rows_before)?;
        self.rows_before += view.rows() as u64;
        let used = std::mem::take(&mut self.used);
        match self.hold_out {
            None => self.pending.extend(used, view.values),
            Some(hold_out) => {
                let numbers = numbers.ok_or(Error::Unnumbered)?;
                view.check_numbers(&numbers)?;
                let trained: Vec<usize> = (0..view.rows()).filter(|&row| !hold_out.holds(numbers[row])).collect();
                self.pending.extend(used, HostRows::new(&view.take(&trained))?.values);
            }
        }
        Ok(())
    }
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Iterator for Batches<I> {
    type Item = Result<TensorData, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let features = self.features.unwrap_or(0);
            let left = self.pending.len() - self.used;
            let full = features > 0 && left / features >= self.batch_rows;
            if full || self.ended {
                let end = self.used + if full { self.batch_rows * features } else { left };
                let range = std::mem::replace(&mut self.used, end)..end;
                return (!range.is_empty()).then(|| Ok(self.pending.batch(range, features)));
            }
            match self.chunks.next() {
                None => self.ended = true,
                Some(chunk) => {
                    if let Err(error) = chunk.and_then(|chunk| self.absorb(chunk.into())) {
                        self.ended = true;
                        self.used = self.pending.len();
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(batch: &TensorData) -> Vec<f64> {
        batch.iter::<f64>().collect()
    }

    #[test]
    fn batches_have_the_asked_size_and_the_last_keeps_the_rest() {
        let chunks = [vec![0.0f32, 1.0], vec![], vec![2.0, 3.0, 4.0, 5.0, 6.0, 7.0], vec![8.0, 9.0]];
        let chunks = chunks.into_iter().map(|v| Ok(TensorData::new(v.clone(), [v.len() / 2, 2])));
        let batches: Vec<_> = Batches::new(chunks, 2).map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(numbers).collect::<Vec<_>>(), [vec![0.0, 1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0, 7.0], vec![8.0, 9.0]]);
    }

    #[test]
    fn chunks_of_other_types_are_one_stream() {
        let chunks = vec![
            Ok(TensorData::new(vec![0.5f32, 1.0], [1, 2])),
            Ok(TensorData::new(vec![1.7e9f64 + 0.25, 2.0], [1, 2])),
            Ok(TensorData::new(vec![3i32, 4], [1, 2])),
        ];
        let batches: Vec<_> = Batches::new(chunks.into_iter(), 3).map(Result::unwrap).collect();
        assert_eq!(numbers(&batches[0]), [0.5, 1.0, 1.7e9 + 0.25, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_chunk_of_another_width_is_an_error_and_the_end() {
        let chunks = vec![Ok(TensorData::new(vec![0.0f32; 4], [2, 2])), Ok(TensorData::new(vec![0.0f32; 3], [1, 3]))];
        let mut batches = Batches::new(chunks.into_iter(), 5);
        assert!(matches!(batches.next(), Some(Err(Error::FeatureCount { row: 2, expected: 2, found: 3 }))));
        assert!(batches.next().is_none());
    }

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
