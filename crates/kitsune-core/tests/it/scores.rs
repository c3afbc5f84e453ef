//! Scores and reasons, computed once more by scalars from what a model's file and its forward pass say.

use std::cell::Cell;
use std::ops::ControlFlow;

use burn::backend::Autodiff;
use burn::optim::AdamConfig;
use burn::tensor::TensorData;
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::scaler::Scaler;
use kitsune_core::{Error, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions, Trainer};

use crate::bridge::{matrix, numbers, read, tensor};
use crate::random::Random;
use crate::reference::Hidden;
use crate::taken_apart::Parts;
use crate::training::{auc, factor_rows, quick, quick_model};
use crate::{TestBackend, device};

/// Of f32, and of a few dozen sums of it.
const TOLERANCE: f64 = 1e-5;

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE * (1.0 + expected.abs()), "{what}: {found} instead of {expected}");
}

/// Means and deviations of a calibration, as the file has them.
struct Standards {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Standards {
    fn of(parts: &Parts, name: &str) -> Self {
        let columns = parts.tensors[name].shape[1];
        let mut means = parts.values(name);
        means.truncate(2 * columns);
        let deviations = means.split_off(columns);
        Self { means, deviations }
    }

    fn apply(&self, at: usize, value: f64) -> f64 {
        (value - self.means[at]) / self.deviations[at]
    }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Models with and without body, prototypes and neighbours.
fn models() -> Vec<Kitsune<TestBackend>> {
    let rows = matrix(&factor_rows(200, 1));
    let model = |(body, prototypes, neighbours)| {
        let config = quick().with_body_ratio(body).with_prototypes(prototypes).with_neighbours(neighbours);
        config.fit(&rows, &device()).unwrap()
    };
    [(Some(0.75), 40, 50), (Some(0.3), 0, 0), (None, 40, 200), (None, 0, 0)].map(model).into()
}

/// How far the values of a row lie beyond the range in the file, in widths of the range.
fn distances(parts: &Parts, row: &[f64]) -> Vec<f64> {
    let range = parts.values("scaler.range");
    let (lowest, highest) = range.split_at(row.len());
    row.iter().zip(lowest.iter().zip(highest)).map(|(value, (low, high))| (low - value).max(value - high).max(0.0) / (high - low)).collect()
}

/// What values beyond the range add to the scores of [`rows`].
fn added(parts: &Parts, kind: ScoreKind) -> Vec<f64> {
    let kinds = [
        ScoreKind::Combined,
        ScoreKind::Tails,
        ScoreKind::Body,
        ScoreKind::Prototypes,
        ScoreKind::Head,
        ScoreKind::Neighbours,
        ScoreKind::Marginals,
    ];
    let scale = parts.values("calibration.excess")[kinds.iter().position(|&other| other == kind).unwrap()];
    let of = |row: &Vec<f64>| scale * distances(parts, row).iter().map(|distance| distance.powi(4)).sum::<f64>().ln_1p() / 6562.0_f64.ln();
    rows().iter().map(of).collect()
}

/// Ordinary rows and some that are not.
fn rows() -> Vec<Vec<f64>> {
    let mut rows = factor_rows(40, 2);
    rows.iter_mut().step_by(4).for_each(|row| row[3] = 4.0 - row[3]);
    rows
}

/// The columns of the parts in the file, with their weights.
const TAILS: (usize, f64) = (0, 8.0);
const PROTOTYPES: (usize, f64) = (2, 1.0);
const TAIL_RESIDUALS: (usize, f64) = (4, 1.0);
const BODY_RESIDUALS: (usize, f64) = (5, 8.0);
const NEIGHBOURS: (usize, f64) = (6, 12.0);
const MARGINALS: (usize, f64) = (7, 5.0);

#[test]
fn scores_are_made_of_the_errors_by_the_calibration_of_the_file() {
    for model in models() {
        let parts = Parts::of_model(&model);
        let (of_tails, of_parts) = (Standards::of(&parts, "calibration.tails"), Standards::of(&parts, "calibration.parts"));
        let rows = matrix(&rows());
        let scored = |kind| model.score_rows(&rows, &ScoreOptions::new().with_score(kind));
        let errors = model.score_rows(&rows, &ScoreOptions::new().with_score(ScoreKind::Combined).with_errors()).unwrap().errors.unwrap();
        let tails: Vec<f64> = widened(&errors.tails)
            .chunks(of_tails.means.len())
            .map(|row| mean(row.iter().enumerate().map(|(cluster, &error)| of_tails.apply(cluster, error))))
            .collect();
        let column = |values: &Option<Vec<f32>>| values.as_deref().map(widened);
        let all = [
            (TAILS, Some(tails)),
            (TAIL_RESIDUALS, column(&errors.tail_residuals)),
            (BODY_RESIDUALS, column(&errors.body_residuals)),
            (PROTOTYPES, column(&errors.prototypes)),
            (NEIGHBOURS, column(&errors.neighbours)),
            (MARGINALS, column(&errors.marginals)),
        ];
        let there: Vec<bool> = all.iter().map(|(_, values)| values.is_some()).collect();
        let config = model.config();
        assert_eq!(there, [true, true, config.body_ratio.is_some(), config.prototypes > 0, config.neighbours > 0, true]);
        assert!(all.iter().all(|((column, weight), _)| parts.values("calibration.parts")[16 + column] == *weight));

        let score_of = |asked: &[(usize, f64)], row: usize| {
            let counted = all.iter().filter(|(part, _)| asked.contains(part)).filter_map(|(part, values)| Some((part, values.as_ref()?)));
            let (sum, weights) = counted.fold((0.0, 0.0), |(sum, weights), (&(column, weight), values)| {
                let surprise = of_parts.apply(column, values[row]).exp().ln_1p();
                (sum + weight * surprise.powi(4), weights + weight)
            });
            (weights > 0.0).then(|| (sum / weights).powf(0.25))
        };
        for (kind, asked) in [
            (ScoreKind::Combined, &[TAILS, TAIL_RESIDUALS, BODY_RESIDUALS, PROTOTYPES, NEIGHBOURS, MARGINALS][..]),
            (ScoreKind::Tails, &[TAILS, TAIL_RESIDUALS]),
            (ScoreKind::Body, &[BODY_RESIDUALS]),
            (ScoreKind::Prototypes, &[PROTOTYPES]),
            (ScoreKind::Neighbours, &[NEIGHBOURS]),
            (ScoreKind::Marginals, &[MARGINALS]),
        ] {
            let found = scored(kind);
            if score_of(asked, 0).is_none() {
                assert!(matches!(found, Err(Error::NoSuchScore { .. })), "{kind:?}");
                let by_tensor = model.score(tensor(&factor_rows(1, 1)), &ScoreOptions::new().with_score(kind));
                assert!(matches!(by_tensor, Err(Error::NoSuchScore { .. })), "{kind:?}");
                continue;
            }
            let found = found.unwrap().scores;
            assert_eq!(found.len(), 40);
            for (row, (found, added)) in found.iter().zip(added(&parts, kind)).enumerate() {
                assert_near(f64::from(*found), score_of(asked, row).unwrap() + added, &format!("{kind:?}"));
            }
            let share = asked.iter().filter(|&part| [TAILS, TAIL_RESIDUALS].contains(part)).map(|(_, weight)| weight).sum::<f64>();
            let all: f64 =
                all.iter().filter(|(part, values)| asked.contains(part) && values.is_some()).map(|((_, weight), _)| weight).sum();
            assert_near(model.share_of_tails(kind), share / all, "share of the tails");
        }
        let of_head = scored(ScoreKind::Head).unwrap().scores;
        for ((&found, expected), added) in of_head.iter().zip(widened(&errors.head)).zip(added(&parts, ScoreKind::Head)) {
            assert!((f64::from(found) - expected - added).abs() <= 1e-6 * added, "head: {found} instead of {expected} and {added}");
        }
        assert_eq!(model.share_of_tails(ScoreKind::Head), 1.0);
        assert_eq!(model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores, scored(config.score).unwrap().scores);
    }
}

fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

#[test]
fn the_score_that_a_model_lacks_is_named() {
    let model = models().pop().unwrap();
    for (kind, lacking) in [(ScoreKind::Body, "body"), (ScoreKind::Prototypes, "prototypes"), (ScoreKind::Neighbours, "neighbours")] {
        let error = model.score_rows(&matrix(&rows()), &ScoreOptions::new().with_score(kind)).unwrap_err();
        assert!(matches!(error, Error::NoSuchScore { part } if part == lacking), "{error}");
    }
}

/// Of values, the deviation at least the floor.
fn mean_and_deviation(values: &[f64], floor: f64) -> (f64, f64) {
    let mean = mean(values.iter().copied());
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt().max(floor))
}

#[test]
fn the_calibration_is_of_the_training_rows() {
    for model in models() {
        let parts = Parts::of_model(&model);
        let (of_tails, of_parts) = (Standards::of(&parts, "calibration.tails"), Standards::of(&parts, "calibration.parts"));
        let of_features = Standards::of(&parts, "calibration.features");
        let rows = factor_rows(200, 1);
        let check = |standards: &Standards, at: usize, values: &[f64], floor: f64, what: &str| {
            let (mean, deviation) = mean_and_deviation(values, floor);
            assert_near(standards.means[at], mean, &format!("mean of {what} {at}"));
            assert!((standards.deviations[at] / deviation - 1.0).abs() < 1e-3, "deviation of {what} {at}");
        };
        let errors =
            model.score_rows(&matrix(&rows), &ScoreOptions::new().with_score(ScoreKind::Combined).with_errors()).unwrap().errors.unwrap();
        let (tails, clusters) = (widened(&errors.tails), of_tails.means.len());
        for cluster in 0..clusters {
            let errors: Vec<f64> = tails.iter().skip(cluster).step_by(clusters).copied().collect();
            check(&of_tails, cluster, &errors, 0.01, "tail");
        }
        let of_row = |row: &[f64]| mean(row.iter().enumerate().map(|(cluster, &error)| of_tails.apply(cluster, error)));
        let means: Vec<f64> = tails.chunks(clusters).map(of_row).collect();
        for (part, values) in [
            (TAILS, Some(means)),
            (PROTOTYPES, errors.prototypes.as_deref().map(widened)),
            (TAIL_RESIDUALS, errors.tail_residuals.as_deref().map(widened)),
            (BODY_RESIDUALS, errors.body_residuals.as_deref().map(widened)),
            (MARGINALS, errors.marginals.as_deref().map(widened)),
        ] {
            let found = (of_parts.means[part.0], of_parts.deviations[part.0]);
            let Some(mut values) = values else {
                assert_eq!(found, (0.0, 1.0));
                continue;
            };
            values.sort_by(f64::total_cmp);
            let quantile = values[179];
            let beyond: Vec<f64> = values.iter().filter(|&&value| value > quantile).map(|value| value - quantile).collect();
            let unit = mean(beyond).max(mean_and_deviation(&values, 0.01).1 / 4.0);
            assert!((found.1 / unit - 1.0).abs() < 1e-3, "unit of {part:?}: {} instead of {unit}", found.1);
            assert!((found.0 - (quantile - unit * 10.0_f64.ln())).abs() < 1e-3 * unit, "origin of {part:?}");
        }

        let off: Vec<f64> = scalar_reconstruction(&model, &rows).into_iter().flat_map(|row| row.off).collect();
        for feature in 0..8 {
            let off: Vec<f64> = off.iter().skip(feature).step_by(8).copied().collect();
            check(&of_features, feature, &off, 0.01, "feature");
        }
    }
}

/// What a row's tails reconstruct, and how far off they and the body are: each `[features]`.
struct Reconstructed {
    tails: Vec<f64>,
    off: Vec<f64>,
}

fn scalar_reconstruction(model: &Kitsune<TestBackend>, rows: &[Vec<f64>]) -> Vec<Reconstructed> {
    let weights = read(model.ensemble());
    let features = model.feature_map().features();
    let whitenings = Parts::of_model(model);
    let scaled: Vec<f64> = model.scaler().transform(matrix(rows)).unwrap().data.iter::<f64>().collect();
    let of_row = |x: &[f64]| {
        let (mut seen, mut off) = (vec![Vec::new(); features], vec![Vec::new(); features]);
        let by_body = weights.body.as_ref().map(|body| body.forward(x, Hidden::Tanh).output);
        for (at, (cluster, tail)) in weights.clusters.iter().zip(&weights.tails).enumerate() {
            let input: Vec<f64> = cluster.iter().map(|&feature| x[feature]).collect();
            let output = tail.forward(&input, Hidden::Tanh).output;
            let residuals = |outputs: Vec<f64>| outputs.iter().zip(&input).map(|(y, x)| y - x).collect::<Vec<f64>>();
            let mut of_cluster = conditional(&whitenings, "tails", at, &residuals(output.clone()));
            if let Some(by_body) = &by_body {
                let of_body = residuals(cluster.iter().map(|&feature| by_body[feature]).collect());
                of_cluster.iter_mut().zip(conditional(&whitenings, "body", at, &of_body)).for_each(|(sum, other)| *sum += other);
            }
            for (unit, &feature) in cluster.iter().enumerate() {
                seen[feature].push(output[unit]);
                off[feature].push(of_cluster[unit]);
            }
        }
        // A feature that no cluster holds counts as well reconstructed.
        let tails = seen.into_iter().zip(x).map(|(seen, &x)| if seen.is_empty() { x } else { mean(seen) }).collect();
        Reconstructed { tails, off: off.into_iter().map(|off| if off.is_empty() { 0.0 } else { mean(off) }).collect() }
    };
    scaled.chunks(features).map(of_row).collect()
}

/// How far each residual of a cluster is from what the others let expect, by the whitening `W` in the file: the precision is `W Wᵀ`.
fn conditional(parts: &Parts, name: &str, cluster: usize, residuals: &[f64]) -> Vec<f64> {
    let (means, whitening) = (parts.values(&format!("residuals.{name}.mean")), parts.values(&format!("residuals.{name}.whitening")));
    let visible = whitening.len() / means.len();
    let (means, whitening) = (&means[cluster * visible..], &whitening[cluster * visible * visible..]);
    let size = residuals.len();
    let precision = |i: usize, j: usize| (0..size).map(|k| whitening[i * visible + k] * whitening[j * visible + k]).sum::<f64>();
    let of = |i: usize| (0..size).map(|j| precision(i, j) * (residuals[j] - means[j])).sum::<f64>().abs() / precision(i, i).sqrt();
    (0..size).map(of).collect()
}

/// A model of eight features of which the first five are in clusters, one of them in both.
fn freely_mapped(body_ratio: Option<f64>) -> Kitsune<TestBackend> {
    let map = FeatureMap::new(8, vec![vec![2, 0, 1], vec![3, 2, 4, 0, 1]], Coverage::Free).unwrap();
    let ensemble = quick().with_body_ratio(body_ratio).init::<Autodiff<TestBackend>>(&map, &device()).unwrap();
    let scaler = Scaler::min_max(vec![0.0; 8], vec![9.0; 8]).unwrap();
    let mut trainer = Trainer::new(ensemble, scaler, AdamConfig::new().init()).unwrap();
    let rows = factor_rows(200, 3);
    for batch in rows.chunks(20) {
        trainer.step(matrix(batch), 0.01).unwrap();
    }
    trainer.finish(matrix(&rows), None).unwrap()
}

#[test]
fn explanations_and_reasons_are_the_reconstructions_of_the_scalar_reference() {
    for model in vec![quick_model(), freely_mapped(Some(0.75)), freely_mapped(None)].into_iter().chain(models()) {
        let parts = Parts::of_model(&model);
        let (of_tails, of_features) = (Standards::of(&parts, "calibration.tails"), Standards::of(&parts, "calibration.features"));
        let rows = rows();
        let explanation = model.explain(tensor(&rows));
        let (clusters, features) = (of_tails.means.len(), 8);
        let (by_cluster, by_feature) = (numbers(explanation.clusters), numbers(explanation.features));
        let reconstructions = numbers(explanation.reconstructions);
        let tails = numbers(model.forward(tensor(&rows)).tails);
        assert_eq!((by_cluster.len(), by_feature.len(), reconstructions.len()), (40 * clusters, 320, 320));
        for (at, &error) in tails.iter().enumerate() {
            assert_near(by_cluster[at], of_tails.apply(at % clusters, error), "cluster");
        }
        let expected = scalar_reconstruction(&model, &rows);
        let reasons = model.reasons(&matrix(&rows), 0..40, 3).unwrap();
        assert_eq!(reasons.len(), 40);
        for (row, (expected, reasons)) in expected.iter().zip(&reasons).enumerate() {
            let deviations: Vec<f64> = (0..features).map(|f| of_features.apply(f, expected.off[f])).collect();
            for f in 0..features {
                // A deviation may be a hundredth, by which the rounding of what is off is divided.
                assert!((by_feature[row * features + f] - deviations[f]).abs() < 1e-4 * (1.0 + deviations[f].abs()), "feature {f}");
                assert_near(reconstructions[row * features + f], expected.tails[f], "reconstruction");
            }
            let highest = deviations.iter().copied().fold(1.0, f64::max);
            let raised = |(deviations, distance): (&f64, f64)| {
                let raised = deviations.max(0.0) + highest * distance.powi(4).ln_1p() / 6562.0_f64.ln();
                if distance > 0.0 { raised } else { *deviations }
            };
            let deviations: Vec<f64> = deviations.iter().zip(distances(&parts, &rows[row])).map(raised).collect();
            let mut order: Vec<usize> = (0..features).collect();
            order.sort_by(|&left, &right| deviations[right].total_cmp(&deviations[left]));
            assert_eq!(reasons.len(), 3);
            for (reason, &feature) in reasons.iter().zip(&order) {
                // Rounding may turn those about that are next to equal.
                assert!((deviations[reason.feature] - deviations[feature]).abs() < 1e-3 * (1.0 + deviations[feature].abs()));
                let feature = reason.feature;
                let cluster = model.feature_map().clusters().iter().position(|cluster| cluster.contains(&feature));
                assert_eq!((reason.value, reason.cluster), (rows[row][feature], cluster));
                assert_near(f64::from(reason.deviations) * 0.1, deviations[feature] * 0.1, "deviations");
                let raw = model.scaler().inverse(feature, expected.tails[feature] as f32);
                assert!((reason.expected - raw).abs() < 1e-3, "{} instead of {raw}", reason.expected);
            }
        }
    }
}

#[test]
fn reasons_are_as_many_as_asked_for_and_errors_are_those_of_scores() {
    let model = quick_model();
    for (count, expected) in [(0, 0), (1, 1), (8, 8), (100, 8)] {
        let reasons = model.reasons(&matrix(&factor_rows(2, 1)), 0..2, count).unwrap();
        assert!(reasons.len() == 2 && reasons.iter().all(|reasons| reasons.len() == expected), "{count}: {reasons:?}");
        assert!(reasons.iter().all(|reasons| reasons.is_sorted_by(|left, right| left.deviations >= right.deviations)));
    }
    assert!(model.reasons(&TensorData::new(Vec::<f64>::new(), [0, 8]), [], 3).unwrap().is_empty());
    assert!(matches!(model.reasons(&matrix(&[vec![0.5; 7]]), [0], 3), Err(Error::FeatureCount { expected: 8, found: 7, .. })));
    assert!(matches!(model.reasons(&matrix(&[vec![f64::NAN; 8]]), [0], 3), Err(Error::NotFinite { row: 0, feature: 0, .. })));
    assert!(matches!(model.reasons(&matrix(&factor_rows(2, 1)), [2], 3), Err(Error::NoSuchRow { row: 2, rows: 2 })));
}

#[test]
fn a_value_of_another_row_is_among_the_first_three_reasons() {
    let model: Kitsune<TestBackend> = KitsuneConfig::new().fit(&matrix(&factor_rows(1_000, 1)), &device()).unwrap();
    let mut random = Random::new(4);
    let ordinary = factor_rows(400, 2);
    let columns: Vec<usize> = (0..400).map(|_| random.below(8)).collect();
    let mut changed = ordinary.clone();
    for (row, &column) in columns.iter().enumerate() {
        changed[row][column] = ordinary[random.below(400)][column];
    }
    // Those that moved by more than two fifths of the column's range, to a value that is an ordinary one by itself.
    let moved = |row: &usize| (changed[*row][columns[*row]] - ordinary[*row][columns[*row]]).abs() > 0.4 * (1 + columns[*row]) as f64;
    let reasons = model.reasons(&matrix(&changed), 0..400, 3).unwrap();
    let rows: Vec<usize> = (0..400).filter(moved).collect();
    let found = rows.iter().filter(|&&row| reasons[row].iter().any(|reason| reason.feature == columns[row])).count();
    assert!(rows.len() > 100 && found as f64 >= 0.9 * rows.len() as f64, "{found} of {}", rows.len());
    // Which is what a reader of the score would see too.
    let scores = |rows: &[Vec<f64>]| model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
    let chosen: Vec<Vec<f64>> = rows.iter().map(|&row| changed[row].clone()).collect();
    assert!(auc(&scores(&ordinary), &scores(&chosen)) > 0.9);
}

#[test]
fn rows_in_batches_score_as_rows_at_once_and_a_check_can_stop_them() {
    let rows = matrix(&rows());
    for model in models() {
        let at_once = model.score_rows(&rows, &ScoreOptions::new().with_errors()).unwrap();
        for batch_rows in [0, 1, 7, 40, 1_000] {
            let checks = Cell::new(0);
            let check = || {
                checks.set(checks.get() + 1);
                ControlFlow::Continue(())
            };
            let options = ScoreOptions::new().with_errors().with_batch_rows(batch_rows).with_check(&check);
            assert_eq!(model.score_rows(&rows, &options).unwrap(), at_once, "batches of {batch_rows}");
            assert_eq!(checks.get(), 40_usize.div_ceil(batch_rows.max(1)), "batches of {batch_rows}");
            // A source that is not in memory gives the same.
            let source = |_epoch: usize| Ok::<_, Error>(std::iter::once(Ok::<_, Error>(rows.clone())));
            assert_eq!(model.score_rows(&source, &options).unwrap(), at_once, "batches of {batch_rows}");
        }

        let left = Cell::new(2);
        let stop = || {
            left.set(left.get() - 1);
            if left.get() < 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        assert!(matches!(model.score_rows(&rows, &ScoreOptions::new().with_batch_rows(7).with_check(&stop)), Err(Error::Stopped)));
    }
}

#[test]
fn a_bad_value_is_named_by_its_row_among_all_batches() {
    let mut rows = rows();
    rows[23][4] = f64::NAN;
    let rows = matrix(&rows);
    let source = |_epoch: usize| Ok::<_, Error>(std::iter::once(Ok::<_, Error>(rows.clone())));
    let options = ScoreOptions::new().with_batch_rows(7);
    let model = &models()[0];
    for error in [model.score_rows(&rows, &options).unwrap_err(), model.score_rows(&source, &options).unwrap_err()] {
        assert!(matches!(error, Error::NotFinite { row: 23, feature: 4, .. }), "{error}");
    }
}

#[test]
fn reasons_at_some_positions_are_those_of_these_rows() {
    let (models, rows) = (models(), matrix(&rows()));
    let model = &models[0];
    let all = model.reasons(&rows, 0..40, 3).unwrap();
    assert_eq!(all.len(), 40);
    let positions = [36, 0, 4];
    assert_eq!(model.reasons(&rows, positions, 3).unwrap(), positions.map(|position| all[position].clone()));
    assert_eq!(model.reasons(&rows, [], 3).unwrap(), Vec::<Vec<_>>::new());
}
