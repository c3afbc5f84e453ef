//! Rows per second of the statistics pass: co-moments, ranges and sample of 115 features.
//!
//! `cargo bench -p kitsune-benches --bench mapper`

use burn::tensor::TensorData;
use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::grouped_rows;
use kitsune_core::FeatureMapper;

const FEATURES: usize = 115;
const ROWS: usize = 32_768;

#[divan::bench(sample_count = 5)]
fn partial_fit(bencher: Bencher<'_, '_>) {
    let batches: Vec<TensorData> = grouped_rows(ROWS, FEATURES, 0)
        .chunks(1_024 * FEATURES)
        .map(|batch| TensorData::new(batch.to_vec(), [batch.len() / FEATURES, FEATURES]))
        .collect();

    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut mapper = FeatureMapper::new(FEATURES, 0);
        for batch in &batches {
            mapper.partial_fit(batch).expect("the rows are finite");
        }
        mapper
    });
}

fn main() {
    divan::main();
}
