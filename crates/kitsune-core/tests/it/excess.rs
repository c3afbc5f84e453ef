//! Values beyond the range of the training rows: they raise the score with their distance, and are the reason.

use burn::tensor::{Tensor, TensorData};
use kitsune_core::kinds::{InputScaling, Named, ThresholdKind};
use kitsune_core::{Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::{matrix, numbers};
use crate::random::Random;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

type Model = Kitsune<TestBackend>;

/// Rows of columns of all sorts: uniform, skewed to either side, binary, far from 0, and one that is always the same.
fn rows(count: usize, features: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut row = || {
        let shared = random.uniform(0.0, 1.0);
        let mut value = |feature: usize| match feature % 6 {
            0 => 20.0 * shared - 10.0 + random.uniform(0.0, 1.0),
            1 => 1e4 * random.uniform(0.0, 1.0).powi(9),
            2 => -3.0 * shared.powi(9) - random.uniform(0.0, 0.1),
            3 => random.uniform(0.0, 2.0).floor(),
            4 => 1.7e9 + 4096.0 * random.uniform(0.0, 1.0),
            _ => 7.25,
        };
        (0..features).map(&mut value).collect()
    };
    (0..count).map(|_| row()).collect()
}

fn is_constant(feature: usize) -> bool {
    feature % 6 == 5
}

fn scores(model: &Model, rows: &[Vec<f64>]) -> Vec<f32> {
    model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores
}

/// The rows with one value each `widths` of its column's range beyond this range: each of `columns` on both sides.
fn with_one_value_beyond(model: &Model, rows: &[Vec<f64>], columns: impl Iterator<Item = usize>, widths: f64) -> Vec<Vec<f64>> {
    let range = model.range().unwrap();
    let mut changed = Vec::new();
    for column in columns.filter(|&column| !is_constant(column)) {
        let (lowest, highest) = (range.lowest()[column], range.highest()[column]);
        let far = widths * (highest - lowest) * (1.0 + 1e-6);
        for value in [lowest - far, highest + far] {
            let mut row = rows[changed.len() % rows.len()].clone();
            row[column] = value;
            changed.push(row);
        }
    }
    changed
}

/// Asserts that rows with one value ten widths beyond its range are anomalies: host rows of either type, and tensors.
fn assert_flagged(model: &Model, rows: &[Vec<f64>], columns: impl Iterator<Item = usize>, what: &str) {
    let threshold = model.threshold().unwrap();
    let changed = with_one_value_beyond(model, rows, columns, 10.0);
    let single =
        TensorData::new(changed.concat().iter().map(|&value| value as f32).collect::<Vec<f32>>(), [changed.len(), changed[0].len()]);
    let of_f32 = model.score_rows(&single, &ScoreOptions::new()).unwrap().scores;
    let of_tensors = numbers(model.score(Tensor::from_data(single, &device()), &ScoreOptions::new()).unwrap());
    assert!(of_f32.iter().zip(of_tensors).all(|(&host, tensor)| f64::from(host) == tensor), "{what}");
    for (score, rounded) in scores(model, &changed).into_iter().zip(of_f32) {
        assert!(
            threshold.is_anomaly(score) && threshold.is_anomaly(rounded),
            "{what}: {score}, {rounded}, threshold {}",
            threshold.value()
        );
    }
}

#[test]
fn every_single_value_ten_widths_beyond_its_range_is_flagged_whatever_the_scaling_threshold_and_score() {
    let quick = quick().with_epochs(Some(1)).with_batch_size(Some(256));
    let kinds = ScoreKind::ALL.iter().map(|&kind| quick.clone().with_score(kind));
    let thresholds = ThresholdKind::ALL.iter().flat_map(|&kind| [0.3, 0.01, 0.005].map(|rate| (kind, rate)));
    let thresholds = thresholds.map(|(kind, rate)| quick.clone().with_threshold(kind).with_alert_rate(rate));
    let scalings =
        [InputScaling::HalfRanked, InputScaling::MinMax].into_iter().flat_map(|inputs| [true, false].map(|clamp| (inputs, clamp)));
    let scalings = scalings.map(|(inputs, clamp)| quick.clone().with_inputs(inputs).with_clamp(clamp).with_trim(0.05));
    for config in kinds.chain(thresholds).chain(scalings) {
        // Of 600 rows none is held out.
        for count in [600, 2_500] {
            let model: Model = config.fit(&matrix(&rows(count, 12, 1)), &device()).unwrap();
            assert_eq!(model.summary().held_out > 0, count == 2_500);
            assert_flagged(&model, &rows(50, 12, 2), 0..12, &format!("{config}, {count} rows"));
        }
    }
}

#[test]
fn every_single_value_ten_widths_beyond_its_range_is_flagged_among_any_number_of_columns() {
    for (features, rows_of_it, step) in [(5, 2_500, 1), (115, 2_500, 1), (5_000, 150, 97)] {
        let config =
            quick().with_epochs(Some(1)).with_batch_size(Some(256)).with_mapper_rows(Some(50)).with_prototypes(16).with_alert_rate(0.02);
        let model: Model = config.fit(&matrix(&rows(rows_of_it, features, 1)), &device()).unwrap();
        assert_flagged(&model, &rows(20, features, 2), (0..features).step_by(step), &format!("{features} columns"));
    }
}

#[test]
fn what_is_added_is_the_formula_of_the_distances_by_the_range_and_the_scales_of_the_file() {
    let model: Model = quick().fit(&matrix(&rows(600, 12, 1)), &device()).unwrap();
    let parts = Parts::of_model(&model);
    let (range, scales) = (parts.values("scaler.range"), parts.values("calibration.excess"));
    let (lowest, highest) = range.split_at(12);
    let mut random = Random::new(3);
    let asked: Vec<Vec<f64>> = (0..200)
        .map(|row| {
            let beyond = |column: usize| random.below(4) == 0 && !(is_constant(column) && row % 2 == 0);
            let beyond: Vec<bool> = (0..12).map(beyond).collect();
            let mut value = |column: usize| {
                let (width, inside) = (highest[column] - lowest[column], random.uniform(0.0, 1.0));
                let far = if beyond[column] { random.uniform(-1.0, 1.0).powi(9) * 1e8 } else { 0.0 };
                (lowest[column] + inside * width + far * width.max(1.0)).clamp(-1e30, 1e30)
            };
            (0..12).map(&mut value).collect()
        })
        .collect();
    // A constant has no width: any change of it counts as three.
    let distance = |column: usize, value: f64| {
        let (low, high) = (lowest[column], highest[column]);
        let width = if is_constant(column) { 1.0 } else { high - low };
        let beyond = (low - value).max(value - high).max(0.0);
        if is_constant(column) { 3.0 * f64::from(u8::from(beyond > 0.0)) } else { (beyond / width).min(1e6) }
    };
    let without = without_range(&model);
    for (&kind, scale) in ScoreKind::ALL.iter().zip(scales) {
        assert!(scale > 0.0, "{kind}");
        let options = ScoreOptions::new().with_score(kind);
        let scored = model.score_rows(&matrix(&asked), &options).unwrap();
        let plain = without.score_rows(&matrix(&asked), &options).unwrap();
        let mut outside = 0;
        for (row, (found, plain)) in asked.iter().zip(scored.scores.iter().zip(plain.scores)) {
            let distances: Vec<f64> = (0..12).map(|column| distance(column, row[column])).collect();
            outside += distances.iter().filter(|&&distance| distance > 0.0).count() as u64;
            let powers: f64 = distances.iter().map(|distance| distance.powi(4)).sum();
            let expected = f64::from(plain) + scale * powers.ln_1p() / 6562.0_f64.ln();
            assert!((f64::from(*found) - expected).abs() <= 1e-5 * (1.0 + expected), "{kind}: {found} instead of {expected}");
            assert!(powers > 0.0 || *found == plain, "{kind}: {found} instead of {plain}");
        }
        assert_eq!(scored.outside, outside);
        // A source that is read in chunks gives the same.
        let chunks = |_| Ok::<_, kitsune_core::Error>(asked.chunks(7).map(|rows| Ok::<TensorData, kitsune_core::Error>(matrix(rows))));
        assert_eq!(model.score_rows(&chunks, &options).unwrap(), scored);
    }
}

/// The model as a file of it without range.
fn without_range(model: &Model) -> Model {
    let mut parts = Parts::of_model(model);
    assert!(parts.tensors.remove("scaler.range").is_some() && parts.tensors.remove("calibration.excess").is_some());
    Kitsune::from_bytes(&parts.to_bytes(), &device()).unwrap()
}

#[test]
fn the_range_is_that_of_all_rows_and_no_training_row_lies_beyond_it() {
    for count in [300, 3_000] {
        let data = rows(count, 12, 1);
        let model: Model = KitsuneConfig::new().with_epochs(Some(1)).with_batch_size(Some(256)).fit(&matrix(&data), &device()).unwrap();
        assert_eq!(model.summary().held_out > 0, count == 3_000);
        let column = |column: usize| data.iter().map(move |row| row[column]);
        let lowest: Vec<f64> = (0..12).map(|at| column(at).fold(f64::INFINITY, f64::min)).collect();
        let highest: Vec<f64> = (0..12).map(|at| column(at).fold(f64::NEG_INFINITY, f64::max)).collect();
        let range = model.range().unwrap();
        assert_eq!((range.lowest(), range.highest()), (&lowest[..], &highest[..]));
        let scored = model.score_rows(&matrix(&data), &ScoreOptions::new()).unwrap();
        assert_eq!(scored.outside, 0);
        assert_eq!(scored.scores, scores(&without_range(&model), &data));
    }
}

#[test]
fn a_value_far_beyond_its_range_is_the_first_reason_with_its_range() {
    let model: Model = quick().fit(&matrix(&rows(600, 12, 1)), &device()).unwrap();
    let range = model.range().unwrap();
    for widths in [10.0, 1e3, 1e9] {
        let changed = with_one_value_beyond(&model, &rows(40, 12, 2), 0..12, widths);
        let columns = (0..12).filter(|&column| !is_constant(column)).flat_map(|column| [column; 2]);
        let reasons = model.reasons(&matrix(&changed), 0..changed.len(), 3).unwrap();
        for (reasons, column) in reasons.iter().zip(columns) {
            let ends = (Some(range.lowest()[column]), Some(range.highest()[column]));
            assert_eq!((reasons[0].feature, (reasons[0].lowest, reasons[0].highest)), (column, ends), "{reasons:?}");
        }
    }
    // Of several values it is the farther one.
    let mut row = rows(1, 12, 3).remove(0);
    (row[1], row[4]) = (3e9, 1.7e9 - 1e5);
    let reasons = &model.reasons(&matrix(&[row]), [0], 2).unwrap()[0];
    assert_eq!((reasons[0].feature, reasons[1].feature), (1, 4), "{reasons:?}");
}

#[test]
fn a_constant_that_changes_raises_every_score_and_is_among_the_reasons() {
    let model: Model = quick().fit(&matrix(&rows(600, 12, 1)), &device()).unwrap();
    let ordinary = rows(100, 12, 2);
    let mut changed = ordinary.clone();
    changed.iter_mut().enumerate().for_each(|(at, row)| row[[5, 11][at % 2]] += [1e-9, -1.0, 1e9][at % 3]);
    for &kind in ScoreKind::ALL {
        let of = |rows: &[Vec<f64>]| model.score_rows(&matrix(rows), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        assert!(of(&changed).iter().zip(of(&ordinary)).all(|(changed, ordinary)| *changed > ordinary), "{kind}");
    }
    for (at, reasons) in model.reasons(&matrix(&changed), 0..100, 3).unwrap().iter().enumerate() {
        let reason = reasons.iter().find(|reason| reason.feature == [5, 11][at % 2]).unwrap();
        assert_eq!((reason.lowest, reason.highest), (Some(7.25), Some(7.25)));
    }
}

#[test]
fn new_rows_widen_the_range_in_a_further_training_and_in_a_calibration() {
    let data = factor_rows(400, 1);
    let shifted =
        |seed| factor_rows(400, seed).into_iter().map(|row| row.iter().map(|value| value + 30.0).collect()).collect::<Vec<Vec<f64>>>();
    let model: Model = quick().fit(&matrix(&data), &device()).unwrap();
    let flagged = |model: &Model, rows: &[Vec<f64>]| {
        let threshold = model.threshold().unwrap();
        scores(model, rows).iter().filter(|&&score| threshold.is_anomaly(score)).count() as f64 / rows.len() as f64
    };
    assert_eq!(flagged(&model, &shifted(2)), 1.0);
    let further = kitsune_core::training::Training::new(&quick(), &matrix(&shifted(3))).with_initial_model(&model).run(&device()).unwrap();
    let mut unobserved = |_| std::ops::ControlFlow::Continue(());
    let calibrated = model.clone().recalibrated(&matrix(&shifted(3)), ThresholdKind::Quantile, 0.05, &mut unobserved).unwrap();
    for new in [&further, &calibrated] {
        let (before, after) = (model.range().unwrap(), new.range().unwrap());
        assert_eq!(after.lowest(), before.lowest());
        assert!(after.highest().iter().zip(before.highest()).all(|(after, before)| *after > before + 29.0));
        assert_eq!(new.score_rows(&matrix(&data), &ScoreOptions::new()).unwrap().outside, 0);
        assert!(flagged(new, &shifted(4)) < 0.2, "{}", flagged(new, &shifted(4)));
        assert_flagged(new, &shifted(5)[..30], 0..5, "after new rows");
    }
}

#[test]
fn without_an_excess_and_with_inputs_that_are_in_0_to_1_there_is_no_range() {
    let model: Model = quick().with_excess(false).fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    assert!(model.range().is_none());
    let with: Model = quick_model();
    assert!(with.range().is_some());
    let far = vec![vec![1e9; 8]];
    assert_eq!(scores(&model, &far), scores(&without_range(&with), &far));
    assert!(scores(&with, &far)[0] > scores(&model, &far)[0]);
    let reasons = &model.reasons(&matrix(&far), [0], 1).unwrap()[0][0];
    assert_eq!((reasons.lowest, reasons.highest), (None, None));

    let scaled: Vec<Vec<f64>> = factor_rows(200, 1).iter().map(|row| row.iter().map(|value| value / 10.0).collect()).collect();
    let original: Model = KitsuneConfig::original().fit(&matrix(&scaled), &device()).unwrap();
    assert!(original.range().is_none());
}

#[test]
fn a_model_without_a_range_has_none_after_a_calibration_and_one_after_a_further_training() {
    let old = without_range(&quick_model());
    let rows = matrix(&factor_rows(300, 2));
    let mut unobserved = |_| std::ops::ControlFlow::Continue(());
    assert!(old.clone().recalibrated(&rows, ThresholdKind::Quantile, 0.05, &mut unobserved).unwrap().range().is_none());
    let further = kitsune_core::training::Training::new(&quick(), &rows).with_initial_model(&old).run(&device()).unwrap();
    assert!(further.range().is_some());
}

#[test]
fn a_fitted_threshold_above_all_normal_scores_raises_what_is_added_and_a_fixed_one_does_not() {
    let model = quick_model();
    let scale = |model: &Model| Parts::of(&file_bytes(model)).values("calibration.excess")[0];
    let choice = |kind, alert_rate| kitsune_core::ThresholdChoice::Fit { kind: Some(kind), alert_rate: Some(alert_rate) };
    let rare = model.clone().with_threshold(choice(ThresholdKind::LogNormal, 1e-4)).unwrap();
    let value = f64::from(rare.threshold().unwrap().value());
    assert!(value > scale(&model) && scale(&rare) == value, "{value}, {}", scale(&model));
    assert_flagged(&rare, &factor_rows(30, 2), 0..5, "a rare alarm");
    let fixed = model.clone().with_threshold(kitsune_core::ThresholdChoice::Score(1e6)).unwrap();
    assert_eq!(scale(&fixed), scale(&model));
}
