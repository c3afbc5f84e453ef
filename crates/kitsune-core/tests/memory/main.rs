//! What is allocated: the statistics as much as they say, a training the same for any number of rows. In a binary of its own, since it
//! counts what the whole process allocates.

#![cfg(test)]

#[expect(dead_code, reason = "the tests of checkpoints use all of it")]
#[path = "../it/from_torch/archive.rs"]
mod archive;
mod checkpoints;
#[path = "../it/from_torch/pickles.rs"]
mod pickles;

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

use burn::tensor::TensorData;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::kinds::CorrelationDistance;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_core::{Error, FeatureMapper, KitsuneConfig};

type TestBackend = NdArray;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
struct Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe to implement; this one hands every call on unchanged")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does `work` while the other test allocates and frees nothing: in a thread of its own, which has freed its scratch when it is joined.
fn alone(work: impl FnOnce() + Send) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(panic) = thread::scope(|scope| scope.spawn(work).join()) {
        panic::resume_unwind(panic);
    }
}

/// The most that was allocated at one time while `work` ran, beyond what there was before.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    PEAK.load(Relaxed) - before
}

/// Rows of those numbers, no two columns alike: [rows, features].
fn rows(numbers: Range<usize>, features: usize) -> TensorData {
    let rows = numbers.len();
    let value = |row: usize, f: usize| ((row * (f + 1)) as f64 * 0.37).sin();
    TensorData::new(numbers.flat_map(|row| (0..features).map(move |f| value(row, f))).collect::<Vec<f64>>(), [rows, features])
}

#[test]
fn statistics_take_the_memory_that_they_say() {
    alone(|| {
        for features in [50, 300, 1_000, 2_000] {
            // A block that is full, and one that lacks a row: an open block takes what its rows need.
            let rows = rows(0..511, features);
            let found = peak(|| {
                let mut mapper = FeatureMapper::new(features, 0).with_sample_rows(2);
                mapper.partial_fit(&rows).unwrap();
                mapper.feature_map(10, 4, CorrelationDistance::Signed).unwrap()
            });
            let ratio = FeatureMapper::memory(features) as f64 / found as f64;
            assert!((1.0 / 1.2..=1.2).contains(&ratio), "{features} features: {found} bytes, {ratio:.2} times as many were said");
        }
    });
}

#[test]
fn a_training_takes_the_same_memory_for_any_number_of_rows() {
    alone(|| {
        let config = KitsuneConfig::new().with_epochs(Some(2)).with_batch_size(Some(256)).with_sample_rows(500);
        let training = |length: usize| {
            let source = move |_epoch: usize| Ok::<_, Error>((0..length / 512).map(|chunk| Ok(rows(chunk * 512..(chunk + 1) * 512, 20))));
            peak(|| config.fit::<TestBackend>(&source, &NdArrayDevice::default()).unwrap())
        };
        // The first one also fills what stays for the rest of the process: each thread keeps its scratch, and has to come to a turn. Both numbers are
        // whole batches, since a smaller last one takes memory too, and both fill the sample of the held-out rows and what is made ready of later steps: 64 of them.
        training(204_800);
        // A thread may still come to its first turn in one of the trainings, if the machine has other work.
        let (few, many) = (training(20_480), training(204_800).min(training(204_800)));
        assert!(many as f64 <= 1.05 * few as f64, "{few} bytes for 20,480 rows, {many} for 204,800");
    });
}

#[test]
fn an_online_detector_allocates_nothing_for_a_row() {
    alone(|| {
        let features = 30;
        let rows: Vec<f64> = rows(0..6_000, features).iter().collect();
        let config = OnlineConfig::new().with_mapper_grace(1_000).with_train_grace(2_000).with_adapt(Some(0.2));
        let mut detector = OnlineKitsune::new(config, features).unwrap();
        let mut take = |numbers: Range<usize>| {
            for row in rows[numbers.start * features..numbers.end * features].chunks_exact(features) {
                detector.observe(row).unwrap();
            }
        };
        // The last row of each phase makes the next one, and the first row that is learned after the grace period a copy.
        for (phase, end) in [(0..1_000, 999), (1_000..3_000, 2_999), (3_000..6_000, 6_000)] {
            let start = if phase.start == 3_000 { 3_100 } else { phase.start };
            take(phase.start..start);
            assert_eq!(peak(|| take(start..end)), 0, "rows {phase:?}");
            take(end..phase.end);
        }
    });
}
