//! Columns to a row-major matrix.

use std::ops::Range;

/// The number of rows that are filled at a time. They stay in the cache while one column after another is written into them.
const TILE_ROWS: usize = 64;

/// The number of columns that are written at once: eight f64 fill a cache line.
const SIDE_BY_SIDE: usize = 8;

/// The values of one feature: every `stride`-th value of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane<'a, T> {
    values: &'a [T],
    offset: usize,
    stride: usize,
}

impl<'a, T> Lane<'a, T> {
    /// One element of lists of `stride` values each, which lie one after another.
    pub(crate) fn element(values: &'a [T], offset: usize, stride: usize) -> Self {
        Self { values, offset, stride }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a T> {
        self.rows_from(0)
    }

    fn rows_from(&self, row: usize) -> impl Iterator<Item = &'a T> {
        self.values.iter().skip(row * self.stride + self.offset).step_by(self.stride)
    }
}

/// Writes some rows of columns into a row-major matrix.
///
/// # Shapes
///
/// `lanes`: one for each feature, with at least these rows; result: [rows, features]
pub(crate) fn interleave<T: Copy + Default>(lanes: &[Lane<'_, T>], rows: Range<usize>) -> Vec<T> {
    let features = lanes.len();
    let mut matrix = vec![T::default(); rows.len() * features];
    // Without features there is nothing to fill, but a chunk must not be empty.
    for (index, tile) in matrix.chunks_mut((TILE_ROWS * features).max(1)).enumerate() {
        let start = rows.start + index * TILE_ROWS;
        let groups = lanes.chunks_exact(SIDE_BY_SIDE);
        let others = groups.remainder();
        for (group, lanes) in groups.enumerate() {
            let columns: [&[T]; SIDE_BY_SIDE] =
                std::array::from_fn(|side| &lanes[side].values[start * lanes[side].stride + lanes[side].offset..]);
            for (row, cells) in tile.chunks_exact_mut(features).enumerate() {
                let cells = &mut cells[group * SIDE_BY_SIDE..][..SIDE_BY_SIDE];
                for side in 0..SIDE_BY_SIDE {
                    cells[side] = columns[side][row * lanes[side].stride];
                }
            }
        }
        for (feature, lane) in (features - others.len()..).zip(others) {
            let column = tile.iter_mut().skip(feature).step_by(features);
            column.zip(lane.rows_from(start)).for_each(|(cell, value)| *cell = *value);
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        let (plain, lists) = ([1.0, 2.0, 3.0], [10.0, 11.0, 20.0, 21.0, 30.0, 31.0]);
        let lanes = [Lane::element(&lists, 1, 2), Lane::element(&plain, 0, 1), Lane::element(&lists, 0, 2)];
        assert_eq!(interleave(&lanes, 0..3), [11.0, 1.0, 10.0, 21.0, 2.0, 20.0, 31.0, 3.0, 30.0]);
        assert_eq!(interleave(&lanes, 1..2), [21.0, 2.0, 20.0]);
    }

    #[test]
    fn tiles_meet_without_a_gap() {
        // One and a bit more than two groups of columns, and one column less than a group. All columns differ.
        for features in [2 * SIDE_BY_SIDE + 3, SIDE_BY_SIDE - 1] {
            let columns: Vec<Vec<f32>> =
                (0..features).map(|f| (0_u16..1_000).map(|row| f32::from(row) + 1_000.0 * f as f32).collect()).collect();
            let lanes: Vec<_> = columns.iter().map(|column| Lane::element(column, 0, 1)).collect();
            let matrix = interleave(&lanes, 10..1_000);
            for (row, values) in (10..).zip(matrix.chunks(features)) {
                assert!(values.iter().zip(&columns).all(|(value, column)| *value == column[row]), "{features} features, row {row}");
            }
        }
    }
}
