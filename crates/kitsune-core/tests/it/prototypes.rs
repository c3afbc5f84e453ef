//! Prototypes, against distances computed one by one, and where there are few rows to find them in.

use burn::backend::Autodiff;
use burn::optim::AdamConfig;
use burn::tensor::TensorData;
use burn_flex::{Flex, FlexDevice};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::scaler::Scaler;
use kitsune_core::{Kitsune, ScoreKind, ScoreOptions, Trainer};

use crate::bridge::{matrix, numbers, tensor};
use crate::random::Random;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

/// The prototypes of a file, in 0-1: [prototypes][features].
fn prototypes(parts: &Parts) -> Vec<Vec<f64>> {
    let middle = parts.values("prototypes.middle");
    let add = |centre: &[f64]| centre.iter().zip(&middle).map(|(value, middle)| value + middle).collect();
    parts.values("prototypes.centres").chunks(middle.len()).map(add).collect()
}

fn distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).powi(2)).sum::<f64>().sqrt()
}

/// Mean distance of each row to the nearest four of the prototypes.
fn scalar_distances(model: &Kitsune<TestBackend>, rows: &[Vec<f64>]) -> Vec<f64> {
    let prototypes = prototypes(&Parts::of_model(model));
    let scaled: Vec<f64> = model.scaler().transform(matrix(rows)).unwrap().data.iter::<f64>().collect();
    let of_row = |row: &[f64]| {
        let mut distances: Vec<f64> = prototypes.iter().map(|prototype| distance(row, prototype)).collect();
        distances.sort_by(f64::total_cmp);
        distances.truncate(4);
        distances.iter().sum::<f64>() / distances.len() as f64
    };
    scaled.chunks(rows[0].len()).map(of_row).collect()
}

fn check_distances(model: &Kitsune<TestBackend>, rows: &[Vec<f64>], tolerance: f64) {
    let found = numbers(model.forward(tensor(rows)).prototypes.unwrap());
    let expected = scalar_distances(model, rows);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn a_distance_is_the_mean_of_those_to_the_nearest_four() {
    for count in [1, 3, 4, 5, 30, 128] {
        let model: Kitsune<TestBackend> = quick().with_prototypes(count).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
        assert_eq!(prototypes(&Parts::of_model(&model)).len(), count);
        // Far from every prototype; a row that is one would be as far from itself as the root of what a square was rounded by.
        check_distances(&model, &Random::new(2).rows(100, 8), 1e-5);
        check_distances(&model, &factor_rows(200, 1), 1e-3);
    }
}

#[test]
fn where_fewer_rows_differ_than_prototypes_are_asked_for_each_of_them_is_one() {
    let different = [[0.0, 1.0, 0.5], [1.0, 0.0, 0.25], [0.5, 0.5, 0.0], [0.25, 0.75, 1.0], [1.0, 1.0, 1.0]];
    for count in [1, 2, 3, 5] {
        let rows: Vec<Vec<f64>> = (0..60).map(|row| different[row % count.max(2)].to_vec()).collect();
        let model: Kitsune<TestBackend> = quick().fit(&matrix(&rows), &device()).unwrap();
        let mut found = prototypes(&Parts::of_model(&model));
        assert_eq!(found.len(), count.max(2));
        for row in &rows {
            let scaled: Vec<f64> = model.scaler().transform(matrix(std::slice::from_ref(row))).unwrap().data.iter::<f64>().collect();
            assert!(found.iter().any(|prototype| distance(prototype, &scaled) < 1e-6), "{row:?} is none of {found:?}");
        }
        found.dedup();
        assert_eq!(found.len(), count.max(2));
        check_distances(&model, &rows, 1e-3);
        check_distances(&model, &Random::new(3).rows(20, 3), 1e-5);
    }
}

#[test]
fn one_row_is_a_sample_too() {
    let map = FeatureMap::new(3, vec![vec![0, 1, 2]], Coverage::Exact).unwrap();
    let ensemble = quick().init::<Autodiff<TestBackend>>(&map, &device()).unwrap();
    let scaler = Scaler::min_max(vec![0.0; 3], vec![2.0; 3]).unwrap();
    let mut trainer = Trainer::new(ensemble, scaler, AdamConfig::new().init()).unwrap();
    let row = vec![1.0, 0.5, 2.0];
    trainer.step(matrix(std::slice::from_ref(&row)), 0.01).unwrap();
    let model = trainer.finish(matrix(std::slice::from_ref(&row)), None).unwrap();

    let parts = Parts::of_model(&model);
    assert_eq!(prototypes(&parts), [[0.5, 0.25, 1.0]]);
    check_distances(&model, &Random::new(4).rows(10, 3), 1e-5);
    // Without a second row every unit is the least one, and the row itself is its own 90th percentile, whose surprise is ln 11.
    assert_eq!(parts.values("calibration.features")[3..], [f64::from(0.01_f32); 3]);
    for kind in [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Body, ScoreKind::Prototypes] {
        let scores = model.score_rows(&matrix(&[row.clone(), vec![0.0, 2.0, 0.0]]), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert!((scores[0] - 11.0_f32.ln()).abs() < 1e-3 && scores[1] > 4.0 && scores[1].is_finite(), "{kind:?}: {scores:?}");
    }
}

#[test]
fn prototypes_are_the_same_on_every_backend() {
    let rows = matrix(&factor_rows(300, 5));
    let expected = Parts::of(&file_bytes(&quick().fit(&rows, &device()).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    quick().fit::<Flex>(&rows, &FlexDevice).unwrap().save(&path).unwrap();
    let found = Parts::of(&std::fs::read(path).unwrap());
    for name in ["prototypes.centres", "prototypes.middle"] {
        assert_eq!(found.values(name), expected.values(name), "{name}");
    }
}

#[test]
fn rows_of_another_kind_at_the_end_have_prototypes_too() {
    // More rows than k-means looks at; the last fifth is of another kind.
    let mut random = Random::new(6);
    let rows: Vec<Vec<f64>> = (0..6_000)
        .map(|row| {
            let base = if row < 4_800 { 0.0 } else { 0.8 };
            (0..3).map(|_| base + random.uniform(0.0, 0.2)).collect()
        })
        .collect();
    let config = quick().with_epochs(Some(1)).with_batch_size(Some(1_000)).with_hold_out(0.0);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&rows), &device()).unwrap();
    let late = prototypes(&Parts::of_model(&model)).into_iter().filter(|prototype| prototype[0] > 0.7).count();
    assert!((10..=64).contains(&late), "{late} of 128");
    let scores = model
        .score_rows(&TensorData::new(vec![0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [2, 3]), &ScoreOptions::new().with_score(ScoreKind::Prototypes))
        .unwrap()
        .scores;
    assert!((scores[0] / scores[1] - 1.0).abs() < 0.5, "{scores:?}");
}

#[test]
fn a_model_of_one_seed_has_one_set_of_prototypes() {
    let of = |seed: u64| {
        let model: Kitsune<TestBackend> =
            quick().with_prototypes(20).with_seed(seed).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
        prototypes(&Parts::of_model(&model))
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    // They stand for rows: none is farther from its nearest row than rows are from one another on average.
    let model = quick_model();
    let rows: Vec<f64> = model.scaler().transform(matrix(&factor_rows(200, 1))).unwrap().data.iter::<f64>().collect();
    let rows: Vec<&[f64]> = rows.chunks(8).collect();
    let nearest = |prototype: &[f64]| rows.iter().map(|row| distance(row, prototype)).fold(f64::INFINITY, f64::min);
    assert!(prototypes(&Parts::of_model(&model)).iter().all(|prototype| nearest(prototype) < 0.2));
}
