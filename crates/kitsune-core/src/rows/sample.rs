//! A bounded, seeded sample of a stream of rows.

use std::collections::BinaryHeap;

use burn::tensor::TensorData;

use crate::random::{Draws, Purpose};
use crate::rows::number::Number;

/// The rows whose hash of (seed, row number) is smallest: the same ones whatever the batches, the order, and the merges of parts.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    seed: u64,
    features: usize,
    /// Bounds of the kept rows: their number, and the bytes of their values.
    rows: usize,
    bytes: usize,
    /// Hash, row number and slot of each kept row; the next to go is on top.
    kept: BinaryHeap<(u64, u64, usize)>,
    /// Values of the kept rows: [slots, features].
    values: Vec<f64>,
}

impl Sample {
    pub(crate) fn new(features: usize, seed: u64, rows: usize, bytes: usize) -> Self {
        Self { seed, features, rows, bytes, kept: BinaryHeap::new(), values: Vec::new() }
    }

    /// An empty sample with another bound on its rows.
    pub(crate) fn with_rows(&self, rows: usize) -> Self {
        Self::new(self.features, self.seed, rows, self.bytes)
    }

    /// An empty sample with another bound on its bytes.
    pub(crate) fn with_bytes(&self, bytes: usize) -> Self {
        Self::new(self.features, self.seed, self.rows, bytes)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Rows that both bounds allow. Deviations need two, so two are kept whatever they take.
    pub(crate) fn capacity(&self) -> usize {
        let fitting = self.bytes / (size_of::<f64>() * self.features.max(1));
        self.rows.min(fitting.max(2))
    }

    /// Offers the row of that number.
    pub(crate) fn push<T: Number>(&mut self, row: u64, values: &[T]) {
        let hash = Draws::new(self.seed, Purpose::Sample, 0).row_bits(row);
        if self.kept.len() < self.capacity() {
            self.kept.push((hash, row, self.kept.len()));
            self.values.extend(values.iter().map(|&value| value.into()));
        } else if let Some(mut top) = self.kept.peek_mut()
            && (hash, row) < (top.0, top.1)
        {
            let slot = top.2;
            *top = (hash, row, slot);
            let kept = &mut self.values[slot * self.features..(slot + 1) * self.features];
            kept.iter_mut().zip(values).for_each(|(to, &from)| *to = from.into());
        }
    }

    /// Offers the rows that another sample kept.
    pub(crate) fn merge(&mut self, other: &Self) {
        for &(_, row, slot) in &other.kept {
            self.push(row, &other.values[slot * self.features..(slot + 1) * self.features]);
        }
    }

    /// Numbers of the kept rows and their values [rows, features], in the order of the numbers.
    pub(crate) fn rows(&self) -> (Vec<u64>, Vec<f64>) {
        let mut places: Vec<(u64, usize)> = self.kept.iter().map(|&(_, row, slot)| (row, slot)).collect();
        places.sort_unstable();
        let values = places.iter().flat_map(|&(_, slot)| &self.values[slot * self.features..(slot + 1) * self.features]).copied().collect();
        (places.into_iter().map(|(row, _)| row).collect(), values)
    }

    /// The kept rows: F64 [rows, features], in the order of their numbers.
    pub(crate) fn to_data(&self) -> TensorData {
        TensorData::new(self.rows().1, [self.kept.len(), self.features])
    }
}
