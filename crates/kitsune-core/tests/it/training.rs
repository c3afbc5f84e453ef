//! The recipe from rows to a model that detects, and what can go wrong on the way.

use std::cell::RefCell;
use std::ops::ControlFlow;

use burn::backend::Autodiff;
use burn::optim::{AdamConfig, SgdConfig};
use burn::tensor::{Tensor, TensorData};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::{CorrelationDistance, HeadInput, InputScaling, Named, OptimizerKind, Outside, Schedule};
use kitsune_core::model::{Ensemble, TiedAutoencoder};
use kitsune_core::scaler::Scaler;
use kitsune_core::training::{Losses, Progress};
use kitsune_core::{Error, FeatureMapper, Kitsune, KitsuneConfig, ScoreKind, ScoreOptions, Trainer};
use rayon::prelude::*;

use crate::bridge::{assert_close, matrix, numbers, read, tensor};
use crate::random::Random;
use crate::taken_apart::file_bytes;
use crate::{TestBackend, device};

/// Rows of two hidden factors, which drive four columns each.
pub(crate) fn factor_rows(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|_| {
            let factors = [random.uniform(0.0, 1.0), random.uniform(0.0, 1.0)];
            (0..8).map(|column| factors[column % 2] * (1 + column) as f64 + random.uniform(0.0, 0.1)).collect()
        })
        .collect()
}

/// A training of 70 steps for 200 rows, with a tail for each factor, and without the thousand steps that tell which rows to leave out.
pub(crate) fn quick() -> KitsuneConfig {
    KitsuneConfig::new().with_epochs(Some(10)).with_batch_size(Some(32)).with_max_features_per_cluster(5).with_trim(0.0)
}

pub(crate) fn quick_model() -> Kitsune<TestBackend> {
    quick().fit(&matrix(&factor_rows(200, 1)), &device()).unwrap()
}

/// Share of the pairs of an ordinary and a strange row in which the strange one scores higher.
pub(crate) fn auc(ordinary: &[f32], strange: &[f32]) -> f64 {
    let pairs = ordinary.iter().flat_map(|o| {
        strange.iter().map(move |s| {
            if s > o {
                1.0
            } else if s == o {
                0.5
            } else {
                0.0
            }
        })
    });
    pairs.sum::<f64>() / (ordinary.len() * strange.len()) as f64
}

#[test]
fn broken_correlations_score_higher_than_ordinary_rows() {
    let model: Kitsune<TestBackend> = KitsuneConfig::new().fit(&matrix(&factor_rows(1_000, 1)), &device()).unwrap();
    let ordinary = factor_rows(500, 2);
    // The first half of a row with the second half of the next one: no column by itself looks any different.
    let strange: Vec<Vec<f64>> = ordinary.windows(2).map(|rows| [&rows[0][..4], &rows[1][4..]].concat()).collect();
    let scores = |rows: &[Vec<f64>]| model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
    let auc = auc(&scores(&ordinary), &scores(&strange));
    assert!(auc > 0.9, "AUC {auc}");
}

#[test]
fn the_same_seed_gives_the_same_file_on_any_number_of_threads() {
    let mut random = Random::new(4);
    let config = KitsuneConfig::new().with_epochs(Some(2)).with_max_features_per_cluster(60);
    // Wide enough for the matrix products to be split among threads, and many steps, which are taken while later rows are made ready.
    for (features, batch_rows) in [(120, 256), (8, 5)] {
        let rows = matrix(&random.rows(600, features));
        let config = config.clone().with_batch_size(Some(batch_rows));
        let train = |config: &KitsuneConfig| file_bytes(&config.fit(&rows, &device()).unwrap());
        let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| train(&config));

        let expected = train(&config);
        assert_eq!(on(1), expected, "{features} features");
        assert_eq!(on(8), expected, "{features} features");
        assert_ne!(train(&config.clone().with_seed(1)), expected, "{features} features");
    }
}

#[test]
fn as_many_trainings_as_a_pool_has_threads_end_and_give_the_same_file() {
    let rows = matrix(&Random::new(4).rows(6_000, 8));
    // Many steps, each of more than one block, so that threads share it.
    let config = KitsuneConfig::new().with_epochs(Some(1)).with_batch_size(Some(130));
    let train = || file_bytes(&config.fit(&rows, &device()).unwrap());
    let expected = train();
    let files: Vec<Vec<u8>> = (0..2 * rayon::current_num_threads()).into_par_iter().map(|_| train()).collect();
    assert!(files.iter().all(|file| *file == expected));
}

#[test]
fn weights_start_within_one_over_the_visible_units_and_biases_at_0() {
    let map = FeatureMap::new(14, vec![(0..10).collect(), (10..14).collect()], Coverage::Exact).unwrap();
    let drawn = |seed: u64| read(&quick().with_seed(seed).init::<TestBackend>(&map, &device()).unwrap());
    for seed in 0..20 {
        let ensemble = drawn(seed);
        for autoencoder in ensemble.tails.iter().chain([&ensemble.head]).chain(&ensemble.body) {
            let largest = autoencoder.weight.iter().flatten().fold(0.0_f64, |largest, w| largest.max(w.abs()));
            let bound = 1.0 / autoencoder.visible() as f64;
            assert!(largest <= bound && largest > 0.1 * bound, "{largest} for {} visible units", autoencoder.visible());
            assert!(autoencoder.hidden_bias.iter().chain(&autoencoder.visible_bias).all(|&bias| bias == 0.0));
        }
    }
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1).tails, drawn(2).tails);
    assert_ne!(drawn(1).head, drawn(2).head);
    assert_ne!(drawn(1).body, drawn(2).body);
}

#[test]
fn a_body_sees_all_features_through_half_as_many_hidden_units_up_to_a_bound_that_falls_for_wide_rows() {
    let dims = |features: usize, config: KitsuneConfig| {
        let map = FeatureMap::new(features, vec![(0..features).collect()], Coverage::Exact).unwrap();
        config.init::<TestBackend>(&map, &device()).unwrap().body().map(TiedAutoencoder::dims)
    };
    let hidden = |features| dims(features, KitsuneConfig::new()).unwrap()[2];
    assert_eq!([2, 5, 255, 257, 400, 800, 1_600, 2_000].map(hidden), [1, 3, 128, 128, 128, 64, 32, 32]);
    let config = KitsuneConfig::new();
    assert_eq!(dims(40, config.clone().with_body_ratio(Some(0.25))), Some([1, 40, 10]));
    assert_eq!(dims(40, config.clone().with_body_units(Some(7))), Some([1, 40, 7]));
    assert_eq!(dims(1_000, config.clone().with_body_units(Some(256))), Some([1, 1_000, 256]));
    assert_eq!(dims(40, config.clone().with_body_ratio(None)), None);
    assert!(matches!(config.with_body_units(Some(0)).validate(), Err(Error::Hyperparameter { name: "body_units", .. })));
}

/// Losses of three steps over the same rows that move nothing.
fn losses_of_steps(config: &KitsuneConfig, rows: &[Vec<f64>]) -> Vec<Losses> {
    let mut trainer = Trainer::new(untrained(config, rows[0].len()), Scaler::identity(rows[0].len()), SgdConfig::new().init()).unwrap();
    (0..3)
        .map(|_| {
            trainer.step(matrix(rows), 0.0).unwrap();
            trainer.take_losses().unwrap()
        })
        .collect()
}

fn untrained(config: &KitsuneConfig, features: usize) -> Ensemble<Autodiff<TestBackend>> {
    let map = FeatureMap::new(features, vec![(0..features).collect()], Coverage::Exact).unwrap();
    config.init(&map, &device()).unwrap()
}

#[test]
fn dropout_takes_inputs_away_and_leaves_the_targets() {
    // At this rate not one of twenty inputs is likely to stay, and with this seed none does.
    let config = quick().with_dropout(0.9999).with_head_input(HeadInput::Raw);
    let rows = Random::new(16).rows(4, 5);
    let ensemble = untrained(&config, 5);
    let tails = ensemble.tail_errors(tensor(&rows), Some(tensor(&vec![vec![0.0; 5]; 4])));
    let head = ensemble.head_error(tails.clone(), Some(tensor(&vec![vec![0.0]; 4])));

    let losses = losses_of_steps(&config, &rows)[0];
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    assert_close(&[losses.tails, losses.head], &[mean(numbers(tails)), mean(numbers(head))], 1e-6, "losses");
}

#[test]
fn dropout_is_another_one_in_each_step() {
    let rows = Random::new(17).rows(32, 5);
    let config = |dropout: f64| quick().with_dropout(dropout).with_head_input(HeadInput::Raw);
    let without = losses_of_steps(&config(0.0), &rows);
    assert!(without.iter().all(|losses| losses == &without[0]));

    let with = losses_of_steps(&config(0.3), &rows);
    assert!(with[0] != without[0] && with[0] != with[1] && with[1] != with[2], "{with:?}");
    assert_eq!(losses_of_steps(&config(0.3), &rows), with);
}

#[test]
fn rows_train_the_same_from_every_kind_of_source() {
    let mut random = Random::new(5);
    let rows: Vec<Vec<f32>> = random.rows(100, 6).into_iter().map(|row| row.into_iter().map(|v| v as f32).collect()).collect();
    let data = TensorData::new(rows.concat(), [100, 6]);
    let chunks = |_epoch: usize| {
        let chunks: Vec<Result<TensorData, Error>> =
            rows.chunks(9).map(|rows| Ok(TensorData::new(rows.concat(), [rows.len(), 6]))).collect();
        Ok::<_, Error>(chunks.into_iter())
    };
    let config = quick().with_epochs(Some(1));
    let from_vec = file_bytes(&config.fit(&rows, &device()).unwrap());
    assert_eq!(file_bytes(&config.fit(&data, &device()).unwrap()), from_vec);

    // A closure decides on the order of the rows itself; this one leaves it as it is, so it is compared with another of other chunks.
    let whole = |_epoch: usize| Ok::<_, Error>(std::iter::once(Ok(data.clone())));
    assert_eq!(file_bytes(&config.fit(&chunks, &device()).unwrap()), file_bytes(&config.fit(&whole, &device()).unwrap()));
}

#[test]
fn one_epoch_goes_through_all_rows_twice() {
    let data = matrix(&factor_rows(1_000, 18));
    // Of each pass its number, and the rows that were taken of it.
    let passes = RefCell::new(Vec::<(usize, usize)>::new());
    let counted = |epoch: usize| {
        passes.borrow_mut().push((epoch, 0));
        let values = data.as_slice::<f64>().unwrap();
        let chunks = values.chunks(8 * 300).map(|chunk| TensorData::new(chunk.to_vec(), [chunk.len() / 8, 8]));
        Ok::<_, Error>(chunks.map(|chunk| {
            passes.borrow_mut().last_mut().unwrap().1 += chunk.shape[0];
            Ok(chunk)
        }))
    };
    for epochs in [1, 3] {
        for config in [quick(), quick().with_mapper_rows(Some(100)), quick().with_inputs(InputScaling::MinMax).with_clamp(false)] {
            config.with_epochs(Some(epochs)).fit::<TestBackend>(&counted, &device()).unwrap();
            assert_eq!(passes.take(), (0..=epochs).map(|epoch| (epoch, 1_000)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_map_of_the_first_rows_leaves_all_else_to_all_rows() {
    // Columns of one factor belong together; after 100 rows each goes with one of the other factor.
    let mut rows = factor_rows(400, 19);
    for row in &mut rows[100..] {
        for pair in row.chunks_exact_mut(2) {
            pair[1] = 2.0 * pair[0] + 3.0;
        }
    }
    let train =
        |config: KitsuneConfig, rows: &[Vec<f64>]| config.with_epochs(Some(1)).fit::<TestBackend>(&matrix(rows), &device()).unwrap();
    // Those that might have been held out would come after the others.
    let quick = || quick().with_hold_out(0.0);
    let limited = train(quick().with_mapper_rows(Some(100)), &rows);
    let (all, first) = (train(quick(), &rows), train(quick(), &rows[..100]));
    assert_eq!(limited.feature_map(), first.feature_map());
    assert_ne!(limited.feature_map(), all.feature_map());
    assert_eq!((limited.scaler(), limited.means(), limited.summary().rows), (all.scaler(), all.means(), Some(400)));
    assert_ne!(limited.scaler(), first.scaler());

    let unlimited = train(quick().with_mapper_rows(Some(400)), &rows);
    assert_eq!(
        unlimited.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores,
        all.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores
    );
}

#[test]
fn the_bytes_of_the_sample_bound_the_calibration() {
    let rows = matrix(&factor_rows(400, 20));
    let scores = |config: KitsuneConfig| {
        config.fit::<TestBackend>(&rows, &device()).unwrap().score_rows(&rows, &ScoreOptions::new()).unwrap().scores
    };
    let by_rows = scores(quick().with_sample_rows(30));
    assert_eq!(scores(quick().with_sample_bytes(30 * 8 * 8)), by_rows);
    assert_ne!(scores(quick()), by_rows);
}

#[test]
fn scores_do_not_depend_on_the_batch() {
    let model = quick_model();
    let rows = factor_rows(2_500, 6);
    for &kind in ScoreKind::ALL {
        let expected = model.score_rows(&matrix(&rows), &ScoreOptions::new().with_score(kind)).unwrap().scores;
        for batch in [1, 7, 256, 1_024] {
            let scores: Vec<f32> = rows
                .chunks(batch)
                .flat_map(|rows| model.score_rows(&matrix(rows), &ScoreOptions::new().with_score(kind)).unwrap().scores)
                .collect();
            for (found, expected) in scores.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "batches of {batch}: {found} instead of {expected}");
            }
        }
    }
    assert_eq!(model.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores.len(), 2_500);
}

#[test]
fn rows_on_the_device_score_as_rows_on_the_host() {
    let model = quick_model();
    let rows = factor_rows(50, 7);
    let on_host = model.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores;
    let on_device = numbers(model.score(tensor(&rows), &ScoreOptions::new()).unwrap());
    for (found, expected) in on_device.iter().zip(on_host) {
        assert!((found - f64::from(expected)).abs() <= 1e-4 * (1.0 + found.abs()), "{found} instead of {expected}");
    }
}

#[test]
fn an_observer_sees_every_stage_and_can_stop_at_each() {
    let rows = matrix(&factor_rows(100, 8));
    let train = |observer: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
        quick().with_epochs(Some(2)).fit_observed::<TestBackend>(&rows, &device(), observer)
    };
    let mut seen = Vec::new();
    train(&mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen[0], Progress::Statistics { rows: 100 });
    assert_eq!(seen[1], Progress::Planned { rows: 100, held_out: 0, features: 8, clusters: 2, epochs: 2, steps: 8 });
    assert_eq!(seen[2], Progress::Training);
    assert_eq!(seen[3..7], [32_u64, 64, 96, 100].map(|rows| Progress::Step { step: rows.div_ceil(32), rows }));
    assert!(matches!(seen[7], Progress::Epoch { epoch: 1, losses } if losses.tails > 0.0 && losses.head > 0.0 && losses.body > Some(0.0)));
    assert!(matches!(seen[12], Progress::Epoch { epoch: 2, .. }));
    assert_eq!(seen[13..], [Progress::Calibration]);

    for (stage, progress) in seen.iter().enumerate() {
        let mut calls = 0;
        let result = train(&mut |_| {
            calls += 1;
            if calls > stage { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(result, Err(Error::Stopped)), "stopped at {progress:?}");
        assert_eq!(calls, stage + 1);
    }
}

#[test]
fn the_default_number_of_epochs_makes_2000_steps() {
    let epochs = |rows: u64, batch_size: usize| KitsuneConfig::new().with_batch_size(Some(batch_size)).epochs_for(rows, 115);
    assert_eq!(epochs(2, 32), 2_000);
    assert_eq!(epochs(320, 32), 200);
    assert_eq!(epochs(321, 32), 182);
    assert_eq!(epochs(64_000, 32), 1);
    assert_eq!(epochs(10_000_000, 32), 1);
    assert_eq!(KitsuneConfig::new().with_epochs(Some(3)).epochs_for(10, 8), 3);
}

#[test]
fn more_rows_make_larger_steps_and_not_more_of_them() {
    let plan = |rows: u64| {
        let config = KitsuneConfig::new();
        (config.batch_rows_for(rows, 115), config.epochs_for(rows, 115))
    };
    for (rows, expected) in [
        (0, (32, 2_000)),
        (2, (32, 2_000)),
        (32_000, (32, 2)),
        (64_000, (32, 1)),
        (66_000, (33, 1)),
        (660_000, (330, 1)),
        (2_048_000, (1_024, 1)),
        (u64::MAX, (1_024, 1)),
    ] {
        assert_eq!(plan(rows), expected, "{rows}");
    }
    assert_eq!(KitsuneConfig::new().with_batch_size(Some(5)).batch_rows_for(660_000, 8), 5);
    // The steps of wide rows cost more.
    let wide = |features: usize| (KitsuneConfig::steps_for(features), KitsuneConfig::new().epochs_for(400, features));
    assert_eq!([400, 1_000, 4_000, 50_000].map(wide), [(2_000, 154), (800, 62), (200, 16), (200, 16)]);
    assert_eq!(KitsuneConfig::new().batch_rows_for(100_000, 5_000), 500);
    // A training does what is planned.
    let rows: Vec<_> = factor_rows(66_000, 5);
    let config = quick().with_batch_size(None).with_epochs(None).with_hold_out(0.0).with_body_ratio(None).with_prototypes(0).with_trim(0.0);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&rows), &device()).unwrap();
    assert_eq!(model.summary().steps, 2_000);
}

#[test]
fn the_hyperparameters_of_the_original_train_a_model_of_tails_and_head() {
    let rows = matrix(&Random::new(21).rows(200, 6));
    let model: Kitsune<TestBackend> = KitsuneConfig::original().fit(&rows, &device()).unwrap();
    let errors = model.score_rows(&rows, &ScoreOptions::new().with_score(ScoreKind::Head).with_errors()).unwrap().errors.unwrap();
    assert!(errors.body.is_none() && errors.prototypes.is_none() && model.ensemble().body().is_none());
    let none = model.forward(Tensor::zeros([0, 6], &device()));
    assert!(none.tails.dims()[0] == 0 && none.body.is_none() && none.prototypes.is_none());
    assert_eq!((model.summary().steps, model.summary().trimmed, model.summary().held_out), (7, 0.0, 0));
    assert_eq!(model.summary().body_loss, None);
    assert_eq!(model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores, errors.head);
}

#[test]
fn the_summary_says_what_was_done() {
    let model = quick_model();
    let summary = model.summary();
    assert_eq!((summary.rows, summary.epochs, summary.steps, summary.rows_seen), (Some(200), Some(10), 70, 2_000));
    assert!(summary.tail_loss > Some(0.0) && summary.head_loss > Some(0.0) && summary.body_loss > Some(0.0));
    assert_eq!((summary.held_out, summary.trimmed), (0, 0.0));
}

/// What a training of these rows ends with.
fn refusal(config: &KitsuneConfig, rows: &[Vec<f64>]) -> Error {
    config.fit::<TestBackend>(&matrix(rows), &device()).unwrap_err()
}

#[test]
fn rows_that_cannot_be_trained_on_are_refused_by_name() {
    let config = quick();
    assert!(matches!(refusal(&config, &[vec![1.0, 2.0]]), Error::TooFewRows { found: 1 }));
    assert!(matches!(FeatureMapper::new(0, 0).feature_map(10, 1, CorrelationDistance::Signed), Err(Error::NoFeatures)));

    let mut rows = factor_rows(1_500, 9);
    rows[1_234][5] = f64::INFINITY;
    assert!(matches!(refusal(&config, &rows), Error::NotFinite { row: 1_234, feature: 5, value: f64::INFINITY }));

    let none = TensorData::new(Vec::<f64>::new(), [0, 2]);
    assert!(matches!(config.fit::<TestBackend>(&none, &device()).unwrap_err(), Error::TooFewRows { found: 0 }));
    let ragged = vec![vec![1.0_f32, 2.0], vec![3.0]];
    assert!(matches!(config.fit::<TestBackend>(&ragged, &device()).unwrap_err(), Error::FeatureCount { row: 1, expected: 2, found: 1 }));
}

#[test]
fn rows_said_to_be_scaled_are_taken_as_they_are_or_refused() {
    let config = quick().with_inputs(InputScaling::Identity);
    let mut rows = Random::new(10).rows(1_500, 4);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&rows), &device()).unwrap();
    assert!(matches!(
        model.score_rows(&vec![vec![0.5, 0.5, 0.5, -0.1_f32]], &ScoreOptions::new()),
        Err(Error::NotScaled { row: 0, feature: 3, .. })
    ));

    rows[1_100][2] = 1.5;
    assert!(matches!(refusal(&config, &rows), Error::NotScaled { row: 1_100, feature: 2, value: 1.5 }));
}

#[test]
fn a_hyperparameter_out_of_range_is_named() {
    let check = |config: KitsuneConfig, expected: &str| {
        let Error::Hyperparameter { name, .. } = refusal(&config, &factor_rows(10, 0)) else { panic!("{expected}") };
        assert_eq!(name, expected);
    };
    check(quick().with_dropout(1.0), "dropout");
    check(quick().with_batch_size(Some(0)), "batch_size");
    check(quick().with_learning_rate(Some(f64::NAN)), "learning_rate");
    check(quick().with_clip_norm(0.0), "clip_norm");
    check(quick().with_epochs(Some(0)), "epochs");
    check(quick().with_max_features_per_cluster(0), "max_features_per_cluster");
    check(quick().with_sample_rows(1), "sample_rows");
    check(quick().with_mapper_rows(Some(1)), "mapper_rows");
    for outside in [-0.1, 0.6, f64::NAN] {
        check(quick().with_trim(outside), "trim");
        check(quick().with_hold_out(outside), "hold_out");
        check(quick().with_alert_rate(outside), "alert_rate");
    }
    check(quick().with_alert_rate(0.0), "alert_rate");
    for outside in [0.0, 1.1, f64::NAN] {
        check(quick().with_body_ratio(Some(outside)), "body_ratio");
    }
    check(quick().with_body_ratio(None).with_score(ScoreKind::Body), "body_ratio");
    check(quick().with_prototypes(0).with_score(ScoreKind::Prototypes), "prototypes");
}

#[test]
fn an_error_of_a_source_is_kept_whole() {
    let failing = |epoch: usize| {
        let chunk = TensorData::new(vec![0.0, 1.0, 1.0, 0.5], [2, 2]);
        let end = (epoch == 2).then(|| Err(std::io::Error::other("the disk is gone")));
        Ok::<_, std::io::Error>(std::iter::once(Ok(chunk)).chain(end))
    };
    let error = quick().fit::<TestBackend>(&failing, &device()).unwrap_err();
    assert!(matches!(error, Error::Rows(_)), "{error:?}");
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.to_string(), "the disk is gone");
}

#[test]
fn a_change_in_a_constant_column_alone_raises_the_score_and_stays_finite() {
    let mut rows = factor_rows(300, 11);
    for row in &mut rows {
        row.push(7.25);
    }
    let model: Kitsune<TestBackend> = KitsuneConfig::new().fit(&matrix(&rows), &device()).unwrap();
    for row in &rows[..20] {
        for change in [1e-6, 1.0, -1e12] {
            let mut changed = row.clone();
            changed[8] += change;
            let both = [row.clone(), changed];
            let scored = model.score_rows(&matrix(&both), &ScoreOptions::new().with_score(ScoreKind::Tails)).unwrap();
            assert_eq!(scored.outside, 1);
            assert!(scored.scores[1] > scored.scores[0] && scored.scores[1].is_finite(), "change by {change}: {:?}", scored.scores);
            assert!(model.score_rows(&matrix(&both), &ScoreOptions::new().with_score(ScoreKind::Head)).unwrap().scores[1].is_finite());
        }
    }
}

#[test]
fn a_column_far_from_zero_trains_and_scores_as_one_near_zero() {
    let near: Vec<Vec<f64>> = factor_rows(200, 12)
        .into_iter()
        .map(|mut row| {
            row[3] = (row[3] * 200.0).floor();
            row
        })
        .collect();
    let far: Vec<Vec<f64>> = near
        .iter()
        .map(|row| {
            let mut row = row.clone();
            row[3] += 1.7e9;
            row
        })
        .collect();
    let scores = |rows: &[Vec<f64>]| {
        quick().fit::<TestBackend>(&matrix(rows), &device()).unwrap().score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores
    };
    assert_eq!(scores(&far), scores(&near));
}

#[test]
fn a_loop_of_ones_own_finishes_into_the_same_model_as_the_recipe() {
    let rows = matrix(&factor_rows(96, 13));
    let config = quick().with_epochs(Some(1)).with_schedule(Schedule::Constant).with_learning_rate(Some(0.01));
    let in_order = |_epoch: usize| Ok::<_, Error>(std::iter::once(Ok(rows.clone())));
    let expected: Kitsune<TestBackend> = config.fit(&in_order, &device()).unwrap();

    let mut mapper = FeatureMapper::new(8, config.seed);
    mapper.partial_fit(&rows).unwrap();
    let ensemble = config.init::<Autodiff<TestBackend>>(&config.feature_map(&mapper).unwrap(), &device()).unwrap();
    let mut trainer = Trainer::new(ensemble, config.scaler(&mapper).unwrap(), config.init_optimizer()).unwrap();
    for batch in factor_rows(96, 13).chunks(32) {
        trainer.step(matrix(batch), 0.01).unwrap();
    }
    let model = trainer.finish(mapper.sample(), None).unwrap();

    assert_eq!(
        model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores,
        expected.score_rows(&rows, &ScoreOptions::new()).unwrap().scores
    );
    assert_eq!((model.threshold(), model.normal_scores()), (expected.threshold(), expected.normal_scores()));
    assert_eq!((model.summary().rows, model.summary().epochs, model.means()), (None, None, None));
    assert_eq!(model.with_means(mapper.means()).unwrap().means(), expected.means());
}

#[test]
fn a_loop_of_ones_own_says_what_was_done_and_not_what_was_configured() {
    let config = KitsuneConfig::new().with_prototypes(8).with_alert_rate(0.1);
    let numbers: Vec<usize> = (0..300).collect();
    let (held_out, trained): (Vec<usize>, Vec<usize>) = numbers.iter().partition(|&&number| config.is_held_out(number as u64));
    let rows = factor_rows(300, 17);
    let of = |numbers: &[usize]| matrix(&numbers.iter().map(|&number| rows[number].clone()).collect::<Vec<_>>());
    let (trained, held_out) = (of(&trained), of(&held_out));
    let mut mapper = FeatureMapper::new(8, config.seed);
    mapper.partial_fit(&trained).unwrap();
    let trainer = |scaler: Scaler| {
        let ensemble = config.init::<Autodiff<TestBackend>>(&config.feature_map(&mapper).unwrap(), &device()).unwrap();
        let mut trainer = Trainer::new(ensemble, scaler, AdamConfig::new().init()).unwrap();
        trainer.step(trained.clone(), 0.01).unwrap();
        trainer
    };
    let min_max = mapper.scaler().unwrap();
    let model = trainer(min_max.clone()).finish(mapper.sample(), None).unwrap();
    let said = |model: &Kitsune<TestBackend>| {
        let config = model.config();
        (config.inputs, config.clamp, config.trim, config.hold_out, model.summary().held_out, model.normal_scores().unwrap().rows())
    };
    let sampled = trained.shape[0];
    assert_eq!(said(&model), (InputScaling::MinMax, true, 0.0, 0.0, 0, sampled));
    let (rows, extending) = (held_out.shape[0], min_max.with_outside(Outside::Extend));
    let model = trainer(extending).trimming(mapper.sample(), 20).unwrap().finish(mapper.sample(), Some(held_out.clone())).unwrap();
    assert_eq!(said(&model), (InputScaling::MinMax, false, 0.05, 0.1, rows as u64, rows));
    assert_eq!(model.threshold().unwrap().alert_rate(), Some(0.1));
    let mut scores = model.score_rows(&held_out, &ScoreOptions::new()).unwrap().scores;
    scores.sort_by(f32::total_cmp);
    assert_eq!(model.normal_scores().unwrap().as_slice(), scores);
}

#[test]
fn a_step_that_is_refused_loses_no_model() {
    let rows = factor_rows(32, 14);
    let mut mapper = FeatureMapper::new(8, 0);
    mapper.partial_fit(&matrix(&rows)).unwrap();
    let ensemble =
        quick().init::<Autodiff<TestBackend>>(&mapper.feature_map(10, 4, CorrelationDistance::Signed).unwrap(), &device()).unwrap();
    let mut trainer = Trainer::new(ensemble, mapper.scaler().unwrap(), AdamConfig::new().init()).unwrap();
    assert_eq!(trainer.take_losses(), None);

    assert!(matches!(trainer.step(matrix(&[vec![1.0; 7]]), 0.01), Err(Error::FeatureCount { expected: 8, found: 7, .. })));
    assert!(matches!(trainer.step(tensor::<Autodiff<TestBackend>>(&[vec![1.0; 7]]), 0.01), Err(Error::FeatureCount { .. })));
    assert!(matches!(trainer.step(TensorData::new(Vec::<f32>::new(), [0, 8]), 0.01), Err(Error::TooFewRows { found: 0 })));
    let mut spoilt = rows.clone();
    spoilt[3][1] = f64::NAN;
    assert!(matches!(trainer.step(matrix(&spoilt), 0.01), Err(Error::NotFinite { row: 3, feature: 1, .. })));
    assert_eq!(trainer.steps(), 0);

    trainer.step(matrix(&rows), 0.01).unwrap();
    trainer.finish(mapper.sample(), None).unwrap();
}

#[test]
fn a_training_that_diverges_says_so() {
    // At such a rate the first step throws the weights beyond what f32 can square.
    let config = quick().with_optimizer(OptimizerKind::Sgd).with_learning_rate(Some(1e300));
    assert!(matches!(refusal(&config, &factor_rows(100, 15)), Error::Diverged { .. }));
}

#[test]
fn weights_of_another_shape_are_refused() {
    let map = FeatureMap::new(5, vec![vec![0, 1, 2], vec![3, 4]], Coverage::Exact).unwrap();
    let ensemble = quick().init::<TestBackend>(&map, &device()).unwrap();
    let (tails, head) = (ensemble.tails().weights(), ensemble.head().weights());
    let error = ensemble.with_weights(head.clone(), tails).unwrap_err();
    assert!(matches!(error, Error::WeightShape { name: "weight", expected: [2, 3, 1], found: [1, 2, 1] }), "{error}");
}
