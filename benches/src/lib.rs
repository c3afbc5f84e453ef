//! Seeded data for the benches and for the project's demo.

mod demo;
mod demo_capture;
mod files;
mod polars_alone;
mod random;
mod traffic;

use burn::tensor::TensorData;

pub use demo::{Demo, demo};
pub use demo_capture::{Attack, DemoCapture, demo_capture};
pub use files::{GROUP_ROWS, Written, write_rows};
pub use polars_alone::read_by_polars;
pub use random::Random;
pub use traffic::{Talk, capture};

/// Makes rows of `features` columns in 0-1, correlated in groups of ten: row-major [rows, features].
pub fn grouped_rows(rows: usize, features: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let groups = features.div_ceil(10);
    let mut values = Vec::with_capacity(rows * features);
    for _ in 0..rows {
        let factors: Vec<f64> = (0..groups).map(|_| random.uniform()).collect();
        values.extend((0..features).map(|feature| (0.9 * factors[feature / 10] + 0.1 * random.uniform()) as f32));
    }
    values
}

/// Makes the same rows as batches, of which the last may be smaller.
pub fn batches(values: &[f32], features: usize, batch_rows: usize) -> Vec<TensorData> {
    let batch = |values: &[f32]| TensorData::new(values.to_vec(), [values.len() / features, features]);
    values.chunks(batch_rows * features).map(batch).collect()
}

/// Eighteen clusters of ten features each, like the statistics of network packets. Some features are in two clusters.
pub fn clusters_of_ten(features: usize) -> Vec<Vec<usize>> {
    (0..18).map(|cluster| (0..10).map(|at| (10 * cluster + at) % features).collect()).collect()
}
