//! The buffer through which the rows of a pass are shuffled.

use super::random::{Purpose, Random};
use crate::rows::{Precision, Rows};

/// The buffer never holds fewer rows than this, so that wide rows are shuffled too.
const FEWEST_ROWS: usize = 1_000;

/// The number of rows per part of the final buffer. Parts bound the memory that a copy takes.
const LAST_ROWS: usize = 4_096;

/// Shuffles a stream of rows through a bounded buffer.
///
/// Once the buffer is full, each new row replaces a random one, which is returned. Rows are handled one by one, so the order does not
/// depend on the sizes of the pieces.
#[derive(Debug)]
pub(crate) struct Shuffler {
    buffer: Rows,
    capacity: usize,
    random: Random,
}

impl Shuffler {
    /// Makes a shuffler of rows in this precision.
    pub(crate) fn new(seed: u64, epoch: usize, capacity: usize, precision: Precision, features: usize) -> Self {
        Self { buffer: Rows::empty(precision, features), capacity, random: Random::new(seed, epoch, Purpose::Rows) }
    }

    /// The number of rows of a buffer that takes this many bytes, including the numbers of the rows.
    pub(crate) fn capacity(bytes: usize, precision: Precision, features: usize) -> usize {
        (bytes / Rows::row_bytes(precision, features)).max(FEWEST_ROWS)
    }

    /// Takes rows in and returns the rows that they replace.
    pub(crate) fn push(&mut self, mut rows: Rows) -> Rows {
        let kept = rows.len().min(self.capacity - self.buffer.len());
        self.buffer.append(&rows, 0..kept);
        rows.drop_front(kept);
        for row in 0..rows.len() {
            rows.exchange(row, &mut self.buffer, self.random.below(self.capacity));
        }
        rows
    }

    /// Returns the rows that are still in the buffer, shuffled (Fisher and Yates), in parts.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = Rows> {
        for last in (1..self.buffer.len()).rev() {
            let other = self.random.below(last + 1);
            if other < last {
                self.buffer.swap(other, last);
            }
        }
        let buffer = self.buffer;
        (0..buffer.len()).step_by(LAST_ROWS).map(move |first| buffer.part(first..buffer.len().min(first + LAST_ROWS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Values;

    fn shuffled(cuts: &[usize], capacity: usize) -> Vec<f64> {
        let mut shuffler = Shuffler::new(7, 1, capacity, Precision::F64, 2);
        let mut out = Vec::new();
        let mut take = |rows: Rows| {
            if let Values::F64(values) = rows.values {
                assert!(values.chunks(2).all(|row| row[0] + 0.5 == row[1]), "rows stay whole");
                assert!(values.chunks(2).map(|row| row[0] as u64).eq(rows.numbers), "and keep their numbers");
                out.extend(values.chunks(2).map(|row| row[0]));
            }
        };
        let mut row = 0;
        for &cut in cuts {
            let values = (row..row + cut).flat_map(|i| [i as f64, i as f64 + 0.5]).collect();
            take(shuffler.push(Rows::numbered(Values::F64(values), 2, row as u64)));
            row += cut;
        }
        shuffler.finish().for_each(take);
        out
    }

    #[test]
    fn the_order_is_a_permutation_that_no_cut_changes() {
        let whole = shuffled(&[1_000], 64);
        let mut sorted = whole.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(sorted, (0..1_000).map(f64::from).collect::<Vec<_>>());
        assert_ne!(whole, sorted);
        for cuts in [vec![1; 1_000], vec![63, 1, 1, 935], vec![64, 936], vec![500, 0, 500]] {
            assert_eq!(shuffled(&cuts, 64), whole, "{} cuts", cuts.len());
        }
    }
}
