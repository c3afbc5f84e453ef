//! Rows per second of training steps: dropout, forward, backward, clipping and Adam, on 115 features and eighteen clusters of ten. One case
//! trains tails and head alone, as in Kitsune; the other the defaults, which add the body and the rough fit that leaves rows out. A further
//! bench times the whole recipe with and without the additions of the defaults: these two, half-ranked inputs and prototypes.
//!
//! `cargo bench -p kitsune-benches --bench train`, with `--features wgpu,cuda` on a graphics card too.

use burn::backend::Autodiff;
use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use burn_ndarray::NdArray;
use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{batches, clusters_of_ten, grouped_rows};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::InputScaling;
use kitsune_core::{FeatureMapper, KitsuneConfig, ScoreKind, Trainer};

const FEATURES: usize = 115;
const ROWS: usize = 32_768;

/// Steps of the rough fit, which is not timed.
const ROUGH_STEPS: u64 = 100;

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn tails<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    steps::<B>(bencher, batch_rows, &tails_alone());
}

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn defaults<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    steps::<B>(bencher, batch_rows, &KitsuneConfig::new());
}

/// The engine of tensor operations, which serves every backend without one of its own: f64 on the CPU, for instance.
#[divan::bench(types = [NdArray<f64>], args = [32, 256, 1_024], sample_count = 5)]
fn tensor_operations<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    steps::<B>(bencher, batch_rows, &KitsuneConfig::new());
}

#[divan::bench(types = [NdArray, Flex], args = ["tails", "defaults"], sample_count = 5)]
fn recipe<B: Backend>(bencher: Bencher<'_, '_>, config: &str) {
    const EPOCHS: usize = 8;
    let data = TensorData::new(grouped_rows(ROWS, FEATURES, 0), [ROWS, FEATURES]);
    let config = if config == "tails" { tails_alone() } else { KitsuneConfig::new() };
    let config = config.with_batch_size(Some(1_024)).with_epochs(Some(EPOCHS));
    let device = B::Device::default();
    bencher.counter(ItemsCount::new(ROWS * EPOCHS)).bench_local(|| config.fit::<B>(&data, &device).expect("the rows train a model"));
}

fn tails_alone() -> KitsuneConfig {
    KitsuneConfig::new()
        .with_body_ratio(None)
        .with_prototypes(0)
        .with_trim(0.0)
        .with_inputs(InputScaling::MinMax)
        .with_score(ScoreKind::Tails)
}

fn steps<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize, config: &KitsuneConfig) {
    // One row at a time is so slow that fewer rows suffice.
    let rows = if batch_rows == 1 { ROWS / 16 } else { ROWS.max(8 * batch_rows) };
    let device = B::Device::default();
    let values = grouped_rows(rows, FEATURES, 0);
    let mut mapper = FeatureMapper::new(FEATURES, 0);
    mapper.partial_fit(&TensorData::new(values.clone(), [rows, FEATURES])).expect("the rows are finite");
    let map = FeatureMap::new(FEATURES, clusters_of_ten(FEATURES), Coverage::Free).expect("the clusters are valid");
    let ensemble = config.init::<Autodiff<B>>(&map, &device).expect("the defaults are valid");
    let scaler = config.scaler(&mapper).expect("there are rows");
    let trainer = Trainer::new(ensemble, scaler, config.init_optimizer()).expect("map and scaler fit");
    let mut trainer = trainer.trimming(mapper.sample(), ROUGH_STEPS).expect("the sample fits");
    let batches = batches(&values, FEATURES, batch_rows);

    bencher.counter(ItemsCount::new(rows)).with_inputs(|| batches.clone()).bench_local_values(|batches| {
        for batch in batches {
            trainer.step(batch, 1e-3).expect("the rows fit");
        }
        B::sync(&device)
    });
}

/// The same cases on graphics cards, where large batches are worthwhile.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
macro_rules! on_a_card {
    ($name:ident, $backend:ty) => {
        mod $name {
            use divan::Bencher;

            #[divan::bench(args = [32, 256, 1_024, 4_096, 32_768], sample_count = 5)]
            fn tails(bencher: Bencher<'_, '_>, batch_rows: usize) {
                super::steps::<$backend>(bencher, batch_rows, &super::tails_alone());
            }

            #[divan::bench(args = [32, 256, 1_024, 4_096, 32_768], sample_count = 5)]
            fn defaults(bencher: Bencher<'_, '_>, batch_rows: usize) {
                super::steps::<$backend>(bencher, batch_rows, &super::KitsuneConfig::new());
            }
        }
    };
}

#[cfg(feature = "wgpu")]
on_a_card!(wgpu, burn_wgpu::Wgpu);

#[cfg(feature = "cuda")]
on_a_card!(cuda, burn_cuda::Cuda);

fn main() {
    divan::main();
}
