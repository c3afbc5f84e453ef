//! Rows between files and outputs: the matrix that a pass reads, the batch that it yields, and the records that a sink writes.

pub(crate) mod batch;
pub(crate) mod interleave;
pub(crate) mod lags;
pub(crate) mod missing;
pub(crate) mod omitted;
pub(crate) mod records;
pub(crate) mod row_numbers;

use std::ops::Range;

/// Rows before they become a batch: one row-major matrix [rows, features], and the number of each row.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) values: Values,
    pub(crate) features: usize,
    /// The number of each row, which is the same in every pass.
    pub(crate) numbers: Vec<u64>,
}

/// The values of rows, row-major, in the precision of the source.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// The precision of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    F32,
    F64,
}

impl Rows {
    pub(crate) fn empty(precision: Precision, features: usize) -> Self {
        Self { values: precision.empty(), features, numbers: Vec::new() }
    }

    /// Numbers the rows consecutively from `first`.
    pub(crate) fn numbered(values: Values, features: usize, first: u64) -> Self {
        let numbers = (first..).take(values.rows(features)).collect();
        Self { values, features, numbers }
    }

    /// No rows, with the same features and precision.
    pub(crate) fn same_kind(&self) -> Self {
        Self::empty(self.values.precision(), self.features)
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The memory that a row takes.
    pub(crate) fn row_bytes(precision: Precision, features: usize) -> usize {
        features * precision.bytes() + size_of::<u64>()
    }

    /// Appends some rows of `other`, which has the same features and precision.
    pub(crate) fn append(&mut self, other: &Self, rows: Range<usize>) {
        self.numbers.extend_from_slice(&other.numbers[rows.clone()]);
        self.values.extend(&other.values, rows.start * self.features..rows.end * self.features);
    }

    /// A copy of some of the rows.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        let mut part = self.same_kind();
        part.append(self, rows);
        part
    }

    /// Drops the first `rows` rows.
    pub(crate) fn drop_front(&mut self, rows: usize) {
        self.numbers.drain(..rows);
        let end = rows * self.features;
        match &mut self.values {
            Values::F32(values) => drop(values.drain(..end)),
            Values::F64(values) => drop(values.drain(..end)),
        }
    }

    /// Exchanges row `a` of these rows with row `b` of `other`.
    pub(crate) fn exchange(&mut self, a: usize, other: &mut Self, b: usize) {
        std::mem::swap(&mut self.numbers[a], &mut other.numbers[b]);
        let n = self.features;
        match (&mut self.values, &mut other.values) {
            (Values::F32(own), Values::F32(other)) => own[a * n..][..n].swap_with_slice(&mut other[b * n..][..n]),
            (Values::F64(own), Values::F64(other)) => own[a * n..][..n].swap_with_slice(&mut other[b * n..][..n]),
            _ => unreachable!("a source has one precision"),
        }
    }

    /// Exchanges two rows, `a` before `b`.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        fn swap<T>(values: &mut [T], n: usize, a: usize, b: usize) {
            let (head, tail) = values.split_at_mut(b * n);
            head[a * n..][..n].swap_with_slice(&mut tail[..n]);
        }
        self.numbers.swap(a, b);
        match &mut self.values {
            Values::F32(values) => swap(values, self.features, a, b),
            Values::F64(values) => swap(values, self.features, a, b),
        }
    }
}

impl Values {
    /// The number of rows, given the number of features. Without features there are no rows.
    pub(crate) fn rows(&self, features: usize) -> usize {
        let values = match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        };
        values.checked_div(features).unwrap_or(0)
    }

    pub(crate) fn precision(&self) -> Precision {
        match self {
            Self::F32(_) => Precision::F32,
            Self::F64(_) => Precision::F64,
        }
    }

    /// Appends some values of `other`, which has the same precision.
    pub(crate) fn extend(&mut self, other: &Self, values: Range<usize>) {
        match (self, other) {
            (Self::F32(own), Self::F32(other)) => own.extend_from_slice(&other[values]),
            (Self::F64(own), Self::F64(other)) => own.extend_from_slice(&other[values]),
            _ => unreachable!("a source has one precision"),
        }
    }

    /// Removes all values and keeps their memory.
    pub(crate) fn clear_rows(&mut self) {
        match self {
            Self::F32(values) => values.clear(),
            Self::F64(values) => values.clear(),
        }
    }

    /// A copy of some values.
    pub(crate) fn part(&self, values: Range<usize>) -> Self {
        match self {
            Self::F32(own) => Self::F32(own[values].to_vec()),
            Self::F64(own) => Self::F64(own[values].to_vec()),
        }
    }

    /// The bytes of the values in the order of this machine.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::F32(values) => bytemuck::cast_slice(values),
            Self::F64(values) => bytemuck::cast_slice(values),
        }
    }

    /// Some values as f32, if they are f64 and each of them is exact in f32. A NaN is not.
    pub(crate) fn as_f32(&self, values: Range<usize>) -> Option<Self> {
        let Self::F64(own) = self else { return None };
        let values = &own[values];
        let is_exact = |values: &[f64]| values.iter().map(|&value| u32::from(f64::from(value as f32) != value)).sum::<u32>() == 0;
        // A file of other numbers shows it within some rows.
        let exact = values.chunks(1 << 10).all(is_exact);
        exact.then(|| Self::F32(values.iter().map(|&value| value as f32).collect()))
    }

    /// A copy of values that are exact in this precision.
    pub(crate) fn to_precision(&self, precision: Precision) -> Self {
        match self {
            Self::F32(values) if precision == Precision::F64 => Self::F64(values.iter().copied().map(f64::from).collect()),
            _ => self.clone(),
        }
    }
}

impl Precision {
    /// The values of some [`Values::bytes`], which have the precision `stored`.
    pub(crate) fn values(self, stored: Self, bytes: &[u8]) -> Values {
        let singles = || bytes.as_chunks().0.iter().copied().map(f32::from_ne_bytes);
        match (self, stored) {
            (Self::F32, _) => Values::F32(singles().collect()),
            (Self::F64, Self::F32) => Values::F64(singles().map(f64::from).collect()),
            (Self::F64, Self::F64) => Values::F64(bytes.as_chunks().0.iter().copied().map(f64::from_ne_bytes).collect()),
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    pub(crate) fn empty(self) -> Values {
        match self {
            Self::F32 => Values::F32(Vec::new()),
            Self::F64 => Values::F64(Vec::new()),
        }
    }
}
