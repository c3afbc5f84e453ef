//! Models that are calibrated again, without training.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use burn::tensor::TensorData;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::training::Progress;
use kitsune_core::{Error, Kitsune, ScoreOptions};
use safetensors::SafeTensors;

use crate::bridge::matrix;
use crate::decisions::fit;
use crate::taken_apart::file_bytes;
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

type Model = Kitsune<TestBackend>;

fn unobserved(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Rows in which the columns have less to do with each other than in those of the training.
fn noisier(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rows = factor_rows(rows, seed);
    for (at, row) in rows.iter_mut().enumerate() {
        row[at % 8] *= 0.2;
        row[(at + 3) % 8] *= 0.2;
    }
    rows
}

fn recalibrated(model: Model, rows: &[Vec<f64>], alert_rate: f64) -> Result<Model, Error> {
    model.recalibrated(&matrix(rows), ThresholdKind::Quantile, alert_rate, &mut unobserved)
}

#[test]
fn calibration_and_threshold_change_and_nothing_else() {
    let model = quick_model();
    let new = recalibrated(model.clone(), &noisier(500, 2), 0.02).unwrap();
    let (before, after) = (file_bytes(&model), file_bytes(&new));
    let (before, after) = (SafeTensors::deserialize(&before).unwrap(), SafeTensors::deserialize(&after).unwrap());
    let changed: BTreeSet<&str> =
        before.names().into_iter().filter(|name| before.tensor(name).unwrap() != after.tensor(name).unwrap()).collect();
    let expected =
        ["calibration.excess", "calibration.features", "calibration.parts", "calibration.tails", "scaler.range", "threshold.normal_scores"];
    assert_eq!(changed, BTreeSet::from(expected));
    assert_eq!(before.len(), after.len());

    assert_eq!(new.config(), &model.config().clone().with_alert_rate(0.02));
    assert_eq!(new.threshold().unwrap().alert_rate(), Some(0.02));
    assert_eq!(new.normal_scores().unwrap().rows(), 500);
    assert_eq!(new.summary().recalibrated_on, Some(500));
    assert_eq!(model.summary().recalibrated_on, None);
    assert_eq!((new.scaler(), new.feature_map(), new.means()), (model.scaler(), model.feature_map(), model.means()));
}

#[test]
fn the_stated_rate_is_that_of_rows_like_the_new_ones() {
    let model = quick_model();
    let rate = |model: &Model, rows: &[Vec<f64>]| {
        let scores = model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
        scores.iter().filter(|&&score| model.threshold().unwrap().is_anomaly(score)).count() as f64 / scores.len() as f64
    };
    let new = recalibrated(model.clone(), &noisier(4_000, 2), 0.05).unwrap();
    let others = noisier(4_000, 3);
    let (before, after) = (rate(&model.with_threshold(fit(ThresholdKind::Quantile, 0.05)).unwrap(), &others), rate(&new, &others));
    assert!(before > 0.2, "the rows are too much like those of the training: {before}");
    assert!((0.035..0.065).contains(&after), "{after}");
}

#[test]
fn how_the_rows_are_cut_does_not_matter() {
    let (model, rows) = (quick_model(), noisier(300, 2));
    let whole = file_bytes(&recalibrated(model.clone(), &rows, 0.05).unwrap());
    for size in [1, 7, 299] {
        let cut = |_| Ok::<_, Error>(rows.chunks(size).map(|rows| Ok::<TensorData, Error>(matrix(rows))));
        let model = model.clone().recalibrated(&cut, ThresholdKind::Quantile, 0.05, &mut unobserved).unwrap();
        assert!(file_bytes(&model) == whole, "{size} rows at a time");
    }
}

#[test]
fn the_sample_is_bounded() {
    let model: Model = quick().with_trim(0.0).with_sample_rows(100).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    let new = recalibrated(model, &noisier(500, 2), 0.05).unwrap();
    assert_eq!(new.normal_scores().unwrap().rows(), 100);
    assert_eq!(new.summary().recalibrated_on, Some(500));
}

#[test]
fn too_few_rows_for_the_rate_make_no_threshold() {
    let new = recalibrated(quick_model(), &noisier(50, 2), 0.001).unwrap();
    assert!(new.threshold().is_none());
    assert!(matches!(new.with_threshold(fit(ThresholdKind::Quantile, 0.001)), Err(Error::TooFewScores { needed: 999, found: 50, .. })));
}

#[test]
fn what_cannot_calibrate_is_refused() {
    let rows = noisier(50, 2);
    let mut holed = rows.clone();
    holed[20][3] = f64::NAN;
    let narrow: Vec<Vec<f64>> = rows.iter().map(|row| row[1..].to_vec()).collect();
    let refused = |rows: &[Vec<f64>], alert_rate| recalibrated(quick_model(), rows, alert_rate).unwrap_err();
    assert!(matches!(refused(&holed, 0.1), Error::NotFinite { row: 20, feature: 3, .. }));
    assert!(matches!(refused(&narrow, 0.1), Error::FeatureCount { row: 0, expected: 8, found: 7 }));
    assert!(matches!(refused(&rows[..1], 0.1), Error::TooFewRows { found: 1 }));
    assert!(matches!(refused(&rows, 0.6), Error::Hyperparameter { name: "alert_rate", .. }));
    let stopped = quick_model().recalibrated(&matrix(&rows), ThresholdKind::Quantile, 0.1, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Stopped)));
}
