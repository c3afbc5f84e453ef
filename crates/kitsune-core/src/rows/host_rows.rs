//! A view of rows in host memory and the checks that rows pass once.

use std::borrow::Cow;
use std::ops::Range;

use burn::tensor::{DType, TensorData};
use rayon::prelude::*;

use crate::error::Error;
use crate::rows::finite::first_not_finite;
use crate::rows::number::Number;

/// Values that a thread searches at a time. With fewer, waking another one takes longer than it saves.
const SHARED: usize = 1 << 17;

/// A checked view of host rows, row-major.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostRows<'a> {
    values: Values<'a>,
    features: usize,
}

/// The values of the rows: [rows, features].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl<'a> HostRows<'a> {
    /// Makes a view of F32 or F64 data of rank 2; [`as_floats`] converts other types.
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

    /// Makes a view of row-major values with `features` features.
    pub(crate) fn of(values: Values<'a>, features: usize) -> Self {
        Self { values, features }
    }

    /// As [`of`](Self::of).
    pub(crate) fn of_f32(values: &'a [f32], features: usize) -> Self {
        Self::of(Values::F32(values), features)
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

    /// Checks that the rows have `expected` features; `first_row` is the number of the first row.
    pub(crate) fn check_features(&self, expected: usize, first_row: u64) -> Result<(), Error> {
        if self.features == expected {
            return Ok(());
        }
        Err(Error::FeatureCount { row: first_row, expected, found: self.features })
    }

    /// Checks that each row has a number.
    pub(crate) fn check_numbers(&self, numbers: &[u64]) -> Result<(), Error> {
        if numbers.len() == self.rows() { Ok(()) } else { Err(Error::RowNumbers { rows: self.rows(), numbers: numbers.len() }) }
    }

    /// Checks that all values are finite; `first_row` is the number of the first row.
    pub(crate) fn check_finite(&self, first_row: u64) -> Result<(), Error> {
        let bad = match self.values {
            Values::F32(values) => shared_search(values).map(|at| (at, f64::from(values[at]))),
            Values::F64(values) => shared_search(values).map(|at| (at, values[at])),
        };
        match bad {
            None => Ok(()),
            Some((at, value)) => Err(Error::NotFinite { row: first_row + (at / self.features) as u64, feature: at % self.features, value }),
        }
    }

    /// Checks that the values of some rows, in any order, are finite; `first_row` is the number of row 0.
    pub(crate) fn check_finite_among(&self, among: &[usize], first_row: u64) -> Result<(), Error> {
        let bad = |&row: &usize| {
            let range = row * self.features..(row + 1) * self.features;
            let feature = match self.values {
                Values::F32(values) => first_not_finite(&values[range]),
                Values::F64(values) => first_not_finite(&values[range]),
            };
            feature.map(|feature| (row, feature))
        };
        let Some((row, feature)) = among.iter().filter_map(bad).min() else { return Ok(()) };
        let at = row * self.features + feature;
        let value = match self.values {
            Values::F32(values) => values[at].into(),
            Values::F64(values) => values[at],
        };
        Err(Error::NotFinite { row: first_row + row as u64, feature, value })
    }

    /// Copies one row as f64.
    pub(crate) fn read_row(&self, row: usize, into: &mut [f64]) {
        let range = row * self.features..(row + 1) * self.features;
        match self.values {
            Values::F32(values) => into.iter_mut().zip(&values[range]).for_each(|(to, &from)| *to = f64::from(from)),
            Values::F64(values) => into.copy_from_slice(&values[range]),
        }
    }

    /// One row as f64: as it lies there, or converted into `room`, which has as many values.
    pub(crate) fn row<'b>(&self, row: usize, room: &'b mut [f64]) -> &'b [f64]
    where
        'a: 'b,
    {
        match self.values {
            Values::F64(values) => &values[row * self.features..(row + 1) * self.features],
            Values::F32(_) => {
                self.read_row(row, room);
                room
            }
        }
    }

    /// The values of one feature, as f64.
    pub(crate) fn column(&self, feature: usize) -> Vec<f64> {
        match self.values {
            Values::F32(values) => values.iter().skip(feature).step_by(self.features).copied().map(f64::from).collect(),
            Values::F64(values) => values.iter().skip(feature).step_by(self.features).copied().collect(),
        }
    }

    /// Views of at most `size` rows each, with the index of the first row.
    pub(crate) fn batches(self, size: usize) -> impl Iterator<Item = (u64, Self)> {
        let rows = self.rows();
        (0..rows).step_by(size).map(move |first| (first as u64, self.range(first..rows.min(first.saturating_add(size)))))
    }

    /// Copies the rows: [rows, features].
    pub(crate) fn to_data(self) -> TensorData {
        let shape = [self.rows(), self.features];
        match self.values {
            Values::F32(values) => TensorData::new(values.to_vec(), shape),
            Values::F64(values) => TensorData::new(values.to_vec(), shape),
        }
    }

    fn range(&self, rows: Range<usize>) -> Self {
        let range = rows.start * self.features..rows.end * self.features;
        let values = match self.values {
            Values::F32(values) => Values::F32(&values[range]),
            Values::F64(values) => Values::F64(&values[range]),
        };
        Self { values, features: self.features }
    }
}

/// The index of the first value that is NaN or infinite. Threads share the search.
fn shared_search<T: Number>(values: &[T]) -> Option<usize> {
    if values.len() <= SHARED {
        return first_not_finite(values);
    }
    let parts = values.par_chunks(SHARED).enumerate();
    parts.find_map_first(|(part, values)| first_not_finite(values).map(|at| part * SHARED + at))
}

/// Rows that are listed at once, so that the list of any number of rows takes at most 1 MiB.
pub(crate) const LISTED_ROWS: usize = 1 << 16;

/// The rows of row-major values, where they lie.
pub(crate) fn all<T>(values: &[T], features: usize) -> Vec<&[T]> {
    values.chunks_exact(features.max(1)).collect()
}

/// The rows of row-major values at some positions, where they lie.
pub(crate) fn among<'a, T>(values: &'a [T], features: usize, positions: &[usize]) -> Vec<&'a [T]> {
    positions.iter().map(|row| &values[row * features..(row + 1) * features]).collect()
}

/// Converts like [`as_floats`], but borrows numbers that are F32 or F64 already.
pub(crate) fn floats(data: &TensorData) -> Cow<'_, TensorData> {
    match data.dtype {
        DType::F32 | DType::F64 => Cow::Borrowed(data),
        _ => Cow::Owned(as_floats(data.clone())),
    }
}

/// Converts other number types than F32 and F64 to F64.
pub(crate) fn as_floats(data: TensorData) -> TensorData {
    match data.dtype {
        DType::F32 | DType::F64 | DType::Bool(_) => data,
        _ => data.convert::<f64>(),
    }
}
