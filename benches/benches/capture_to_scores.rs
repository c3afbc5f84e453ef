//! Packets per second from a capture to online scores, beside both halves alone: reading the capture to its statistics, and the detector on rows in memory.
//!
//! `cargo bench -p kitsune-benches --bench capture_to_scores`; with `taskset -c 0` before it on one core.
//!
//! A run in test mode takes a few packets.

use std::fs;
use std::path::PathBuf;

use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{Talk, capture};
use kitsune_core::Error;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_data::{Batch, Source};
use tempfile::TempDir;

/// Packets after the grace period.
const PACKETS: usize = 300_000;

/// Packets that the detector learns from.
const GRACE: u64 = 20_000;

#[divan::bench(sample_count = 5, sample_size = 1)]
fn read_to_statistics(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    bencher.counter(ItemsCount::new(bench.packets)).bench_local(|| bench.batches().map(|batch| batch.rows()).sum::<usize>());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn detect(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let batches: Vec<_> = bench.batches().collect();
    let mut detector = bench.detector();
    bencher
        .counter(ItemsCount::new(bench.packets))
        .bench_local(|| batches.iter().map(|batch| flagged(&mut detector, batch)).sum::<usize>());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn capture_to_scores(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let mut detector = bench.detector();
    bencher
        .counter(ItemsCount::new(bench.packets))
        .bench_local(|| bench.batches().map(|batch| flagged(&mut detector, &batch)).sum::<usize>());
}

/// A capture on disk.
struct Bench {
    folder: TempDir,
    packets: usize,
}

impl Bench {
    fn new() -> Self {
        // Only `cargo bench` says `--bench`.
        let is_test = !std::env::args().any(|word| word == "--bench");
        let packets = if is_test { 2 * GRACE as usize } else { PACKETS };
        let folder = tempfile::tempdir().expect("there is room for a capture");
        let bench = Self { folder, packets };
        fs::write(bench.path(), capture(Talk::Flows(1_000), packets, 0)).expect("there is room for a capture");
        bench
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("capture.pcap")
    }

    fn batches(&self) -> impl Iterator<Item = Batch> {
        let source = Source::open(self.path()).expect("it is a capture");
        source.pass(0).expect("it is there").map(|batch| batch.expect("it is read"))
    }

    /// A detector that has learned from the beginning of the capture.
    fn detector(&self) -> OnlineKitsune {
        let config = OnlineConfig::new().with_mapper_grace(GRACE / 10).with_train_grace(GRACE - GRACE / 10);
        let mut detector =
            OnlineKitsune::new(config, Source::open(self.path()).expect("it is a capture").features()).expect("the configuration is valid");
        for batch in self.batches() {
            flagged(&mut detector, &batch);
            if detector.check_ready().is_ok() {
                break;
            }
        }
        detector
    }
}

/// The number of rows that are flagged, all of which are scored and watched.
fn flagged(detector: &mut OnlineKitsune, batch: &Batch) -> usize {
    let mut flagged = 0;
    let observe = |_: &mut OnlineKitsune, _: &[f64], found: Option<kitsune_core::online::Observation>| -> Result<(), Error> {
        flagged += usize::from(found.is_some_and(|found| found.is_anomaly == Some(true)));
        Ok(())
    };
    detector.observe_batch(batch.data(), 0..batch.rows(), None, observe).expect("the rows fit");
    flagged
}

fn main() {
    divan::main();
}
