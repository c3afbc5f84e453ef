//! Models of formats 2 to 4, as builds that wrote these formats saved them: format 2 at commit d38510d, format 3 at 10767ba, format 4 at 8864bd1.

use burn::tensor::TensorData;
use kitsune_core::kinds::CorrelationDistance;
use kitsune_core::{Error, Kitsune, ScoreKind, ScoreOptions};
use serde::Deserialize;

use crate::bridge::matrix;
use crate::taken_apart::{Parts, file_bytes};
use crate::{TestBackend, device};

/// What the build that saved a file computed from some rows, by `NdArray`.
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
    /// Of models that store rows.
    neighbours: Option<Vec<f32>>,
    threshold: f32,
    /// Feature, expected value and deviations of the strongest reasons of each row.
    reasons: Vec<Vec<(usize, f64, f32)>>,
}

/// Allowed difference, in parts of the value: vector registers of another width add up dense products in another order.
const TOLERANCE: f64 = 1e-6;

/// The weights that format 4 had in the build, in the order of the parts.
const WEIGHTS_OF_FORMAT_4: [f64; 8] = [2.0, 0.0, 1.0 / 3.0, 0.0, 1.0, 1.0, 3.0, 0.0];

fn check_format(number: u32, file: &[u8], golden: &str) {
    let golden: Golden = serde_json::from_str(golden).unwrap();
    assert_eq!((golden.format, &Parts::of(file).document["format"]), (number, &number.into()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, file).unwrap();
    let model = Kitsune::<TestBackend>::from_pretrained(&path, &device()).unwrap();
    check(&model, &golden);
    // Also as a file of this version, with the same tensors.
    let again = file_bytes(&model);
    assert_eq!(Parts::of(&again).document["format"], 5);
    let (before, after) = (Parts::of(file), Parts::of(&again));
    assert!(before.tensors.keys().eq(after.tensors.keys()));
    for (name, tensor) in &before.tensors {
        match (name.as_str(), number) {
            // There are more kinds of scores, and the model lacks them.
            ("calibration.excess", _) => {
                let (mut expected, found) = (before.values(name), after.values(name));
                expected.resize(found.len(), 0.0);
                assert_eq!((expected, found.len()), (found.clone(), 7));
            }
            // There is one more part, and the weights are stated.
            ("calibration.parts", 4) => {
                let parts = before.values(name);
                let expected = [&parts[..7], &[0.0], &parts[7..], &[1.0], &WEIGHTS_OF_FORMAT_4].concat();
                assert!(expected.iter().zip(after.values(name)).all(|(expected, found)| (expected - found).abs() < 1e-7));
            }
            _ => assert!(after.tensors[name].bytes == tensor.bytes, "{name}"),
        }
    }
    check(&Kitsune::from_bytes(&again, &device()).unwrap(), &golden);
}

#[test]
fn a_model_of_format_2_scores_as_the_build_that_saved_it() {
    check_format(2, include_bytes!("../../golden/format_2.safetensors"), include_str!("../../golden/format_2.json"));
}

#[test]
fn a_model_of_format_3_scores_as_the_build_that_saved_it() {
    check_format(3, include_bytes!("../../golden/format_3.safetensors"), include_str!("../../golden/format_3.json"));
}

#[test]
fn a_model_of_format_4_scores_as_the_build_that_saved_it() {
    check_format(4, include_bytes!("../../golden/format_4.safetensors"), include_str!("../../golden/format_4.json"));
}

/// Some of the rows have values beyond the range of the training rows, which a model of format 2 does not know.
fn check(model: &Kitsune<TestBackend>, golden: &Golden) {
    let Golden { format, combined, tails, body, prototypes, head, neighbours, .. } = golden;
    assert!(model.range().is_some() == (*format > 2) && model.reading().is_none());
    let (distance, stored) = if *format > 3 { (CorrelationDistance::Absolute, 40) } else { (CorrelationDistance::Signed, 0) };
    assert_eq!((model.config().map_distance, model.stored_rows()), (distance, stored));
    assert_eq!(model.feature_map().clusters(), golden.clusters);
    assert_eq!(model.threshold().unwrap().value(), golden.threshold);
    assert_eq!((model.summary().rows, model.config().prototypes, model.columns().unwrap()[6].as_str()), (Some(2_400), 16, "column 6"));
    let rows: TensorData = matrix(&golden.rows);
    assert!(model.score_rows(&rows, &ScoreOptions::new()).unwrap().outside > 0);
    for (kind, expected) in [
        (ScoreKind::Combined, Some(combined)),
        (ScoreKind::Tails, Some(tails)),
        (ScoreKind::Body, Some(body)),
        (ScoreKind::Prototypes, Some(prototypes)),
        (ScoreKind::Head, Some(head)),
        (ScoreKind::Neighbours, neighbours.as_ref()),
        (ScoreKind::Marginals, None),
    ] {
        let found = model.score_rows(&rows, &ScoreOptions::new().with_score(kind));
        let Some(expected) = expected else {
            assert!(matches!(found, Err(Error::NoSuchScore { part }) if part == kind.to_string()), "{kind}");
            continue;
        };
        let found = found.unwrap().scores;
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            assert_close(f64::from(found), f64::from(*expected), &kind.to_string());
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
