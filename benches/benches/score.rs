//! Rows per second that a model scores, from rows in host memory, on 115 features and eighteen clusters of ten. One case scores by the
//! tails alone, which is what batch Kitsune computes. The other scores by the default, which adds the body and the prototypes.
//!
//! `cargo bench -p kitsune-benches --bench score`, with `--features wgpu,cuda` on a graphics card too.

use burn::backend::Autodiff;
use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use burn_ndarray::NdArray;
use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{batches, clusters_of_ten, grouped_rows};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::{FeatureMapper, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions, Trainer};

const FEATURES: usize = 115;
const ROWS: usize = 65_536;

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn tails<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    score::<B>(bencher, batch_rows, ScoreKind::Tails);
}

#[divan::bench(types = [NdArray, Flex], args = [1, 32, 256, 1_024, 4_096], sample_count = 5)]
fn combined<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize) {
    score::<B>(bencher, batch_rows, ScoreKind::Combined);
}

fn score<B: Backend>(bencher: Bencher<'_, '_>, batch_rows: usize, kind: ScoreKind) {
    let rows = if batch_rows == 1 { ROWS / 16 } else { ROWS.max(8 * batch_rows) };
    let values = grouped_rows(rows, FEATURES, 0);
    let model = model::<B>(&values[..4_096 * FEATURES]);
    let batches = batches(&values, FEATURES, batch_rows);

    let options = ScoreOptions::new().with_score(kind).with_batch_rows(batch_rows);
    bencher.counter(ItemsCount::new(rows)).with_inputs(|| batches.clone()).bench_local_values(|batches| {
        for batch in batches {
            divan::black_box(model.score_rows(&batch, &options).expect("the rows fit"));
        }
    });
}

/// A model with little training, which does not affect its speed.
fn model<B: Backend>(values: &[f32]) -> Kitsune<B> {
    let data = TensorData::new(values.to_vec(), [values.len() / FEATURES, FEATURES]);
    let mut mapper = FeatureMapper::new(FEATURES, 0);
    mapper.partial_fit(&data).expect("the rows are finite");
    let map = FeatureMap::new(FEATURES, clusters_of_ten(FEATURES), Coverage::Free).expect("the clusters are valid");
    let config = KitsuneConfig::new();
    let ensemble = config.init::<Autodiff<B>>(&map, &B::Device::default()).expect("the defaults are valid");
    let scaler = config.scaler(&mapper).expect("there are rows");
    let mut trainer = Trainer::new(ensemble, scaler, config.init_optimizer()).expect("map and scaler fit");
    for batch in batches(values, FEATURES, 256) {
        trainer.step(batch, 1e-2).expect("the rows fit");
    }
    trainer.finish(data, None).expect("the rows calibrate the model")
}

/// The same cases on graphics cards, where large batches are worthwhile.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
macro_rules! on_a_card {
    ($name:ident, $backend:ty) => {
        mod $name {
            use divan::Bencher;

            #[divan::bench(args = [32, 256, 1_024, 4_096, 32_768], sample_count = 5)]
            fn tails(bencher: Bencher<'_, '_>, batch_rows: usize) {
                super::score::<$backend>(bencher, batch_rows, super::ScoreKind::Tails);
            }

            #[divan::bench(args = [32, 256, 1_024, 4_096, 32_768], sample_count = 5)]
            fn combined(bencher: Bencher<'_, '_>, batch_rows: usize) {
                super::score::<$backend>(bencher, batch_rows, super::ScoreKind::Combined);
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
