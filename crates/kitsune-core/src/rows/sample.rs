//! A bounded, seeded sample of a stream of rows.

use std::collections::BinaryHeap;

use burn::tensor::TensorData;

use crate::random::{Draws, Purpose};
use crate::rows::number::Number;

/// The rows with the smallest hash of (seed, row number). They are the same rows for any batches, any order, and any merges of parts.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    seed: u64,
    features: usize,
    /// Limits of the sample: number of rows, and bytes of their values.
    rows: usize,
    bytes: usize,
    /// Hash, row number and slot of each sampled row. The next row to replace is on top.
    kept: BinaryHeap<(u64, u64, usize)>,
    /// Values of the sampled rows: [slots, features].
    values: Vec<f64>,
}

impl Sample {
    pub(crate) fn new(features: usize, seed: u64, rows: usize, bytes: usize) -> Self {
        Self { seed, features, rows, bytes, kept: BinaryHeap::new(), values: Vec::new() }
    }

    /// Makes an empty sample with another limit of rows.
    pub(crate) fn with_rows(&self, rows: usize) -> Self {
        Self::new(self.features, self.seed, rows, self.bytes)
    }

    /// Makes an empty sample with another limit of bytes.
    pub(crate) fn with_bytes(&self, bytes: usize) -> Self {
        Self::new(self.features, self.seed, self.rows, bytes)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// Number of rows that both limits allow. A deviation needs two rows, so two rows are sampled whatever they take.
    pub(crate) fn capacity(&self) -> usize {
        let fitting = self.bytes / (size_of::<f64>() * self.features.max(1));
        self.rows.min(fitting.max(2))
    }

    /// Offers a row with its number.
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

    /// A sample of at most `capacity` rows, as it was: rows with their numbers, and their values [rows, features].
    pub(crate) fn restored(features: usize, seed: u64, capacity: usize, numbers: &[u64], values: &[f64]) -> Self {
        // The capacity is the result of both limits.
        let mut sample = Self::new(features, seed, capacity, usize::MAX);
        for (row, values) in numbers.iter().zip(values.chunks_exact(features.max(1))) {
            sample.push(*row, values);
        }
        sample
    }

    /// Offers the rows of another sample.
    pub(crate) fn merge(&mut self, other: &Self) {
        for &(_, row, slot) in &other.kept {
            self.push(row, &other.values[slot * self.features..(slot + 1) * self.features]);
        }
    }

    /// Numbers of the sampled rows, and their values [rows, features], in the order of the numbers.
    pub(crate) fn rows(&self) -> (Vec<u64>, Vec<f64>) {
        let mut slots: Vec<(u64, usize)> = self.kept.iter().map(|&(_, row, slot)| (row, slot)).collect();
        slots.sort_unstable();
        let values = slots.iter().flat_map(|&(_, slot)| &self.values[slot * self.features..(slot + 1) * self.features]).copied().collect();
        (slots.into_iter().map(|(row, _)| row).collect(), values)
    }

    /// The sampled rows: F64 [rows, features], in the order of their numbers.
    pub(crate) fn to_data(&self) -> TensorData {
        TensorData::new(self.rows().1, [self.kept.len(), self.features])
    }
}
