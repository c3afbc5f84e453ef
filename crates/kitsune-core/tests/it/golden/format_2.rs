//! A model of format 2 with all parts, as version 0.1.0 saved it at commit d38510d.

use burn::tensor::TensorData;
use kitsune_core::{Kitsune, ScoreKind, ScoreOptions};
use serde::Deserialize;

use crate::bridge::matrix;
use crate::taken_apart::{Parts, file_bytes};
use crate::{TestBackend, device};

/// What the version that saved the file computed from some rows, by `NdArray`.
#[derive(Deserialize)]
struct Golden {
    format: u32,
    clusters: Vec<Vec<usize>>,
    rows: Vec<Vec<f64>>,
    combined: Vec<f32>,
    tails: Vec<f32>,
    body: Vec<f32>,
    prototypes: Vec<f32>,
    head: Vec<f32>,
    threshold: f32,
    /// Feature, expected value and deviations of the strongest reasons of each row.
    reasons: Vec<Vec<(usize, f64, f32)>>,
}

const FILE: &[u8] = include_bytes!("../../golden/format_2.safetensors");

/// Allowed difference, in parts of the value: vector registers of another width add up dense products in another order.
const TOLERANCE: f64 = 1e-6;

#[test]
fn a_model_of_format_2_scores_as_the_version_that_saved_it() {
    let golden: Golden = serde_json::from_str(include_str!("../../golden/format_2.json")).unwrap();
    assert_eq!(golden.format, 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, FILE).unwrap();
    let model = Kitsune::<TestBackend>::from_pretrained(&path, &device()).unwrap();
    check(&model, &golden);
    // Also as a file of this version, with the same tensors.
    let again = file_bytes(&model);
    assert_eq!(Parts::of(&again).document["format"], 4);
    let (before, after) = (Parts::of(FILE), Parts::of(&again));
    assert!(before.tensors.keys().eq(after.tensors.keys()));
    assert!(before.tensors.iter().all(|(name, tensor)| after.tensors[name].bytes == tensor.bytes));
    check(&Kitsune::from_bytes(&again, &device()).unwrap(), &golden);
}

/// Some of the rows have values beyond the range of the training rows, which the model does not know.
fn check(model: &Kitsune<TestBackend>, golden: &Golden) {
    assert!(model.range().is_none() && model.reading().is_none());
    assert_eq!(model.feature_map().clusters(), golden.clusters);
    assert_eq!(model.threshold().unwrap().value(), golden.threshold);
    assert_eq!((model.summary().rows, model.config().prototypes, model.columns().unwrap()[6].as_str()), (Some(2_400), 16, "column 6"));
    let rows: TensorData = matrix(&golden.rows);
    let Golden { combined, tails, body, prototypes, head, .. } = golden;
    let counted = model.score_rows(&rows, &ScoreOptions::new()).unwrap().outside;
    assert!(counted > 0);
    let kinds = [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Body, ScoreKind::Prototypes, ScoreKind::Head];
    for (kind, expected) in kinds.into_iter().zip([combined, tails, body, prototypes, head]) {
        let found = model.score_rows(&rows, &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            assert_close(f64::from(found), f64::from(*expected), &format!("{kind:?}"));
        }
    }
    let reasons = model.reasons(&rows, 0..rows.shape[0], 2).unwrap();
    assert_eq!(reasons.iter().map(Vec::len).collect::<Vec<_>>(), golden.reasons.iter().map(Vec::len).collect::<Vec<_>>());
    for (found, expected) in reasons.iter().zip(&golden.reasons) {
        for (found, &(feature, value, deviations)) in found.iter().zip(expected) {
            assert_eq!(found.feature, feature);
            assert_close(found.expected, value, "expected value");
            assert_close(f64::from(found.deviations), f64::from(deviations), "deviations");
        }
    }
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE * expected.abs().max(1.0), "{what}: {found} instead of {expected}");
}
