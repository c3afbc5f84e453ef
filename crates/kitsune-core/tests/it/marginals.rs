//! How rare each value is in its own feature, against histograms that are counted one value after another.

use kitsune_core::{Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::{matrix, numbers, tensor};
use crate::random::Random;
use crate::taken_apart::Parts;
use crate::training::{auc, factor_rows, quick};
use crate::{TestBackend, device};

const BINS: usize = 24;

fn scaled(model: &Kitsune<TestBackend>, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let values: Vec<f64> = model.scaler().transform(matrix(rows)).unwrap().data.iter::<f64>().collect();
    values.chunks(rows[0].len()).map(<[f64]>::to_vec).collect()
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let apart = |values: &[f64]| {
        let middle = mean(values.iter().copied());
        values.iter().map(|value| value - middle).collect::<Vec<f64>>()
    };
    let product = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f64>();
    let (left, right) = (apart(left), apart(right));
    product(&left, &right) / (product(&left, &left) * product(&right, &right)).sqrt()
}

/// Value of a line through points at the centres of the bins, level beyond the outer ones.
fn interpolated(points: &[f64], x: f64) -> f64 {
    let centre = |bin: usize| (bin as f64 + 0.5) / BINS as f64;
    match (0..BINS).find(|&bin| x < centre(bin)) {
        Some(0) => points[0],
        Some(bin) => points[bin - 1] + (points[bin] - points[bin - 1]) * (x - centre(bin - 1)) * BINS as f64,
        None => points[BINS - 1],
    }
}

/// What each value of rows adds to their rarity: [rows][features].
fn rarities(model: &Kitsune<TestBackend>, training: &[Vec<f64>], rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let (training, features) = (scaled(model, training), training[0].len());
    let columns: Vec<Vec<f64>> = (0..features).map(|feature| training.iter().map(|row| row[feature]).collect()).collect();
    let alike = |feature: usize| model.feature_map().clusters().iter().filter(move |cluster| cluster.contains(&feature)).flatten();
    let repeated = |feature: usize| alike(feature).map(|&other| correlation(&columns[feature], &columns[other]).powi(2)).sum::<f64>();
    let weights: Vec<f64> = (0..features).map(|feature| 1.0 / repeated(feature)).collect();
    let lines: Vec<(Vec<f64>, f64, f64)> = columns
        .iter()
        .map(|column| {
            let count = |bin: usize| column.iter().filter(|&&x| ((x * BINS as f64) as usize).min(BINS - 1) == bin).count() as f64 + 0.5;
            let all = column.len() as f64 + 0.5 * BINS as f64;
            let line: Vec<f64> = (0..BINS).map(|bin| -(count(bin) / all * BINS as f64).ln()).collect();
            let found: Vec<f64> = column.iter().map(|&x| interpolated(&line, x)).collect();
            let middle = mean(found.iter().copied());
            let deviation = mean(found.iter().map(|value| (value - middle).powi(2))).sqrt();
            (line, middle, deviation + 0.1)
        })
        .collect();
    let of = |feature: usize, x: f64| {
        let (line, middle, unit) = &lines[feature];
        (interpolated(line, x) - middle) / unit * weights[feature] / weights.iter().sum::<f64>()
    };
    scaled(model, rows).iter().map(|row| row.iter().enumerate().map(|(feature, &x)| of(feature, x)).collect()).collect()
}

#[test]
fn a_rarity_is_the_mean_of_standardised_logarithms_of_densities() {
    let repeated = |row: Vec<f64>| [&row[..], &row[..3]].concat();
    let [narrow, wide] = [|row: Vec<f64>| row, repeated];
    for (count, change) in [(300, narrow as fn(Vec<f64>) -> Vec<f64>), (2_000, wide), (4_096, narrow), (20, narrow)] {
        let training: Vec<Vec<f64>> = factor_rows(count, 1).into_iter().map(change).collect();
        let model: Kitsune<TestBackend> = quick().with_trim(0.0).with_hold_out(0.0).fit(&matrix(&training), &device()).unwrap();
        let rows = [training[..20].to_vec(), Random::new(2).rows(40, training[0].len())].concat();
        let expected: Vec<f64> = rarities(&model, &training, &rows).iter().map(|row| row.iter().sum()).collect();
        let by_rows = model.score_rows(&matrix(&rows), &ScoreOptions::new().with_score(ScoreKind::Combined).with_errors()).unwrap();
        let by_rows: Vec<f64> = by_rows.errors.unwrap().marginals.unwrap().into_iter().map(f64::from).collect();
        for found in [numbers(model.forward(tensor(&rows)).marginals.unwrap()), by_rows] {
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found} instead of {expected} of {count}");
            }
        }
    }
}

#[test]
fn values_between_bins_and_outside_the_range_of_the_training_rows_have_a_rarity() {
    let training = factor_rows(500, 1);
    let model: Kitsune<TestBackend> = quick().with_trim(0.0).with_hold_out(0.0).fit(&matrix(&training), &device()).unwrap();
    // One feature in steps of a tenth of a bin, from well below its minimum to well above its maximum.
    let (least, most) = training.iter().fold((f64::MAX, f64::MIN), |(least, most), row| (row[3].min(least), row[3].max(most)));
    let row = |at: usize| {
        let mut row = training[0].clone();
        row[3] = least + (at as f64 / 240.0 - 0.2) * (most - least);
        row
    };
    let rows: Vec<Vec<f64>> = (0..340).map(row).collect();
    let found = numbers(model.forward(tensor(&rows)).marginals.unwrap());
    for (found, row) in found.iter().zip(rarities(&model, &training, &rows)) {
        let expected: f64 = row.iter().sum();
        assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found} instead of {expected}");
    }
    assert_eq!((found[0], found[339]), (found[47], found[292]));
}

/// Rows of ten kinds, or the same with rare values in five of the eight columns, those of a kind nearly equal.
fn kinds(count: usize, seed: u64, burst: bool) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let centres = Random::new(77).rows(10, 8);
    let row = |_| {
        let mut row = centres[random.below(10)].clone();
        if burst {
            row[..5].copy_from_slice(&[1.5, -0.5, 1.5, -0.5, 1.5]);
        }
        let noise = if burst { 0.002 } else { 0.02 };
        for value in &mut row {
            *value += random.uniform(-noise, noise);
        }
        row
    };
    (0..count).map(row).collect()
}

#[test]
fn a_burst_among_the_training_rows_stays_rare_though_its_rows_are_neighbours() {
    let training = [kinds(2_000, 1, false), kinds(60, 2, true)].concat();
    let config = KitsuneConfig::new().with_epochs(Some(10)).with_trim(0.0);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&training), &device()).unwrap();
    let [normal, burst] = [kinds(400, 3, false), kinds(40, 4, true)].map(|rows| {
        [ScoreKind::Marginals, ScoreKind::Neighbours]
            .map(|kind| model.score_rows(&matrix(&rows), &ScoreOptions::new().with_score(kind)).unwrap().scores)
    });
    let [marginals, neighbours] = [0, 1].map(|kind| auc(&normal[kind], &burst[kind]));
    assert!(marginals > 0.99 && neighbours < 0.95, "{marginals}, {neighbours}");
}

#[test]
fn a_file_with_other_weights_scores_by_them_and_one_without_any_is_refused() {
    let rows = matrix(&factor_rows(100, 2));
    let model: Kitsune<TestBackend> = quick().fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    let scores = |model: &Kitsune<TestBackend>, kind| model.score_rows(&rows, &ScoreOptions::new().with_score(kind)).unwrap().scores;
    let with = |weights: [f32; 8]| {
        let mut parts = Parts::of_model(&model);
        weights.into_iter().enumerate().for_each(|(at, weight)| parts.tensor("calibration.parts").put(16 + at, weight));
        Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).map_err(|error| error.to_string())
    };
    // Next to nothing but the marginals counts.
    let of_marginals = with([1e-12, 0.0, 1e-12, 0.0, 1e-12, 1e-12, 1e-12, 1.0]).unwrap();
    let (found, expected) = (scores(&of_marginals, ScoreKind::Combined), scores(&model, ScoreKind::Marginals));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 0.02 * expected + 0.02, "{found} instead of {expected}");
    }
    let error = with([1.0, 0.0, 0.5, 0.0, 0.25, 1.0, 3.0, 0.0]).unwrap_err();
    assert!(error.contains("no part of the score marginals has a weight"), "{error}");
    for weight in [-1.0, f32::NAN, 1e9] {
        assert!(with([weight, 0.0, 0.5, 0.0, 0.25, 1.0, 3.0, 1.5]).is_err(), "{weight}");
    }
}
