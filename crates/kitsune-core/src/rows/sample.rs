//! A bounded, seeded sample of a stream of rows.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use burn::tensor::TensorData;

use crate::random::{Draws, Purpose};
use crate::rows::number::Number;

/// The rows with the smallest hash of (seed, row number). They are the same rows for any batches, any order, and any merges of parts.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    seed: u64,
    draws: Draws,
    features: usize,
    /// Limits of the sample: number of rows, and bytes of their values.
    rows: usize,
    bytes: usize,
    /// The sampled rows. The next one to replace is on top.
    kept: BinaryHeap<Kept>,
    /// Values of the sampled rows: [slots, features].
    values: Vec<f64>,
}

/// A sampled row. It is ordered by its hash alone: no two row numbers have the same, and a heap of single numbers needs no branches.
#[derive(Debug, Clone, Copy)]
struct Kept {
    hash: u64,
    row: u64,
    slot: usize,
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        self.hash.cmp(&other.hash)
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Kept {}

impl Sample {
    pub(crate) fn new(features: usize, seed: u64, rows: usize, bytes: usize) -> Self {
        let draws = Draws::new(seed, Purpose::Sample, 0);
        Self { seed, draws, features, rows, bytes, kept: BinaryHeap::new(), values: Vec::new() }
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
        let hash = self.draws.row_bits(row);
        if self.kept.len() < self.capacity() {
            self.kept.push(Kept { hash, row, slot: self.kept.len() });
            self.values.extend(values.iter().map(|&value| value.into()));
        } else if let Some(mut top) = self.kept.peek_mut()
            && hash < top.hash
        {
            let slot = top.slot;
            *top = Kept { hash, row, slot };
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
        for &Kept { row, slot, .. } in &other.kept {
            self.push(row, &other.values[slot * self.features..(slot + 1) * self.features]);
        }
    }

    /// Numbers of the sampled rows, and their values [rows, features], in the order of the numbers.
    pub(crate) fn rows(&self) -> (Vec<u64>, Vec<f64>) {
        let mut slots: Vec<(u64, usize)> = self.kept.iter().map(|kept| (kept.row, kept.slot)).collect();
        slots.sort_unstable();
        let mut values = Vec::with_capacity(self.values.len());
        for &(_, slot) in &slots {
            values.extend_from_slice(&self.values[slot * self.features..(slot + 1) * self.features]);
        }
        (slots.into_iter().map(|(row, _)| row).collect(), values)
    }

    /// The sampled rows: F64 [rows, features], in the order of their numbers.
    pub(crate) fn to_data(&self) -> TensorData {
        TensorData::new(self.rows().1, [self.kept.len(), self.features])
    }
}
