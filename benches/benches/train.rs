//! How many rows per second go through training steps: tails, head, dropout, clipping and Adam, on 115 features in clusters of ten, as the
//! statistics of network packets have them.
//!
//! `cargo bench -p kitsune-benches --bench train`

use burn::backend::Autodiff;
use burn::optim::AdamConfig;
use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use burn_ndarray::NdArray;
use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::grouped_rows;
use kitsune_core::{FeatureMapper, KitsuneConfig, Trainer};

const FEATURES: usize = 115;
const ROWS: usize = 8_192;

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn train<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    // One row at a time is so slow that fewer rows tell as much.
    let rows = if batch_rows == 1 { ROWS / 16 } else { ROWS };
    let device = B::Device::default();
    let values = grouped_rows(rows, FEATURES, 0);
    let mut mapper = FeatureMapper::new(FEATURES, 0);
    mapper.partial_fit(&TensorData::new(values.clone(), [rows, FEATURES])).expect("the rows are finite");
    let map = mapper.feature_map(10, 4).expect("the rows have statistics");
    let ensemble = KitsuneConfig::new().init::<Autodiff<B>>(&map, &device).expect("the defaults are valid");
    let scaler = mapper.scaler().expect("there are rows");
    let mut trainer = Trainer::new(ensemble, scaler, AdamConfig::new().init()).expect("map and scaler fit");
    let batches: Vec<TensorData> =
        values.chunks(batch_rows * FEATURES).map(|batch| TensorData::new(batch.to_vec(), [batch.len() / FEATURES, FEATURES])).collect();

    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        for batch in &batches {
            trainer.step(batch.clone(), 1e-3).expect("the rows fit");
        }
        B::sync(&device)
    });
}

fn main() {
    divan::main();
}
