//! How many rows per second a model scores, from rows on the host, on 115 features in clusters of ten: by the tails alone, which is what Kitsune's
//! batch version computes, and by the default, which adds the body and the prototypes.
//!
//! `cargo bench -p kitsune-benches --bench score`

use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use burn_ndarray::NdArray;
use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::grouped_rows;
use kitsune_core::{KitsuneConfig, ScoreKind};

const FEATURES: usize = 115;
const ROWS: usize = 16_384;

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn tails<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    score::<B>(bencher, batch_rows, ScoreKind::Tails);
}

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn combined<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    score::<B>(bencher, batch_rows, ScoreKind::Combined);
}

fn score<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize, kind: ScoreKind) {
    let rows = if batch_rows == 1 { ROWS / 16 } else { ROWS };
    let device = B::Device::default();
    let values = grouped_rows(rows, FEATURES, 0);
    let data = TensorData::new(values.clone(), [rows, FEATURES]);
    // How well the model is trained makes no difference to its speed.
    let model = KitsuneConfig::new().with_batch_size(256).with_epochs(Some(1)).fit::<B>(&data, &device).expect("the rows train a model");
    let batches: Vec<TensorData> =
        values.chunks(batch_rows * FEATURES).map(|batch| TensorData::new(batch.to_vec(), [batch.len() / FEATURES, FEATURES])).collect();

    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        for batch in &batches {
            divan::black_box(model.score_batch(batch.clone(), kind).expect("the rows fit"));
        }
    });
}

fn main() {
    divan::main();
}
