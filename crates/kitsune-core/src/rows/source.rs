//! Sources of rows that can be read repeatedly, and the order of rows in memory.

use burn::tensor::TensorData;

use crate::error::Error;
use crate::random::{Draws, Purpose};
use crate::rows::host_rows::HostRows;
use crate::rows::matrix::RowMatrix;

/// Some rows of a [`RowSource`].
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Rows [rows, features] of any number type.
    pub rows: TensorData,
    /// A number for each row, unique in the source and the same in every pass. `None` if the source cannot identify its rows.
    pub numbers: Option<Vec<u64>>,
}

impl From<TensorData> for Chunk {
    fn from(rows: TensorData) -> Self {
        Self { rows, numbers: None }
    }
}

/// A source of rows that can be read repeatedly, to train a model.
///
/// Implementations:
/// - closures `|epoch| -> Result<impl Iterator<Item = Result<C, E>>, E>` for data of any size, where `C` is [`TensorData`] or a [`Chunk`]
///   and `E` is any error that can be boxed,
/// - [`TensorData`] of shape [rows, features] and `Vec<Vec<f32>>` for rows in memory.
pub trait RowSource {
    /// Reads all rows once, in chunks of any number of rows.
    ///
    /// Pass 0 has the rows in their own order. It serves statistics, scoring and row numbers. Later passes are training epochs
    /// and should be shuffled. Each epoch should have an order of its own, the same whenever that epoch is requested.
    ///
    /// # Errors
    /// [`Error::Rows`] if the source cannot be read.
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
        Ok(chunks(view.rows(), epoch)
            .map(move |rows| Ok(Chunk { rows: RowMatrix::of(&view, &rows).into_data(), numbers: Some(numbers(&rows)) })))
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
