//! How far rows have moved from the training rows.

use kitsune_core::Kitsune;
use kitsune_core::evaluation::{Drift, DriftWatch};

use crate::bridge::matrix;
use crate::random::Random;
use crate::training::quick;
use crate::{TestBackend, device};

/// A column from 0 to 100, one whose logarithm is uniform from 1 to 100,000, and one that is always 3.
fn rows(count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    (0..count).map(|_| vec![random.uniform(0.0, 100.0), 10_f64.powf(random.uniform(0.0, 5.0)), 3.0]).collect()
}

fn model() -> Kitsune<TestBackend> {
    quick().with_epochs(Some(1)).fit(&matrix(&rows(1_000, 1)), &device()).unwrap()
}

fn watched(watch: &DriftWatch, rows: &[Vec<f64>], batch: usize) -> Drift {
    let mut watch = watch.clone();
    rows.chunks(batch).for_each(|rows| watch.observe(&matrix(rows)).unwrap());
    watch.drift()
}

#[test]
fn rows_of_the_same_kind_have_not_moved() {
    let watch = model().drift_watch();
    let drift = watched(&watch, &rows(5_000, 2), 500);
    assert_eq!((drift.rows, &drift.columns[..]), (5_000, &[][..]));
    assert!(drift.outside < 0.01, "{}", drift.outside);
    let nothing = watch.drift();
    assert_eq!((nothing.rows, nothing.outside, nothing.columns.len()), (0, 0.0, 0));
}

#[test]
fn the_column_that_moved_most_is_the_first() {
    let watch = model().drift_watch();
    let moved: Vec<_> = rows(5_000, 2).into_iter().map(|row| vec![row[0] + 30.0, row[1] * 10.0, 4.0]).collect();
    let drift = watched(&watch, &moved, 500);
    let [constant, level, skewed] = &drift.columns[..] else { panic!("{drift:?}") };
    assert_eq!((constant.feature, level.feature, skewed.feature), (2, 0, 1));
    assert_eq!((constant.lowest, constant.highest, constant.median), (3.0, 3.0, 4.0));
    assert_eq!((constant.outside, constant.usual, constant.moved), (1.0, Some(3.0), Some(1.0)));
    // Three of ten values are above 100. The median went from 50 to 80, and the mean to 75.5 if those count as 100.
    assert!((level.outside - 0.3).abs() < 0.03 && (level.moved.unwrap() - 0.255).abs() < 0.04, "{level:?}");
    assert!((level.usual.unwrap() - 50.0).abs() < 3.0 && (level.median - 80.0).abs() < 4.0, "{level:?}");
    // A fifth is above 100,000. The median went from 316 to 3,162, by a fifth of the ranks and 3 % of the range.
    assert!((skewed.outside - 0.2).abs() < 0.03 && (skewed.moved.unwrap() - 0.114).abs() < 0.04, "{skewed:?}");
    assert!((200.0..500.0).contains(&skewed.usual.unwrap()) && (2_000.0..5_000.0).contains(&skewed.median), "{skewed:?}");
    assert!((drift.outside - (1.0 + 0.3 + 0.2) / 3.0).abs() < 0.02, "{}", drift.outside);
}

#[test]
fn batches_of_any_size_give_the_same_drift() {
    let watch = model().drift_watch();
    let moved: Vec<_> = rows(3_000, 5).into_iter().map(|row| vec![row[0] * 2.0, row[1], row[2]]).collect();
    let whole = watched(&watch, &moved, 3_000);
    assert_eq!(whole.columns.len(), 1);
    for batch in [1, 7, 1_024] {
        assert_eq!(watched(&watch, &moved, batch), whole);
    }
    assert_eq!(serde_json::from_value::<Drift>(serde_json::to_value(&whole).unwrap()).unwrap(), whole);
}

#[test]
fn at_most_ten_columns_are_listed() {
    let wide = |level: f64, seed: u64| -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        (0..500).map(|_| (0..15).map(|column| random.uniform(0.0, 1.0) + level * f64::from(column)).collect()).collect()
    };
    let model: Kitsune<TestBackend> = quick().with_epochs(Some(1)).fit(&matrix(&wide(0.0, 1)), &device()).unwrap();
    let drift = watched(&model.drift_watch(), &wide(0.5, 2), 100);
    assert_eq!(drift.columns.len(), 10);
    assert!(drift.columns.iter().all(|column| column.feature >= 2), "{drift:?}");
    let bad = model.drift_watch().observe(&matrix(&[vec![1.0, 2.0]])).unwrap_err();
    assert!(bad.to_string().contains("15"), "{bad}");
}
