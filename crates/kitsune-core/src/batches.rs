//! Chunks of any size, cut into batches.

use std::ops::Range;

use burn::tensor::TensorData;

use crate::error::Error;
use crate::hold_out::HoldOut;
use crate::rows::{Chunk, HostRows, Values, as_floats};

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
            None => self.pending.extend(used, view.values()),
            Some(hold_out) => {
                let numbers = numbers.ok_or(Error::Unnumbered)?;
                view.check_numbers(&numbers)?;
                let trained: Vec<usize> = (0..view.rows()).filter(|&row| !hold_out.holds(numbers[row])).collect();
                self.pending.extend(used, HostRows::new(&view.take(&trained))?.values());
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
}
