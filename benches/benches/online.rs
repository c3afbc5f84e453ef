//! Rows per second that a detector learns and scores one at a time, on one core. 115 features are in eighteen clusters of ten, 1,000 in a hundred. A row is
//! scored alone (`score`), or with its verdict and the watch for changes (`observe`).
//!
//! `cargo bench -p kitsune-benches --bench online`

use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{clusters_of_ten, grouped_rows};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::online::{OnlineConfig, OnlineKitsune};

const ROWS: usize = 20_000;

#[divan::bench(args = [115, 1_000], sample_count = 10)]
fn train(bencher: Bencher<'_, '_>, features: usize) {
    let rows = rows(features);
    bencher.counter(ItemsCount::new(ROWS)).with_inputs(|| detector(features, ROWS as u64 + 1)).bench_local_refs(|detector| {
        rows.chunks_exact(features).for_each(|row| detector.learn(row).expect("the rows fit"));
    });
}

#[divan::bench(args = [115, 1_000], sample_count = 10)]
fn score(bencher: Bencher<'_, '_>, features: usize) {
    let rows = rows(features);
    let mut detector = trained(&rows, features);
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench_local(|| rows.chunks_exact(features).map(|row| detector.score(row).expect("the rows fit")).sum::<f64>());
}

#[divan::bench(args = [115, 1_000], sample_count = 10)]
fn observe(bencher: Bencher<'_, '_>, features: usize) {
    let rows = rows(features);
    let mut detector = trained(&rows, features);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        rows.chunks_exact(features).filter(|row| detector.observe(row).expect("the rows fit").is_some_and(|found| found.drift)).count()
    });
}

fn rows(features: usize) -> Vec<f64> {
    grouped_rows(ROWS, features, 0).into_iter().map(f64::from).collect()
}

fn detector(features: usize, train_grace: u64) -> OnlineKitsune {
    let clusters = if features == 115 {
        clusters_of_ten(features)
    } else {
        (0..features).collect::<Vec<_>>().chunks(10).map(<[usize]>::to_vec).collect()
    };
    let map = FeatureMap::new(features, clusters, Coverage::Free).expect("the clusters are valid");
    let config = OnlineConfig::new().with_feature_map(Some(map)).with_train_grace(train_grace);
    OnlineKitsune::new(config, features).expect("the settings are valid")
}

/// A detector after its grace period.
fn trained(rows: &[f64], features: usize) -> OnlineKitsune {
    let mut detector = detector(features, ROWS as u64);
    rows.chunks_exact(features).for_each(|row| detector.learn(row).expect("the rows fit"));
    detector
}

fn main() {
    divan::main();
}
