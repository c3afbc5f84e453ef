//! The rows of a batch where they lie.

use std::ops::Range;

use burn::tensor::TensorData;

use crate::rows::host_rows::HostRows;
use crate::rows::matrix::RowMatrix;

/// The rows of a batch where they lie: in one chunk of a source or, where a chunk ends, in several. So they are not copied before they are scaled.
#[derive(Debug, Clone)]
pub(crate) struct BatchRows<'a> {
    /// Chunks, and the positions of the rows in each.
    parts: Vec<(HostRows<'a>, &'a [usize])>,
    rows: usize,
    features: usize,
}

impl<'a> BatchRows<'a> {
    /// Rows of `features` features.
    pub(crate) fn new(parts: Vec<(HostRows<'a>, &'a [usize])>, features: usize) -> Self {
        let rows = parts.iter().map(|(_, positions)| positions.len()).sum();
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
        let mut first = 0;
        for (view, positions) in &self.parts {
            let inside = range.start.max(first)..range.end.min(first + positions.len());
            if !inside.is_empty() {
                let mut before = inside.start - range.start;
                let positions = &positions[inside.start - first..inside.end - first];
                for run in positions.chunk_by(|position, next| position + 1 == *next) {
                    with(view, run[0]..run[0] + run.len(), before);
                    before += run.len();
                }
            }
            first += positions.len();
        }
    }

    /// Copies the rows: [rows, features], F64 if one of the chunks is.
    pub(crate) fn to_data(&self) -> TensorData {
        let mut matrix = RowMatrix::with_capacity(self.rows, self.features);
        for (view, positions) in &self.parts {
            matrix.extend(view, positions);
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
        let rows = BatchRows::new(vec![(first, &[1, 2, 3, 7, 11]), (second, &[]), (second, &[0, 1, 5])], 2);
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
