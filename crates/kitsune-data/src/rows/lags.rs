//! Lags: the values of the rows before, as further features of a row.

use super::Values;

/// Adds to each row the values of the rows before it in the same file.
#[derive(Debug)]
pub(crate) struct Lagger {
    /// The number of rows before.
    lags: usize,
    /// The number of features of a row as it was read.
    features: usize,
    /// The last rows that were read, at most `lags`: [rows, features].
    before: Vec<f64>,
}

impl Lagger {
    pub(crate) fn new(lags: usize, features: usize) -> Self {
        Self { lags, features, before: Vec::new() }
    }

    /// The number of features of a row as it was read.
    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// Begins a file, whose first rows have no rows before them.
    pub(crate) fn begin(&mut self) {
        self.before.clear();
    }

    /// Replaces each row by itself and the `lags` rows before it, the nearest first. Rows with fewer rows before them are left out; returns
    /// their number, since they are the first ones of a file.
    ///
    /// # Shapes
    ///
    /// `values`: [rows, features], then [rows, features · (1 + lags)]; row-major
    pub(crate) fn extend(&mut self, values: Values) -> (Values, usize) {
        if self.lags == 0 {
            return (values, 0);
        }
        match values {
            Values::F32(values) => {
                let (values, incomplete) = self.extended(&values, |value| value as f32);
                (Values::F32(values), incomplete)
            }
            Values::F64(values) => {
                let (values, incomplete) = self.extended(&values, |value| value);
                (Values::F64(values), incomplete)
            }
        }
    }

    fn extended<T: Copy + Into<f64>>(&mut self, values: &[T], from: impl Fn(f64) -> T) -> (Vec<T>, usize) {
        let features = self.features.max(1);
        // All rows that may be needed, in their order: f64 holds every value of a source exactly.
        let mut rows = std::mem::take(&mut self.before);
        rows.extend(values.iter().map(|&value| value.into()));
        let (all, new) = (rows.len() / features, values.len() / features);
        let first = (all - new).max(self.lags).min(all);
        let mut extended = Vec::with_capacity((all - first) * features * (1 + self.lags));
        for row in first..all {
            for lag in 0..=self.lags {
                extended.extend(rows[(row - lag) * features..][..features].iter().map(|&value| from(value)));
            }
        }
        self.before = rows.split_off((all - self.lags.min(all)) * features);
        (extended, new - (all - first))
    }
}

/// The name of a feature `lag` rows before: `NAME_lag_2`, or `NAME` itself for 0.
pub fn lagged_name(name: &str, lag: usize) -> String {
    if lag == 0 { name.to_owned() } else { format!("{name}_lag_{lag}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Extends the rows in pieces of a size, and returns all values and the number of rows that were left out.
    fn extended(rows: &[[f64; 2]], lags: usize, piece: usize) -> (Vec<f64>, usize) {
        let (mut lagger, mut all, mut left_out) = (Lagger::new(lags, 2), Vec::new(), 0);
        lagger.begin();
        for piece in rows.chunks(piece) {
            let (Values::F64(values), incomplete) = lagger.extend(Values::F64(piece.concat())) else { panic!("the precision stays") };
            all.extend(values);
            left_out += incomplete;
        }
        (all, left_out)
    }

    #[test]
    fn a_row_has_the_rows_before_it_whatever_the_pieces_are() {
        let rows = [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]];
        let expected = [3.0, 30.0, 2.0, 20.0, 1.0, 10.0, 4.0, 40.0, 3.0, 30.0, 2.0, 20.0];
        for piece in 1..=5 {
            assert_eq!(extended(&rows, 2, piece), (expected.to_vec(), 2), "{piece}");
            assert_eq!(extended(&rows, 0, piece), (rows.concat(), 0), "{piece}");
            assert_eq!(extended(&rows, 4, piece), (Vec::new(), 4), "{piece}");
        }
    }

    #[test]
    fn a_file_knows_nothing_of_the_file_before() {
        let mut lagger = Lagger::new(1, 1);
        for _ in 0..2 {
            lagger.begin();
            let (Values::F32(values), incomplete) = lagger.extend(Values::F32(vec![1.5, 2.5])) else { panic!("the precision stays") };
            assert_eq!((values, incomplete), (vec![2.5, 1.5], 1));
        }
        assert_eq!([lagged_name("value", 0), lagged_name("value", 8)], ["value", "value_lag_8"]);
    }
}
