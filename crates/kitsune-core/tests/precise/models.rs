//! Finished models in f64: they are trained, saved and loaded like any others.

use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::kinds::Named;
use kitsune_core::{Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::{matrix, numbers, tensor};
use crate::random::Random;
use crate::{TestBackend, device};

/// Two columns that go together, a skewed one, one of its own and a constant one.
fn rows(count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut row = || {
        let (a, b) = (random.uniform(0.0, 1.0), random.uniform(0.0, 1.0));
        vec![a, 2.0 * a, random.uniform(0.0, 1.0).powi(12), b, 7.25]
    };
    (0..count).map(|_| row()).collect()
}

#[test]
fn a_model_of_f32_scores_in_f64_as_it_did() {
    let model: Kitsune<NdArray> =
        KitsuneConfig::new().with_epochs(Some(5)).with_trim(0.0).fit(&matrix(&rows(200, 1)), &NdArrayDevice::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let in_f64 = Kitsune::<TestBackend>::from_pretrained(&path, &device()).unwrap();
    let mut asked = rows(50, 2);
    // Beyond the range of each column, also by next to nothing of the constant one.
    asked.extend([vec![-20.0, 2.5, 1e3, 1e9, 7.25], vec![0.5, 1.0, -0.5, 0.5, 7.25 + 1e-9]]);
    for &kind in ScoreKind::ALL {
        let expected = model.score_rows(&matrix(&asked), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        let found = in_f64.score_rows(&matrix(&asked), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        // Rows that the device scales in f64 are scaled as the host does it.
        let on_device = numbers(in_f64.score(tensor(&asked), &ScoreOptions::new().with_score(kind)).unwrap());
        for ((found, on_device), expected) in found.into_iter().zip(on_device).zip(expected) {
            assert!((found - expected).abs() <= 1e-4 * (1.0 + expected), "{kind:?}: {found} instead of {expected}");
            assert!((on_device - f64::from(found)).abs() <= 1e-4 * (1.0 + on_device), "{kind:?}: {on_device} instead of {found}");
        }
    }
    assert_eq!(in_f64.reasons(&matrix(&asked), 0..50, 2).unwrap().len(), 50);
}

#[test]
fn the_default_training_runs_in_f64() {
    let model: Kitsune<TestBackend> = KitsuneConfig::new().with_epochs(Some(2)).fit(&matrix(&rows(200, 1)), &device()).unwrap();
    let mut asked = rows(20, 2);
    asked.push(vec![0.9, 0.2, 0.9, 0.5, 7.0]);
    for &kind in ScoreKind::ALL {
        let scores = model.score_rows(&matrix(&asked), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert!(scores.iter().all(|score| score.is_finite() && *score >= 0.0), "{kind:?}: {scores:?}");
        assert!(kind == ScoreKind::Head || scores[..20].iter().all(|score| *score < scores[20]), "{kind:?}: {scores:?}");
    }
}
