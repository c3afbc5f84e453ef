//! Stored training rows, against distances computed one by one, and the whitening of residuals, against what it is to do.

use burn_flex::{Flex, FlexDevice};
use kitsune_core::{Error, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::{matrix, numbers, read, tensor};
use crate::random::Random;
use crate::reference::Hidden;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::{factor_rows, quick};
use crate::{TestBackend, device};

const NEAREST: usize = 5;
const AXES: usize = 16;

/// What rows are compared by: their values in 0-1 times the scale, and the whitened residuals of the body, or without one of the tails; of
/// wide rows the projection of these.
fn compared(model: &Kitsune<TestBackend>, parts: &Parts, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let weights = read(model.ensemble());
    let name = if weights.body.is_some() { "body" } else { "tails" };
    let (means, whitening) = (parts.values(&format!("residuals.{name}.mean")), parts.values(&format!("residuals.{name}.whitening")));
    let visible = whitening.len() / means.len();
    let scaled: Vec<f64> = model.scaler().transform(matrix(rows)).unwrap().data.iter::<f64>().collect();
    let scale = parts.values("neighbours.scale")[0];
    let of_row = |x: &[f64]| {
        let mut all: Vec<f64> = x.iter().map(|value| value * scale).collect();
        let by_body = weights.body.as_ref().map(|body| body.forward(x, Hidden::Tanh).output);
        for (at, (cluster, tail)) in weights.clusters.iter().zip(&weights.tails).enumerate() {
            let input: Vec<f64> = cluster.iter().map(|&feature| x[feature]).collect();
            let outputs = match &by_body {
                Some(by_body) => cluster.iter().map(|&feature| by_body[feature]).collect(),
                None => tail.forward(&input, Hidden::Tanh).output,
            };
            let residuals: Vec<f64> =
                outputs.iter().zip(&input).enumerate().map(|(unit, (y, x))| y - x - means[at * visible + unit]).collect();
            let weight = |unit: usize, column: usize| whitening[(at * visible + unit) * visible + column];
            let whitened =
                |column: usize| residuals.iter().enumerate().map(|(unit, residual)| residual * weight(unit, column)).sum::<f64>();
            all.extend((0..cluster.len()).map(whitened));
        }
        all
    };
    let all = scaled.chunks(rows[0].len()).map(of_row);
    if !parts.tensors.contains_key("neighbours.axes") {
        return all.collect();
    }
    let axes = parts.values("neighbours.axes");
    let project =
        |row: Vec<f64>| (0..AXES).map(|axis| row.iter().enumerate().map(|(at, value)| value * axes[at * AXES + axis]).sum()).collect();
    all.map(project).collect()
}

/// The stored rows of a file.
fn stored(parts: &Parts) -> Vec<Vec<f64>> {
    let middle = parts.values("neighbours.middle");
    let add = |row: &[f64]| row.iter().zip(&middle).map(|(value, middle)| value + middle).collect();
    parts.values("neighbours.rows").chunks(middle.len()).map(add).collect()
}

/// Distances and positions of the nearest of some rows but one.
fn nearest(row: &[f64], rows: &[Vec<f64>], but: Option<usize>) -> Vec<(f64, usize)> {
    let distance = |other: &[f64]| row.iter().zip(other).map(|(left, right)| (left - right).powi(2)).sum::<f64>().sqrt();
    let mut all: Vec<(f64, usize)> =
        rows.iter().enumerate().filter(|&(at, _)| Some(at) != but).map(|(at, other)| (distance(other), at)).collect();
    all.sort_by(|left, right| left.0.total_cmp(&right.0));
    all.truncate(NEAREST);
    all
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

#[test]
fn a_distance_is_the_mean_to_the_nearest_over_their_spreads() {
    let wide = |rows, seed| factor_rows(rows, seed).into_iter().map(|row| row.repeat(3)).collect::<Vec<_>>();
    for (training, rows, count, body) in [
        (factor_rows(300, 1), factor_rows(60, 2), 2, Some(0.75)),
        (factor_rows(300, 1), factor_rows(60, 2), 4, None),
        (factor_rows(300, 1), factor_rows(60, 2), 40, Some(0.75)),
        (factor_rows(300, 1), factor_rows(60, 2), 300, None),
        (factor_rows(300, 1), factor_rows(60, 2), 1_024, Some(0.75)),
        (wide(300, 1), wide(60, 2), 1_024, Some(0.75)),
        (wide(300, 1), wide(60, 2), 5, None),
    ] {
        let config = quick().with_neighbours(count).with_body_ratio(body);
        let model: Kitsune<TestBackend> = config.fit(&matrix(&training), &device()).unwrap();
        let parts = Parts::of_model(&model);
        let stored = stored(&parts);
        assert_eq!((stored.len(), model.stored_rows()), (count.min(300), count.min(300)));
        let spreads: Vec<f64> = stored
            .iter()
            .enumerate()
            .map(|(at, row)| mean(nearest(row, &stored, Some(at)).iter().map(|found| found.0)).max(1e-3).sqrt())
            .collect();
        for (found, expected) in parts.values("neighbours.spreads").iter().zip(&spreads) {
            assert!((found - expected).abs() < 1e-3 * expected, "{found} instead of {expected}");
        }
        let rows = [rows, Random::new(3).rows(60, training[0].len())].concat();
        let found = numbers(model.forward(tensor(&rows)).neighbours.unwrap());
        for ((row, found), compared) in rows.iter().zip(found).zip(compared(&model, &parts, &rows)) {
            let near = nearest(&compared, &stored, None);
            let expected = mean(near.iter().map(|found| found.0)) / mean(near.iter().map(|&(_, at)| spreads[at]));
            assert!((found - expected).abs() < 2e-3 * expected.max(1.0), "{row:?}: {found} instead of {expected} of {count}");
        }
        // A stored row is a training row.
        let all = compared(&model, &parts, &training);
        let is_there = |row: &Vec<f64>| nearest(row, &all, None)[0].0 < 1e-2;
        assert!(stored.iter().all(is_there));
    }
}

#[test]
fn no_training_row_is_stored_where_none_may_be() {
    let model: Kitsune<TestBackend> = quick().with_neighbours(0).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    assert_eq!(model.stored_rows(), 0);
    assert!(!Parts::of_model(&model).tensors.keys().any(|name| name.starts_with("neighbours")));
    let options = ScoreOptions::new().with_score(ScoreKind::Neighbours);
    assert!(matches!(model.score_rows(&matrix(&factor_rows(3, 1)), &options), Err(Error::NoSuchScore { part: "neighbours" })));
    for (count, score) in [(0, ScoreKind::Neighbours), (KitsuneConfig::MOST_NEIGHBOURS + 1, ScoreKind::Combined)] {
        let error = quick().with_neighbours(count).with_score(score).validate().unwrap_err();
        assert!(matches!(error, Error::Hyperparameter { name: "neighbours", .. }), "{error}");
    }
}

#[test]
fn rows_of_any_width_are_stored_as_16_numbers_on_directions_that_keep_distances() {
    let rows = Random::new(5).rows(360, 3_000);
    let config = quick()
        .with_epochs(Some(1))
        .with_batch_size(Some(360))
        .with_mapper_rows(Some(2))
        .with_body_ratio(None)
        .with_trim(0.0)
        .with_prototypes(0);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&rows), &device()).unwrap();
    let parts = Parts::of_model(&model);
    assert_eq!((parts.values("neighbours.rows").len(), model.stored_rows()), (360 * AXES, 360));
    let axes = parts.values("neighbours.axes");
    let width = axes.len() / AXES;
    assert_eq!(width, 6_000);
    for (left, right) in (0..AXES).flat_map(|left| (0..AXES).map(move |right| (left, right))) {
        let product: f64 = axes.chunks(AXES).map(|axes| axes[left] * axes[right]).sum::<f64>() * AXES as f64 / width as f64;
        assert!((product - f64::from(u8::from(left == right))).abs() < 1e-4, "{left}, {right}: {product}");
    }
}

#[test]
fn a_file_may_have_more_axes_than_are_made_now() {
    let rows: Vec<Vec<f64>> = factor_rows(200, 1).into_iter().map(|row| row.repeat(3)).collect();
    let model: Kitsune<TestBackend> = quick().fit(&matrix(&rows), &device()).unwrap();
    let mut parts = Parts::of_model(&model);
    // Axes on which all rows are 0 change no distance.
    let further = 16;
    for name in ["neighbours.axes", "neighbours.rows", "neighbours.middle"] {
        let tensor = parts.tensor(name);
        let wider = tensor.bytes.chunks(4 * AXES).flat_map(|row| [row, &vec![0; 4 * further]].concat()).collect();
        *tensor.shape.last_mut().unwrap() += further;
        tensor.bytes = wider;
    }
    let read = Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).unwrap();
    let scores = |model: &Kitsune<TestBackend>| model.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores;
    for (found, expected) in scores(&read).iter().zip(scores(&model)) {
        assert!((found - expected).abs() <= 1e-4 * expected.max(1.0), "{found} instead of {expected}");
    }
    parts.tensor("neighbours.axes").shape = vec![47, AXES + further];
    parts.tensor("neighbours.axes").bytes.truncate(4 * 47 * (AXES + further));
    let error = Kitsune::<TestBackend>::from_bytes(&parts.to_bytes(), &device()).unwrap_err().to_string();
    assert!(error.contains("neighbours.axes"), "{error}");
}

#[test]
fn values_count_the_more_beside_residuals_the_less_the_features_go_together() {
    let config = quick().with_epochs(Some(1)).with_trim(0.0);
    let (rows, noise) = (Random::new(8).rows(2_000, 4), Random::new(9).rows(2_000, 4));
    // Uniform rows with equal deviations, each feature beside itself plus noise. A noise of `part` deviations leaves `u = part / sqrt(1 + part²)` of either
    // feature's deviation unexplained, and the share is `(1 - u)²`: 1, 0.81, 0.31 and 0. In clusters of 2 to 8 features the shrinkage of the covariance of
    // 2,000 rows takes 0.01 to 0.17 from it.
    for (part, least, most) in [(0.0, 0.82, 1.0), (0.1, 0.74, 0.82), (0.5, 0.28, 0.32), (100.0, 0.0, 0.03)] {
        let beside = |(row, noise): (&Vec<f64>, &Vec<f64>)| {
            let other = |at: usize| row[at] + part * noise[at];
            vec![row[0], other(0), row[1], other(1), row[2], other(2), row[3], other(3)]
        };
        let table: Vec<Vec<f64>> = rows.iter().zip(&noise).map(beside).collect();
        let model: Kitsune<TestBackend> = config.fit(&matrix(&table), &device()).unwrap();
        let scaled = model.scaler().transform(matrix(&table)).unwrap().data;
        let column = |feature: usize| scaled.iter::<f64>().skip(feature).step_by(8).collect::<Vec<_>>();
        let deviation = |values: Vec<f64>| {
            let middle = mean(values.iter().copied());
            mean(values.iter().map(|value| (value - middle).powi(2))).sqrt()
        };
        let deviations = mean((0..8).map(|feature| deviation(column(feature))));
        let share = 1.0 / (Parts::of_model(&model).values("neighbours.scale")[0] * deviations);
        assert!((least..=most).contains(&share), "{part}: {share}");
    }
}

#[test]
fn whitened_residuals_of_ordinary_rows_have_the_size_1_and_broken_ones_more() {
    for body in [Some(0.75), None] {
        let config = quick().with_epochs(Some(30)).with_body_ratio(body).with_trim(0.0);
        let model: Kitsune<TestBackend> = config.fit(&matrix(&factor_rows(1_000, 1)), &device()).unwrap();
        let sizes = |rows: &[Vec<f64>]| {
            let errors = model.forward(tensor(rows));
            [errors.tail_residuals, errors.body_residuals].into_iter().flatten().map(numbers).collect::<Vec<_>>()
        };
        let (ordinary, mut broken) = (factor_rows(1_000, 1), factor_rows(200, 3));
        broken.iter_mut().enumerate().for_each(|(at, row)| row[at % 8] = factor_rows(200, 4)[at][at % 8]);
        for (ordinary, broken) in sizes(&ordinary).iter().zip(sizes(&broken)) {
            let square = mean(ordinary.iter().map(|size| size * size));
            // Less than 1 by as much as the covariance is shrunk.
            assert!((0.5..=1.05).contains(&square), "{square}");
            assert!(mean(broken.iter().copied()) > 3.0 * mean(ordinary.iter().copied()), "{body:?}");
        }
        assert_eq!(sizes(&ordinary).len(), 1 + usize::from(body.is_some()));
    }
}

#[test]
fn columns_that_never_change_or_repeat_each_other_have_finite_scores() {
    let repeated = |row: &Vec<f64>| vec![row[0], 3.0 - 2.0 * row[0], row[0], 7.0, row[1], -5.0, row[4], row[5]];
    let rows: Vec<Vec<f64>> = factor_rows(400, 1).iter().map(repeated).collect();
    let model: Kitsune<TestBackend> = quick().fit(&matrix(&rows), &device()).unwrap();
    let mut changed = rows[..4].to_vec();
    (changed[0][3], changed[1][1]) = (7.5, 0.0);
    let scores = model.score_rows(&matrix(&changed), &ScoreOptions::new()).unwrap().scores;
    assert!(scores.iter().all(|score| score.is_finite()) && scores[0] > scores[2] && scores[1] > scores[3], "{scores:?}");
    let equal: Kitsune<TestBackend> = quick().fit(&matrix(&vec![vec![1.0, 2.0, 3.0]; 50]), &device()).unwrap();
    let scores = equal.score_rows(&matrix(&[vec![1.0, 2.0, 3.0], vec![1.0, 2.5, 3.0]]), &ScoreOptions::new()).unwrap().scores;
    assert!(scores[0].is_finite() && scores[1] > scores[0], "{scores:?}");
}

#[test]
fn backends_store_the_same_rows_and_score_alike() {
    let rows = matrix(&factor_rows(300, 5));
    let expected: Kitsune<TestBackend> = quick().fit(&rows, &device()).unwrap();
    let found = Kitsune::<Flex>::from_bytes(&file_bytes(&expected), &FlexDevice).unwrap();
    for kind in [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Body, ScoreKind::Neighbours, ScoreKind::Marginals] {
        let options = ScoreOptions::new().with_score(kind);
        let (found, expected) = (found.score_rows(&rows, &options).unwrap(), expected.score_rows(&rows, &options).unwrap());
        assert_eq!(found.scores, expected.scores, "{kind:?}");
    }
}
