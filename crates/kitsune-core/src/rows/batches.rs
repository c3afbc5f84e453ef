//! Chunks of any size cut into batches.

use std::collections::VecDeque;
use std::ops::Range;

use burn::tensor::TensorData;

use crate::error::Error;
use crate::rows::batch_rows::BatchRows;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::source::Chunk;

/// Cuts chunks of any size into batches of exactly `batch_rows` rows; the last batch may be smaller.
pub(crate) struct Batches<I> {
    chunks: I,
    batch_rows: usize,
    features: Option<usize>,
    /// The chunks that the last batch has rows of, and what is left of the last of them.
    held: VecDeque<Held>,
    rows_before: u64,
    hold_out: Option<HoldOutRule>,
    ended: bool,
}

/// A chunk, F32 or F64.
struct Held {
    rows: TensorData,
    /// Positions of the rows that go into batches.
    positions: Vec<usize>,
    /// Those of them in the last batch. All before are in earlier ones.
    lent: Range<usize>,
}

impl Held {
    /// How many rows are left for the next batch.
    fn left(&self) -> usize {
        self.positions.len() - self.lent.end
    }
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Batches<I> {
    pub(crate) fn new(chunks: I, batch_rows: usize) -> Self {
        Self { chunks, batch_rows, features: None, held: VecDeque::new(), rows_before: 0, hold_out: None, ended: false }
    }

    /// Leaves out the held-out rows.
    pub(crate) fn without(self, hold_out: Option<HoldOutRule>) -> Self {
        Self { hold_out, ..self }
    }

    fn absorb(&mut self, chunk: Chunk) -> Result<Held, Error> {
        let Chunk { rows, numbers } = chunk;
        let rows = as_floats(rows);
        let view = HostRows::new(&rows)?;
        view.check_features(*self.features.get_or_insert(view.features()), self.rows_before)?;
        self.rows_before += view.rows() as u64;
        let positions = match self.hold_out {
            None => (0..view.rows()).collect(),
            Some(hold_out) => {
                let numbers = numbers.ok_or(Error::Unnumbered)?;
                view.check_numbers(&numbers)?;
                (0..view.rows()).filter(|&row| !hold_out.holds(numbers[row])).collect()
            }
        };
        Ok(Held { rows, positions, lent: 0..0 })
    }

    /// The next batch, in the memory of its chunks, which stay until the next call; `None` at the end and after an error.
    pub(crate) fn next_rows(&mut self) -> Result<Option<BatchRows<'_>>, Error> {
        while self.held.front().is_some_and(|held| held.left() == 0) {
            self.held.pop_front();
        }
        let mut available: usize = self.held.iter().map(Held::left).sum();
        while available < self.batch_rows && !self.ended {
            let absorbed = self.chunks.next().map(|chunk| self.absorb(chunk?.into())).transpose();
            match absorbed {
                Ok(Some(held)) if held.left() == 0 => {}
                Ok(Some(held)) => {
                    available += held.left();
                    self.held.push_back(held);
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    self.held.clear();
                    return Err(error);
                }
            }
        }
        let mut missing = self.batch_rows;
        for held in &mut self.held {
            let taken = held.left().min(missing);
            held.lent = held.lent.end..held.lent.end + taken;
            missing -= taken;
        }
        let lent = self.held.iter().filter(|held| !held.lent.is_empty());
        let parts = lent.map(|held| Ok((HostRows::new(&held.rows)?, &held.positions[held.lent.clone()])));
        let parts = parts.collect::<Result<Vec<_>, Error>>()?;
        Ok((!parts.is_empty()).then(|| BatchRows::new(parts, self.features.unwrap_or(0))))
    }
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Iterator for Batches<I> {
    type Item = Result<TensorData, Error>;

    /// A copy of the next batch.
    fn next(&mut self) -> Option<Self::Item> {
        self.next_rows().map(|rows| rows.map(|rows| rows.to_data())).transpose()
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
