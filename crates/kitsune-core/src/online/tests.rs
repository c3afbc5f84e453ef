//! The detector against the figures of the authors' programs, and against a naive implementation in f64.

use burn::tensor::TensorData;
use burn_ndarray::{NdArray, NdArrayDevice};
use serde::Deserialize;

use super::autoencoder::Autoencoder;
use super::ensemble::EnsembleState;
use super::*;
use crate::Kitsune;
use crate::features::{Coverage, FeatureMapper};
use crate::kinds::ScoreKind;
use crate::random::{Draws, Purpose};
use crate::scoring::ScoreOptions;

#[derive(Deserialize)]
struct Figures {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    variant: String,
    rows: Vec<Vec<f64>>,
    mapper_grace: u64,
    train_grace: u64,
    given_map: Option<Vec<Vec<usize>>>,
    max_features: usize,
    learning_rate: f64,
    hidden_ratio: f64,
    feature_map: Vec<Vec<usize>>,
    initial_weights_tails_then_head: Vec<Initial>,
    outputs: Vec<f64>,
    final_tails_then_head: Vec<Final>,
}

#[derive(Deserialize)]
struct Initial {
    w: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Final {
    w: Vec<Vec<f64>>,
    hidden_bias: Vec<f64>,
    visible_bias: Vec<f64>,
    min: Vec<f64>,
    max: Vec<f64>,
}

fn figures() -> Vec<Case> {
    serde_json::from_str::<Figures>(include_str!("../../tests/golden/kitnet.json")).unwrap().cases
}

/// One autoencoder of the naive implementation, by the formulas of the paper.
struct Naive {
    w: Vec<Vec<f64>>,
    hidden_bias: Vec<f64>,
    visible_bias: Vec<f64>,
    min: Vec<f64>,
    max: Vec<f64>,
    bias: BiasRule,
}

impl Naive {
    fn new(w: &[Vec<f64>], bias: BiasRule) -> Self {
        let (visible, hidden) = (w.len(), w[0].len());
        Self {
            w: w.to_vec(),
            hidden_bias: vec![0.0; hidden],
            visible_bias: vec![0.0; visible],
            min: vec![f64::INFINITY; visible],
            max: vec![f64::NEG_INFINITY; visible],
            bias,
        }
    }

    fn run(&mut self, x: &[f64], rate: Option<f64>) -> f64 {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        if rate.is_some() {
            for (at, &x) in x.iter().enumerate() {
                self.min[at] = self.min[at].min(x);
                self.max[at] = self.max[at].max(x);
            }
        }
        let x: Vec<f64> = (0..x.len()).map(|at| (x[at] - self.min[at]) / (self.max[at] - self.min[at] + 1e-16)).collect();
        let (visible, hidden) = (self.w.len(), self.hidden_bias.len());
        let h: Vec<f64> =
            (0..hidden).map(|j| sigmoid((0..visible).map(|i| x[i] * self.w[i][j]).sum::<f64>() + self.hidden_bias[j])).collect();
        let e: Vec<f64> =
            (0..visible).map(|i| x[i] - sigmoid((0..hidden).map(|j| h[j] * self.w[i][j]).sum::<f64>() + self.visible_bias[i])).collect();
        if let Some(rate) = rate {
            let g: Vec<f64> = (0..hidden).map(|j| (0..visible).map(|i| e[i] * self.w[i][j]).sum::<f64>() * h[j] * (1.0 - h[j])).collect();
            for i in 0..visible {
                for j in 0..hidden {
                    self.w[i][j] += rate * (x[i] * g[j] + e[i] * h[j]);
                }
            }
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let of = |values: &[f64], at: usize| if self.bias == BiasRule::Mean { mean(values) } else { values[at] };
            let (of_hidden, of_visible): (Vec<f64>, Vec<f64>) =
                ((0..hidden).map(|j| of(&g, j)).collect(), (0..visible).map(|i| of(&e, i)).collect());
            (0..hidden).for_each(|j| self.hidden_bias[j] += rate * of_hidden[j]);
            (0..visible).for_each(|i| self.visible_bias[i] += rate * of_visible[i]);
        }
        (e.iter().map(|e| e * e).sum::<f64>() / visible as f64).sqrt()
    }
}

fn bias(case: &Case) -> BiasRule {
    if case.variant == "mean_bias" { BiasRule::Mean } else { BiasRule::Vector }
}

/// The settings by which a case of the authors' programs is repeated. They take one row more: the mapper its grace and one, and with a given map the
/// training.
fn original(case: &Case) -> OnlineConfig {
    let given = case.given_map.as_ref().map(|clusters| FeatureMap::new(case.rows[0].len(), clusters.clone(), Coverage::Exact).unwrap());
    OnlineConfig::new()
        .with_mapper_grace(case.mapper_grace + 1)
        .with_train_grace(case.train_grace + u64::from(given.is_some()))
        .with_feature_map(given)
        .with_max_features_per_cluster(case.max_features)
        .with_learning_rate(case.learning_rate)
        .with_hidden_size(crate::kinds::HiddenSize::HiddenRatio(case.hidden_ratio))
        .with_scaling(OnlineScaling::Original)
        .with_score(ScoreKind::Head)
        .with_bias(bias(case))
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(1e-6)
}

#[test]
fn the_naive_implementation_has_the_figures_of_the_original() {
    for case in figures() {
        let mut all: Vec<Naive> = case.initial_weights_tails_then_head.iter().map(|initial| Naive::new(&initial.w, bias(&case))).collect();
        let config = original(&case);
        let first = if config.feature_map.is_some() { 0 } else { config.mapper_grace as usize };
        for (number, (row, &expected)) in case.rows.iter().zip(&case.outputs).enumerate().skip(first) {
            let rate = (number < first + config.train_grace as usize).then_some(case.learning_rate);
            let (tails, head) = all.split_at_mut(case.feature_map.len());
            let errors: Vec<f64> = tails
                .iter_mut()
                .zip(&case.feature_map)
                .map(|(tail, cluster)| tail.run(&cluster.iter().map(|&f| row[f]).collect::<Vec<_>>(), rate))
                .collect();
            let score = head[0].run(&errors, rate);
            let found = if rate.is_some() { 0.0 } else { score };
            assert!(close(found, expected, 1e-9), "{} {}, row {number}: {found} instead of {expected}", case.name, case.variant);
        }
        for (naive, expected) in all.iter().zip(&case.final_tails_then_head) {
            let pairs =
                |found: &[f64], expected: &[f64]| found.iter().zip(expected).all(|(&found, &expected)| close(found, expected, 1e-9));
            assert!(naive.w.iter().zip(&expected.w).all(|(found, expected)| pairs(found, expected)), "{} {}", case.name, case.variant);
            assert!(pairs(&naive.hidden_bias, &expected.hidden_bias) && pairs(&naive.visible_bias, &expected.visible_bias));
            assert!(pairs(&naive.min, &expected.min) && pairs(&naive.max, &expected.max));
        }
    }
}

/// A detector with the initial weights of a case, whose mapper has seen its rows.
fn started(case: &Case) -> OnlineKitsune {
    let mut detector = OnlineKitsune::new(original(case), case.rows[0].len()).unwrap();
    for row in case.rows.iter().take(if case.given_map.is_some() { 0 } else { case.mapper_grace as usize + 1 }) {
        assert_eq!(detector.process(row).unwrap(), None);
    }
    let map = detector.feature_map().unwrap().clone();
    assert_eq!(map.clusters(), case.feature_map, "{} {}", case.name, case.variant);
    let initial = |initial: &Initial| Autoencoder {
        weight: initial.w.concat().iter().map(|&w| w as f32).collect(),
        hidden_bias: vec![0.0; initial.w[0].len()],
        visible_bias: vec![0.0; initial.w.len()],
    };
    let mut tails: Vec<Autoencoder> = case.initial_weights_tails_then_head.iter().map(initial).collect();
    let head = tails.pop().unwrap();
    let state = EnsembleState { ranges: None, tails, head, errors: None };
    let kept = KeptRows::new(&detector.config, map.clusters().len(), map.features());
    let ensemble = Box::new(OnlineEnsemble::of(&detector.config, map, state));
    detector.phase = Phase::Training { ensemble, rows: 0, kept };
    detector
}

#[test]
fn scores_and_weights_are_those_of_the_original_if_it_is_given_one_row_less() {
    for case in figures() {
        let name = format!("{} {}", case.name, case.variant);
        let mut detector = started(&case);
        let before = detector.rows() as usize;
        for (number, (row, &expected)) in case.rows.iter().zip(&case.outputs).enumerate().skip(before) {
            let found = detector.process(row).unwrap();
            assert_eq!(found.is_none(), number < before + detector.config.train_grace as usize, "{name}, row {number}");
            let found = found.unwrap_or(0.0);
            assert!(close(found, expected, 1e-4), "{name}, row {number}: {found} instead of {expected}");
        }
        let Phase::Executing { ensemble, .. } = &detector.phase else { panic!("{name} does not score") };
        let state = ensemble.state();
        let [lowest, highest] = state.ranges.unwrap();
        let errors = state.errors.unwrap();
        for (at, (found, expected)) in state.tails.iter().chain([&state.head]).zip(&case.final_tails_then_head).enumerate() {
            let pairs = |found: &[f32], expected: &[f64]| {
                found.len() == expected.len()
                    && found.iter().zip(expected).all(|(&found, &expected)| (f64::from(found) - expected).abs() < 2e-5)
            };
            assert!(pairs(&found.weight, &expected.w.concat()), "{name}, weights {at}");
            assert!(pairs(&found.hidden_bias, &expected.hidden_bias), "{name}, hidden biases {at}");
            assert!(pairs(&found.visible_bias, &expected.visible_bias), "{name}, visible biases {at}");
            match case.feature_map.get(at) {
                Some(cluster) => {
                    for (&feature, (&min, &max)) in cluster.iter().zip(expected.min.iter().zip(&expected.max)) {
                        assert_eq!((lowest[feature], highest[feature]), (min, max), "{name}, feature {feature}");
                    }
                }
                None => assert!(pairs(&errors[0], &expected.min) && pairs(&errors[1], &expected.max), "{name}, ranges of the head"),
            }
        }
    }
}

/// Rows of groups that go together, of a seed.
fn rows(count: usize, features: usize, seed: u64) -> Vec<Vec<f64>> {
    let draws = Draws::new(seed, Purpose::Sample, 0);
    let row = |number: usize| {
        let of_row = draws.row(number as u64);
        let factor = |group: usize| f64::from(of_row.uniform(1_000 + group));
        (0..features).map(|f| factor(f / 4) * (1.0 + f as f64) + 0.1 * f64::from(of_row.uniform(f))).collect()
    };
    (0..count).map(row).collect()
}

/// Who sends a row of this number, if anybody is known.
fn sender(number: usize) -> Option<Sender> {
    (number % 11 != 3).then(|| Sender::new(&format!("host {}", number * number % 7), 0.3 * number as f64))
}

fn small() -> OnlineConfig {
    OnlineConfig::new().with_mapper_grace(60).with_train_grace(500)
}

#[test]
fn grace_periods_are_exact_and_the_state_counts_down() {
    let mut detector = OnlineKitsune::new(small(), 9).unwrap();
    for (number, row) in rows(600, 9, 1).iter().enumerate() {
        let expected = match number {
            0..60 => OnlineState::Mapping { rows_left: 60 - number as u64 },
            60..560 => OnlineState::Training { rows_left: 560 - number as u64 },
            _ => OnlineState::Executing,
        };
        assert_eq!((detector.state(), detector.rows()), (expected, number as u64));
        if number < 560 {
            let missing = 560 - number as u64;
            assert!(matches!(detector.check_ready(), Err(Error::InGrace { missing: found, .. }) if found == missing));
            assert!(matches!(detector.score(row), Err(Error::InGrace { .. })));
        }
        assert_eq!(detector.process(row).unwrap().is_some(), number >= 560);
    }
}

#[test]
fn a_bad_row_teaches_nothing_and_its_error_names_the_column() {
    let names: Vec<String> = (0..5).map(|f| format!("column {f}")).collect();
    let mut detector = OnlineKitsune::new(small().with_mapper_grace(20).with_train_grace(30), 5).unwrap().with_columns(names).unwrap();
    for (number, row) in rows(60, 5, 2).iter().enumerate() {
        let before = detector.to_bytes().unwrap();
        for (bad, value) in [(3, f64::NAN), (0, f64::INFINITY)] {
            let mut row = row.clone();
            row[bad] = value;
            let error = detector.process(&row).unwrap_err().to_string();
            assert!(error.contains(&format!("row {number}, column \"column {bad}\" is")), "{error}");
        }
        assert!(matches!(detector.process(&row[..4]), Err(Error::FeatureCount { expected: 5, found: 4, .. })));
        assert_eq!(detector.to_bytes().unwrap(), before, "row {number}");
        detector.process(row).unwrap();
    }
}

#[test]
fn a_stream_that_was_saved_after_any_row_goes_on_to_the_bit() {
    let rows = rows(700, 9, 3);
    let map = FeatureMap::new(9, vec![vec![3, 0, 1], vec![5, 0], vec![8]], Coverage::Free).unwrap();
    for config in [
        small(),
        small().with_adapt(Some(0.3)).with_alert_rate(0.05),
        small().with_threshold(Some(2.0)),
        small().with_feature_map(Some(map)).with_bias(BiasRule::Mean),
        small().with_scaling(OnlineScaling::Original).with_score(ScoreKind::Head),
        small().with_pool(Some(5.0)),
        small().with_pool(Some(20.0)).with_adapt(Some(0.3)),
    ] {
        let observe = |detector: &mut OnlineKitsune, number: usize| detector.observe_from(sender(number), &rows[number]).unwrap();
        let mut unbroken = OnlineKitsune::new(config.clone(), 9).unwrap();
        let expected: Vec<Option<Observation>> = (0..700).map(|number| observe(&mut unbroken, number)).collect();
        for after in (0..700).step_by(23).chain([59, 60, 61, 309, 310, 311, 559, 560, 561]) {
            let mut detector = OnlineKitsune::new(config.clone(), 9).unwrap();
            for number in 0..after {
                observe(&mut detector, number);
            }
            let bytes = detector.to_bytes().unwrap();
            let mut resumed = OnlineKitsune::from_bytes(&bytes).unwrap();
            assert_eq!(resumed.to_bytes().unwrap(), bytes, "after {after} rows");
            for (number, expected) in expected.iter().enumerate().skip(after) {
                assert_eq!(observe(&mut resumed, number), *expected, "after {after} rows");
            }
            assert_eq!(resumed.to_bytes().unwrap(), unbroken.to_bytes().unwrap(), "after {after} rows");
        }
    }
}

#[test]
fn batches_are_scored_as_single_rows_are() {
    let rows = rows(640, 9, 4);
    let mut single = OnlineKitsune::new(small(), 9).unwrap();
    let expected: Vec<Option<f64>> = rows.iter().map(|row| single.process(row).unwrap()).collect();
    let mut detector = OnlineKitsune::new(small(), 9).unwrap();
    let mut found = Vec::new();
    for batch in rows.chunks(100) {
        found.extend(detector.process_batch(&TensorData::new(batch.concat(), [batch.len(), 9])).unwrap());
    }
    assert_eq!(found, expected);
}

#[test]
fn batches_are_observed_as_single_rows_are() {
    let rows: Vec<Vec<f32>> = rows(640, 9, 4).iter().map(|row| row.iter().map(|&value| value as f32).collect()).collect();
    let wide = |row: &[f32]| row.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let senders: Vec<Sender> = (0..640).map(|number| sender(number).unwrap_or(Sender::new("", number as f64))).collect();
    let pooled = small().with_pool(Some(3.0));
    let mut single = OnlineKitsune::new(pooled.clone(), 9).unwrap();
    let observe = |(row, &sender): (&Vec<f32>, &Sender)| single.observe_from(Some(sender), &wide(row)).unwrap();
    let expected: Vec<Option<Observation>> = rows.iter().zip(&senders).map(observe).collect();
    let mut detector = OnlineKitsune::new(pooled, 9).unwrap();
    let batch = TensorData::new(rows.concat(), [640, 9]);
    let mut found = Vec::new();
    for start in (0..640).step_by(100) {
        let part = start..640.min(start + 100);
        let observed = detector.observe_batch(&batch, part.clone(), Some(&senders[part]), |detector, row, observation| {
            assert_eq!(row, wide(&rows[found.len()]));
            found.push(observation);
            assert_eq!(detector.rows(), found.len() as u64);
            Ok::<(), Error>(())
        });
        observed.unwrap();
    }
    assert_eq!((found, detector.to_bytes().unwrap()), (expected, single.to_bytes().unwrap()));

    let mut bad = rows[..4].concat();
    bad[2 * 9 + 5] = f32::INFINITY;
    let mut taken = 0;
    let refused = detector.observe_batch(&TensorData::new(bad, [4, 9]), 0..4, None, |_, _, _| {
        taken += 1;
        Ok::<(), Error>(())
    });
    assert!(matches!(refused, Err(Error::NotFinite { row: 642, feature: 5, .. })) && taken == 2, "{refused:?}");
}

#[test]
fn rows_side_by_side_are_observed_as_single_rows_are() {
    // More clusters than a register has lanes, a number of rows that is no multiple of those side by side, one beyond its ranges, and two lessons in the middle of others.
    let config = OnlineConfig::new().with_mapper_grace(60).with_train_grace(100).with_max_features_per_cluster(3);
    let mut rows = rows(401, 70, 4);
    rows[250][3] = 100.0;
    let lesson = rows[7].clone();
    let is_followed = |row: usize| row == 300 || row == 333;
    let mut single = OnlineKitsune::new(config.clone(), 70).unwrap();
    let mut expected = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        expected.push(single.observe(row).unwrap());
        if is_followed(number) {
            single.learn(&lesson).unwrap();
        }
    }
    let mut detector = OnlineKitsune::new(config, 70).unwrap();
    let mut found = Vec::new();
    let observed = detector.observe_batch(&TensorData::new(rows.concat(), [401, 70]), 0..401, None, |detector, row, observation| {
        if observation.is_some() {
            detector.reasons(row, 1)?;
        }
        if is_followed(found.len()) {
            detector.learn(&lesson)?;
        }
        found.push(observation);
        Ok::<(), Error>(())
    });
    observed.unwrap();
    assert!(detector.feature_map().unwrap().clusters().len() > 16);
    assert_eq!((found, detector.to_bytes().unwrap()), (expected, single.to_bytes().unwrap()));
}

#[test]
fn an_exported_model_has_the_same_scores() {
    let device = NdArrayDevice::default();
    let mut all = rows(1_000, 9, 5);
    for row in &mut all {
        row.push(5.0);
        row.push(0.0);
    }
    // Beyond the ranges, a constant that changes, and one that changes by its rounding error.
    all[700][2] = 1e3;
    all[710][9] = 7.0;
    all[720][9] = 5.000_000_000_000_001;
    all[730][10] = 1e-30;
    let columns: Vec<String> = (0..11).map(|f| format!("c{f}")).collect();
    for kind in [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Head] {
        let config = small().with_score(kind);
        let mut detector = OnlineKitsune::new(config, 11).unwrap().with_columns(columns.clone()).unwrap();
        let expected: Vec<f64> = all.iter().filter_map(|row| detector.process(row).unwrap()).collect();
        let model = detector.to_kitsune::<NdArray>(&device).unwrap();
        let again = Kitsune::<NdArray>::from_bytes(&model.to_bytes().unwrap(), &device).unwrap();
        let rows = TensorData::new(all[560..].concat(), [440, 11]);
        for model in [&model, &again] {
            assert_eq!(model.columns().unwrap(), columns);
            let scored = model.score_rows(&rows, &ScoreOptions::new()).unwrap();
            for (row, (&found, &expected)) in scored.scores.iter().zip(&expected).enumerate() {
                assert!(close(f64::from(found), expected, 1e-5), "{kind}, row {row}: {found} instead of {expected}");
            }
            // The rounding error is none, and the others are seen.
            let of = |row: usize| scored.scores[row - 560];
            assert!(of(720) < of(710) && of(720) < of(730) && of(720) < of(700), "{kind}");
            let found = model.reasons(&rows, [140, 150], 1).unwrap();
            let mut expected = detector.reasons(&all[700], 1).unwrap();
            expected.extend(detector.reasons(&all[710], 1).unwrap());
            assert_eq!((found.concat().len(), expected.len()), (2, 2));
            for (found, expected) in found.concat().iter().zip(&expected) {
                assert_eq!(found.feature, expected.feature);
                assert!((found.deviations - expected.deviations).abs() <= 1e-3 * expected.deviations.abs(), "{found:?} {expected:?}");
                assert!(close(found.expected, expected.expected, 1e-4), "{found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn a_constant_that_changes_raises_the_score_within_bounds() {
    let constant = |value: f64, count: usize| {
        let mut rows = rows(count, 6, 6);
        for row in &mut rows {
            row.extend([value, 0.0, -3.0]);
        }
        rows
    };
    let mut detector = OnlineKitsune::new(small(), 9).unwrap();
    for row in constant(5.0, 560) {
        detector.process(&row).unwrap();
    }
    assert!(detector.feature_map().unwrap().clusters().iter().flatten().count() == 9);
    let highest = f64::from(*detector.normal_scores().unwrap().as_slice().last().unwrap());
    let ordinary = constant(5.0, 600).pop().unwrap();
    let plain = detector.score(&ordinary).unwrap();
    for (feature, least) in [(6, 5e-9), (7, 1e-300), (8, 1e-8)] {
        let mut found = Vec::new();
        for change in [least * 4.0, 1.0, -7.0, 1e12] {
            let mut row = ordinary.clone();
            row[feature] += change;
            found.push(detector.score(&row).unwrap() - plain);
        }
        assert!(found.is_sorted() && found[0] > 0.02 * highest, "{found:?} of {highest}");
        assert!(found[1..].iter().all(|&raised| (raised - found[1]).abs() < 1e-9), "{found:?}");
        assert!(found[1] > 0.4 * highest && found[1] < 7.0 * highest, "{found:?} of {highest}");
    }
    // Its rounding error is no change.
    let mut row = ordinary;
    row[6] = row[6].next_up();
    assert_eq!(detector.score(&row).unwrap(), plain);
}

#[test]
fn the_map_of_exact_statistics_is_found_on_data_without_noise_of_rounding() {
    let all = rows(300, 12, 7);
    let mut detector = OnlineKitsune::new(small().with_mapper_grace(300), 12).unwrap();
    for row in &all {
        detector.process(row).unwrap();
    }
    let mut mapper = FeatureMapper::new(12, 0);
    mapper.partial_fit(&TensorData::new(all.concat(), [300, 12])).unwrap();
    let exact = mapper.feature_map(10, 1, crate::kinds::CorrelationDistance::Signed).unwrap();
    let sorted = |map: &FeatureMap| {
        let mut clusters: Vec<Vec<usize>> = map.clusters().to_vec();
        for cluster in &mut clusters {
            cluster.sort_unstable();
        }
        clusters.sort();
        clusters
    };
    assert_eq!(sorted(detector.feature_map().unwrap()), sorted(&exact));
}

#[test]
fn settings_outside_their_range_are_refused() {
    let refused = |config: OnlineConfig, name: &str| {
        let error = OnlineKitsune::new(config, 4).unwrap_err();
        assert!(matches!(error, Error::Hyperparameter { name: found, .. } if found == name), "{name}: {error}");
    };
    refused(small().with_mapper_grace(0), "mapper_grace");
    refused(small().with_mapper_grace(1), "mapper_grace");
    refused(small().with_train_grace(0), "train_grace");
    refused(small().with_learning_rate(0.0), "learning_rate");
    refused(small().with_learning_rate(f64::NAN), "learning_rate");
    refused(small().with_alert_rate(0.6), "alert_rate");
    refused(small().with_adapt(Some(0.5)), "adapt");
    refused(small().with_adapt(Some(0.0)), "adapt");
    refused(small().with_threshold(Some(f64::NAN)), "threshold");
    refused(small().with_score(ScoreKind::Body), "score");
    refused(small().with_max_features_per_cluster(0), "max_features_per_cluster");
    assert!(matches!(OnlineKitsune::new(small(), 0), Err(Error::NoFeatures)));
    let map = FeatureMap::new(3, vec![vec![0, 1], vec![2]], Coverage::Exact).unwrap();
    assert!(matches!(OnlineKitsune::new(small().with_feature_map(Some(map)), 4), Err(Error::FeatureCount { expected: 3, found: 4, .. })));
}

#[test]
fn what_the_originals_scaling_divides_by_almost_nothing_is_not_exported() {
    let device = NdArrayDevice::default();
    for (value, step, is_exported) in [(5.0, 0.0, false), (0.0, 1e-13, false), (0.0, 0.1, true)] {
        let config = small().with_scaling(OnlineScaling::Original).with_score(ScoreKind::Head);
        let mut detector = OnlineKitsune::new(config, 5).unwrap();
        let mut expected = Vec::new();
        let mut all = rows(600, 4, 8);
        for (number, row) in all.iter_mut().enumerate() {
            row.push(value + step * (number % 7) as f64);
            expected.extend(detector.process(row).unwrap());
        }
        match detector.to_kitsune::<NdArray>(&device) {
            Err(error) => assert!(!is_exported && matches!(error, Error::NotExportable { .. }), "{error}"),
            Ok(model) => {
                assert!(is_exported);
                let rows = TensorData::new(all[560..].concat(), [40, 5]);
                let scored = model.score_rows(&rows, &ScoreOptions::new()).unwrap();
                let pairs = scored.scores.iter().zip(&expected);
                pairs.for_each(|(&found, &expected)| assert!(close(f64::from(found), expected, 1e-5), "{found} instead of {expected}"));
            }
        }
    }
}

#[test]
fn numbers_as_large_as_there_are_spoil_no_map_and_no_state() {
    let mut detector = OnlineKitsune::new(small(), 9).unwrap();
    for (number, row) in rows(640, 9, 9).iter_mut().enumerate() {
        if number % 10 == 3 {
            row[4] = f64::MAX;
            row[5] = -1e308;
        }
        let bytes = detector.to_bytes().unwrap();
        detector = OnlineKitsune::from_bytes(&bytes).unwrap();
        assert!(detector.process(row).unwrap().is_none_or(f64::is_finite));
    }
}
