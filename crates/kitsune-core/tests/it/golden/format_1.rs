//! A model of format 1, which had tails, head and one calibration, and nothing else.

use burn::tensor::TensorData;
use kitsune_core::kinds::{InputScaling, ThresholdKind};
use kitsune_core::{Error, Kitsune, ScoreKind, ScoreOptions};
use serde::Deserialize;

use crate::bridge::matrix;
use crate::decisions::fit;
use crate::taken_apart::{Parts, file_bytes};
use crate::{TestBackend, device};

/// What the version that saved the file made of some rows.
#[derive(Deserialize)]
struct Golden {
    format: u32,
    clusters: Vec<Vec<usize>>,
    rows: Vec<Vec<f64>>,
    tails: Vec<f32>,
    head: Vec<f32>,
}

fn load(bytes: &[u8]) -> Result<Kitsune<TestBackend>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    Kitsune::from_pretrained(&path, &device())
}

const FILE: &[u8] = include_bytes!("../../golden/format_1.safetensors");

#[test]
fn a_model_of_format_1_scores_as_the_version_that_saved_it() {
    let golden: Golden = serde_json::from_str(include_str!("../../golden/format_1.json")).unwrap();
    assert_eq!(golden.format, 1);
    let model = load(FILE).unwrap();
    check(&model, &golden);
    // Also as a file of this version.
    let again = file_bytes(&model);
    assert_eq!(Parts::of(&again).document["format"], 5);
    check(&load(&again).unwrap(), &golden);
    assert_eq!(file_bytes(&load(&again).unwrap()), again);
}

fn check(model: &Kitsune<TestBackend>, golden: &Golden) {
    let config = model.config();
    assert_eq!((config.score, config.inputs, config.learning_rate), (ScoreKind::Tails, InputScaling::MinMax, None));
    assert_eq!((config.body_ratio, config.prototypes, config.trim, config.hold_out), (None, 0, 0.0, 0.0));
    assert_eq!(model.feature_map().clusters(), golden.clusters);
    assert_eq!(model.columns().unwrap()[6], "column 6");
    assert_eq!((model.summary().rows, model.summary().held_out, model.summary().body_loss), (Some(150), 0, None));
    assert!(model.range().is_none() && model.reading().is_none());
    assert!(model.means().is_some() && model.normal_scores().is_none() && model.threshold().is_none());

    let rows: TensorData = matrix(&golden.rows);
    // Combined is, of a model that has the tails alone, their score.
    for (kind, expected) in [(ScoreKind::Tails, &golden.tails), (ScoreKind::Combined, &golden.tails), (ScoreKind::Head, &golden.head)] {
        for (found, expected) in model.score_rows(&rows, &ScoreOptions::new().with_score(kind)).unwrap().scores.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{kind:?}: {found} instead of {expected}");
        }
    }
    for kind in [ScoreKind::Body, ScoreKind::Prototypes, ScoreKind::Neighbours, ScoreKind::Marginals] {
        assert!(matches!(model.score_rows(&rows, &ScoreOptions::new().with_score(kind)), Err(Error::NoSuchScore { .. })));
    }
    assert!(matches!(model.clone().with_threshold(fit(ThresholdKind::Quantile, 0.1)), Err(Error::NoScores)));
    let reasons = model.reasons(&rows, 0..rows.shape[0], 2).unwrap();
    assert!(reasons.iter().flatten().all(|reason| reason.expected.is_finite() && reason.deviations >= 0.0));
}
