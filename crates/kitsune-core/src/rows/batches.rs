//! Chunks of any size cut into batches.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::rows::hold_out::HoldOutRule;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::matrix::RowMatrix;
use crate::rows::source::Chunk;

/// Cuts chunks of any size into batches of exactly `batch_rows` rows; the last batch may be smaller. Each row is copied once, from its
/// chunk to its batch.
pub(crate) struct Batches<I> {
    chunks: I,
    batch_rows: usize,
    features: Option<usize>,
    rest: Option<Rest>,
    rows_before: u64,
    hold_out: Option<HoldOutRule>,
    /// Rows of the largest batch so far. The next batch gets memory for as many at once: growing would copy rows that come in several
    /// chunks. The first grows, since a batch size may be far above the number of rows.
    largest: usize,
    ended: bool,
}

/// The rest of the current chunk, F32 or F64.
struct Rest {
    rows: TensorData,
    /// Positions of the rows that go into batches.
    positions: Vec<usize>,
    /// How many of these rows were put into batches.
    used: usize,
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Batches<I> {
    pub(crate) fn new(chunks: I, batch_rows: usize) -> Self {
        Self { chunks, batch_rows, features: None, rest: None, rows_before: 0, hold_out: None, largest: 0, ended: false }
    }

    /// Leaves out the held-out rows.
    pub(crate) fn without(self, hold_out: Option<HoldOutRule>) -> Self {
        Self { hold_out, ..self }
    }

    fn absorb(&mut self, chunk: Chunk) -> Result<Rest, Error> {
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
        Ok(Rest { rows, positions, used: 0 })
    }

    /// Gathers the next batch; `None` at the end.
    fn gather(&mut self) -> Result<Option<RowMatrix>, Error> {
        let mut batch: Option<RowMatrix> = None;
        loop {
            if let Some(Rest { rows, positions, used }) = &mut self.rest {
                let view = HostRows::new(rows)?;
                let capacity = self.largest.max(self.batch_rows.min(positions.len() - *used));
                let batch = batch.get_or_insert_with(|| RowMatrix::with_capacity(capacity, view.features()));
                let missing = self.batch_rows - batch.rows();
                let taken = &positions[*used..positions.len().min(*used + missing)];
                batch.extend(&view, taken);
                *used += taken.len();
                if taken.len() == missing {
                    break;
                }
            }
            let Some(chunk) = self.chunks.next() else {
                self.ended = true;
                break;
            };
            self.rest = Some(self.absorb(chunk?.into())?);
        }
        let batch = batch.filter(|batch| batch.rows() > 0);
        self.largest = self.largest.max(batch.as_ref().map_or(0, RowMatrix::rows));
        Ok(batch)
    }
}

impl<C: Into<Chunk>, I: Iterator<Item = Result<C, Error>>> Iterator for Batches<I> {
    type Item = Result<TensorData, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.gather() {
            Ok(batch) => batch.map(|batch| Ok(batch.into_data())),
            Err(error) => {
                self.ended = true;
                Some(Err(error))
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
