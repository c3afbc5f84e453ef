//! The rows of a batch where they lie.

use std::ops::Range;

use burn::tensor::TensorData;

use crate::rows::host_rows::HostRows;
use crate::rows::matrix::RowMatrix;

/// The rows of a batch where they lie: in one chunk of a source or, where a chunk ends, in several. The CPU engine scales them from there.
#[derive(Debug, Clone)]
pub(crate) struct BatchRows<'a> {
    parts: Vec<Part<'a>>,
    rows: usize,
    features: usize,
}

/// Rows of one chunk.
#[derive(Debug, Clone)]
struct Part<'a> {
    /// The number of rows of the batch before these.
    before: usize,
    chunk: HostRows<'a>,
    /// The positions of the rows in the chunk.
    positions: &'a [usize],
}

impl<'a> BatchRows<'a> {
    /// Rows of `features` features: chunks, with the positions of the rows in each.
    pub(crate) fn new(chunks: impl IntoIterator<Item = (HostRows<'a>, &'a [usize])>, features: usize) -> Self {
        let mut rows = 0;
        let part = |(chunk, positions): (HostRows<'a>, &'a [usize])| {
            let before = rows;
            rows += positions.len();
            Part { before, chunk, positions }
        };
        let parts = chunks.into_iter().map(part).collect();
        Self { parts, rows, features }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// Calls `with` for the rows in a range, in their order: for as many at a time as lie one after another, with their positions in their chunk, and
    /// with the number of rows of the range before them.
    pub(crate) fn for_each_run(&self, range: Range<usize>, mut with: impl FnMut(&HostRows<'a>, Range<usize>, usize)) {
        let first = self.parts.partition_point(|part| part.before + part.positions.len() <= range.start);
        for Part { before, chunk, positions } in self.parts[first..].iter().take_while(|part| part.before < range.end) {
            let inside = range.start.max(*before)..range.end.min(before + positions.len());
            let mut done = inside.start - range.start;
            for run in positions[inside.start - before..inside.end - before].chunk_by(|position, next| position + 1 == *next) {
                with(chunk, run[0]..run[0] + run.len(), done);
                done += run.len();
            }
        }
    }

    /// Copies the rows: [rows, features], F64 if one of the chunks is.
    pub(crate) fn to_data(&self) -> TensorData {
        let mut matrix = RowMatrix::with_capacity(self.rows, self.features);
        for Part { chunk, positions, .. } in &self.parts {
            matrix.extend(chunk, positions);
        }
        matrix.into_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_any_range_of_the_rows_in_their_order() {
        let values: Vec<f32> = (0..40).map(|value| value as f32).collect();
        let (first, second) = (HostRows::of_f32(&values[..24], 2), HostRows::of_f32(&values[24..], 2));
        // Rows 0 to 11 and 12 to 19, of which these are left.
        let rows = BatchRows::new([(first, &[1, 2, 3, 7, 11][..]), (second, &[]), (second, &[0, 1, 5])], 2);
        let expected = [1, 2, 3, 7, 11, 12, 13, 17];
        assert_eq!((rows.rows(), rows.features()), (8, 2));
        for (start, end) in (0..=8).flat_map(|start| (start..=8).map(move |end| (start, end))) {
            let mut found = Vec::new();
            rows.for_each_run(start..end, |view, run, before| {
                assert_eq!(before, found.len());
                found.extend(run.map(|row| view.column(0)[row] as usize / 2));
            });
            assert_eq!(found, expected[start..end]);
        }
        let copied: Vec<f32> = expected.iter().flat_map(|row| [2 * row, 2 * row + 1]).map(|value| value as f32).collect();
        assert_eq!(rows.to_data().iter::<f32>().collect::<Vec<_>>(), copied);
    }
}
