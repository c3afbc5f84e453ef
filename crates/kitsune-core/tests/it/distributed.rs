//! Training whose rows are on several machines: what one machine makes of the same rows, within rounding, and errors where the parts do not fit.

use burn::tensor::TensorData;
use kitsune_core::training::distributed::{DistributedTraining, PartStatistics, PartWeights, Round};
use kitsune_core::{Error, FeatureMapper, Kitsune, KitsuneConfig, ScoreOptions};

use crate::bridge::matrix;
use crate::damage::damaged;
use crate::taken_apart::file_bytes;
use crate::training::{auc, factor_rows, quick};
use crate::{TestBackend, device};

type Training = DistributedTraining<TestBackend>;

fn config() -> KitsuneConfig {
    quick().with_epochs(Some(3)).with_trim(0.05).with_seed(3)
}

/// The statistics of parts, each sent as bytes, merged in groups.
fn statistics(config: &KitsuneConfig, parts: &[TensorData], group: usize) -> PartStatistics {
    let sent = |statistics: PartStatistics| PartStatistics::from_bytes(&statistics.to_bytes().unwrap()).unwrap();
    let taken = (0..).zip(parts).filter_map(|(part, rows)| PartStatistics::take(config, part, rows).unwrap());
    let merged = |mut group: Vec<PartStatistics>| {
        let mut merged = group.remove(0);
        for later in group {
            merged.merge(later).unwrap();
        }
        sent(merged)
    };
    let mut groups: Vec<PartStatistics> = taken.map(sent).collect();
    while groups.len() > 1 {
        let mut rest = groups.into_iter();
        groups = std::iter::from_fn(|| Some(rest.by_ref().take(group).collect::<Vec<_>>()).filter(|group| !group.is_empty()))
            .map(merged)
            .collect();
    }
    groups.remove(0)
}

/// What the parts have learnt in a round, each sent as bytes.
fn learnt(round: &Round<TestBackend>, parts: &[TensorData]) -> PartWeights {
    let round = Round::<TestBackend>::from_bytes(&round.to_bytes().unwrap(), &device()).unwrap();
    let trained = (0..).zip(parts).filter_map(|(part, rows)| round.train(part, rows).unwrap());
    let mut trained = trained.map(|weights| PartWeights::from_bytes(&weights.to_bytes().unwrap()).unwrap());
    let mut merged = trained.next().unwrap();
    for later in trained {
        merged.merge(later).unwrap();
    }
    merged
}

fn trained(config: &KitsuneConfig, parts: &[TensorData], rounds: usize) -> Kitsune<TestBackend> {
    let mut training = Training::new(statistics(config, parts, 3), rounds, &device()).unwrap();
    while let Some(round) = training.next_round() {
        training = training.complete_round(learnt(&round, parts)).unwrap();
    }
    training.finish().unwrap()
}

fn cut(rows: &[Vec<f64>], lengths: &[usize]) -> Vec<TensorData> {
    let mut rest = rows;
    let parts = lengths.iter().map(|&length| {
        let (part, others) = rest.split_at(length);
        rest = others;
        TensorData::new(part.concat(), [length, rows[0].len()])
    });
    parts.collect()
}

#[test]
fn one_part_makes_the_model_of_one_machine_to_the_bit() {
    // With fewer than 2,000 rows none is held out.
    for count in [300, 2_600] {
        let rows = matrix(&factor_rows(count, 1));
        let alone: Kitsune<TestBackend> = config().fit(&rows, &device()).unwrap();
        assert!(file_bytes(&trained(&config(), std::slice::from_ref(&rows), 3)) == file_bytes(&alone), "{count} rows");
        // Rounds need not end where epochs do. Only the losses are those of the last round.
        let weights = |model: &Kitsune<TestBackend>| model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores;
        for rounds in [1, 2, 7, 10_000] {
            let model = trained(&config(), std::slice::from_ref(&rows), rounds);
            assert_eq!(weights(&model), weights(&alone), "{count} rows, {rounds} rounds");
            assert_eq!(model.summary().steps, alone.summary().steps);
            assert_eq!(model.summary().rows_seen, alone.summary().rows_seen);
        }
    }
}

#[test]
fn statistics_of_parts_are_those_of_one_machine_however_they_are_divided_and_merged() {
    let rows = factor_rows(2_500, 2);
    let alone: Kitsune<TestBackend> = config().fit(&matrix(&rows), &device()).unwrap();
    let lengths: [&[usize]; 4] = [&[1_250, 1_250], &[1, 2_499], &[700, 0, 900, 3, 897], &[2_100, 100, 100, 100, 100]];
    for lengths in lengths {
        let parts = cut(&rows, lengths);
        for group in [2, 5] {
            assert_eq!(statistics(&config(), &parts, group).rows(), 2_500);
            let training = Training::new(statistics(&config(), &parts, group), 1, &device()).unwrap();
            let training = training
                .complete_round(learnt(
                    &Training::new(statistics(&config(), &parts, group), 1, &device()).unwrap().next_round().unwrap(),
                    &parts,
                ))
                .unwrap();
            let model = training.finish().unwrap();
            assert_eq!(model.feature_map(), alone.feature_map());
            assert_eq!(model.range(), alone.range(), "{lengths:?}");
            assert_eq!(model.summary().rows, Some(2_500));
            // The rows that are held out have other numbers, so the others are not the same, but about as many.
            let (found, expected) = (model.summary().held_out as f64, alone.summary().held_out as f64);
            assert!((found - expected).abs() < 80.0, "{found} rows instead of {expected}");
        }
    }
}

#[test]
fn means_and_correlations_of_merged_parts_are_within_rounding() {
    let rows = factor_rows(3_000, 4);
    let alone = {
        let mut mapper = FeatureMapper::new(8, 0);
        mapper.partial_fit(&matrix(&rows)).unwrap();
        mapper
    };
    let config = config().with_hold_out(0.0);
    for lengths in [&[1_000, 1_000, 1_000][..], &[1, 999, 1_500, 500]] {
        let model = trained(&config, &cut(&rows, lengths), 1);
        for (found, expected) in model.means().unwrap().iter().zip(alone.means()) {
            assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} instead of {expected}");
        }
        let mut merged = FeatureMapper::new(8, 0);
        let mut first = 0;
        for part in cut(&rows, lengths) {
            let mut mapper = FeatureMapper::new(8, 0).starting_at(first);
            first += part.shape[0] as u64;
            mapper.partial_fit(&part).unwrap();
            merged.merge(&mapper).unwrap();
        }
        let distances = |mapper: &FeatureMapper| mapper.correlation_distance(kitsune_core::kinds::CorrelationDistance::Signed);
        for (found, expected) in distances(&merged).iter().zip(distances(&alone)) {
            assert!((found - expected).abs() <= 1e-12, "{found} instead of {expected}");
        }
    }
}

/// Distances that differ by less than 1e-12 are equal, so that the order of the features decides and not the order of additions.
#[test]
fn distances_that_differ_by_rounding_make_one_map() {
    // Columns that repeat each other, scaled: their distances are 0 but for rounding.
    let rows: Vec<Vec<f64>> =
        factor_rows(1_111, 5).iter().map(|row| (0..12).map(|f| row[f % 2] * (0.1 + f as f64 / 3.0)).collect()).collect();
    let map = |mapper: &FeatureMapper| mapper.feature_map(4, 1, kitsune_core::kinds::CorrelationDistance::Signed).unwrap();
    let mut alone = FeatureMapper::new(12, 0);
    alone.partial_fit(&matrix(&rows)).unwrap();
    for length in [3, 100, 257, 600] {
        let mut merged = FeatureMapper::new(12, 0);
        for part in rows.chunks(length) {
            let mut mapper = FeatureMapper::new(12, 0);
            mapper.partial_fit(&matrix(part)).unwrap();
            merged.merge(&mapper).unwrap();
        }
        assert_eq!(map(&merged), map(&alone), "parts of {length} rows");
    }
}

#[test]
fn parts_of_any_size_learn_together_what_one_machine_learns() {
    let rows = factor_rows(2_400, 6);
    let ordinary = factor_rows(400, 7);
    let strange: Vec<Vec<f64>> = ordinary.windows(2).map(|rows| [&rows[0][..4], &rows[1][4..]].concat()).collect();
    let config = config().with_epochs(Some(10));
    let of = |model: &Kitsune<TestBackend>| {
        let scores = |rows: &[Vec<f64>]| model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
        auc(&scores(&ordinary), &scores(&strange))
    };
    let alone = of(&config.fit(&matrix(&rows), &device()).unwrap());
    for lengths in [vec![600; 4], vec![150; 16], vec![1, 2_000, 7, 392]] {
        let found = of(&trained(&config, &cut(&rows, &lengths), 10));
        assert!(found > alone - 0.01, "AUC {found} with {lengths:?}, but {alone} on one machine");
    }
}

#[test]
fn a_mean_is_weighted_by_rows_and_does_not_depend_on_the_grouping_but_by_rounding() {
    let rows = factor_rows(2_200, 8);
    let parts = cut(&rows, &[200, 1_500, 500]);
    let training = Training::new(statistics(&config(), &parts, 3), 2, &device()).unwrap();
    let round = training.next_round().unwrap();
    let weights: Vec<PartWeights> = (0..).zip(&parts).map(|(part, rows)| round.train(part, rows).unwrap().unwrap()).collect();
    let merged = |mut left: PartWeights, right: PartWeights| {
        left.merge(right).unwrap();
        left
    };
    let [a, b, c] = [0, 1, 2].map(|at| weights[at].clone());
    let left = merged(merged(a.clone(), b.clone()), c.clone());
    let right = merged(a.clone(), merged(b, c));
    assert_eq!(left.rows(), weights.iter().map(PartWeights::rows).sum::<u64>());
    let model = |weights: PartWeights| {
        let training = Training::new(statistics(&config(), &parts, 3), 1, &device()).unwrap();
        assert_eq!(training.rounds(), 1);
        let two = Training::new(statistics(&config(), &parts, 3), 2, &device()).unwrap().complete_round(weights).unwrap();
        let last = learnt(&two.next_round().unwrap(), &parts);
        two.complete_round(last).unwrap().finish().unwrap()
    };
    let scores = |model: &Kitsune<TestBackend>| model.score_rows(&matrix(&rows), &ScoreOptions::new()).unwrap().scores;
    let (left, right) = (scores(&model(left)), scores(&model(right)));
    let apart = left.iter().zip(&right).map(|(left, right)| (left - right).abs() / left.abs().max(1.0)).fold(0.0, f32::max);
    assert!(apart < 1e-3, "{apart}");
}

fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Parts { reason } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn parts_that_do_not_fit_are_refused_in_words() {
    let rows = factor_rows(2_200, 9);
    let parts = cut(&rows, &[1_200, 1_000]);
    let take = |config: &KitsuneConfig, part, rows: &TensorData| PartStatistics::take(config, part, rows).unwrap().unwrap();
    let config = config();
    for (part, later) in [(1, 1), (2, 1)] {
        let reason = reason(take(&config, part, &parts[0]).merge(take(&config, later, &parts[1])));
        assert!(reason.contains(&format!("the statistics of part {later} come after those of part {part}")), "{reason}");
    }
    let other = config.clone().with_seed(9);
    assert!(reason(take(&config, 0, &parts[0]).merge(take(&other, 1, &parts[1]))).contains("other hyper-parameters"));
    let narrow = matrix(&rows.iter().map(|row| row[..5].to_vec()).collect::<Vec<_>>());
    assert!(matches!(take(&config, 0, &parts[0]).merge(take(&config, 1, &narrow)), Err(Error::Merge { left: 8, right: 5 })));
    let limited = config.clone().with_mapper_rows(Some(10));
    assert!(matches!(PartStatistics::take(&limited, 0, &parts[0]), Err(Error::Hyperparameter { name: "mapper_rows", .. })));
    assert!(PartStatistics::take(&config, 0, &TensorData::new(Vec::<f64>::new(), [0, 8])).unwrap().is_none());

    let training = Training::new(statistics(&config, &parts, 2), 2, &device()).unwrap();
    let round = training.next_round().unwrap();
    for other in [matrix(&rows[..1_199]), matrix(&rows[..1_201]), matrix(&rows[1..1_201])] {
        // A pass that is read to its end tells.
        let whole = Training::new(statistics(&config, &parts, 2), 1, &device()).unwrap().next_round().unwrap();
        assert!(reason(whole.train(0, &other)).contains("part 0 has other rows"));
    }
    assert!(reason(round.train(2, &parts[0])).contains("part 2 has other rows"));
    assert!(round.train(2, &TensorData::new(Vec::<f64>::new(), [0, 8])).unwrap().is_none());

    let weights = [0, 1].map(|part| round.train(part, &parts[part as usize]).unwrap().unwrap());
    assert!(reason(weights[1].clone().merge(weights[0].clone())).contains("the weights of part 0 come after those of part 1"));
    let both = learnt(&round, &parts);
    let new = || Training::new(statistics(&config, &parts, 2), 2, &device()).unwrap();
    assert!(reason(new().finish()).contains("0 of 2 rounds"));
    assert!(reason(new().complete_round(weights[0].clone())).contains("part 1 has no weights in round 0"));
    let next = new().complete_round(both.clone()).unwrap();
    assert_eq!((next.complete_rounds(), next.rounds()), (1, 2));
    assert!(next.losses().unwrap().tails > 0.0);
    let later = learnt(&next.next_round().unwrap(), &parts);
    assert!(reason(both.clone().merge(later)).contains("another round"));
    assert!(reason(next.complete_round(both)).contains("the weights of round 0, but round 1 is awaited"));
}

#[test]
fn damaged_bytes_are_errors_and_not_panics() {
    let rows = factor_rows(2_050, 10);
    let config = config().with_sample_rows(20).with_epochs(Some(1)).with_batch_size(Some(512));
    let parts = cut(&rows, &[60, 1_990]);
    let few = PartStatistics::take(&config, 0, &parts[0]).unwrap().unwrap();
    let new = || Training::new(statistics(&config, &parts, 2), 1, &device()).unwrap();
    let round = new().next_round().unwrap();
    let weights = learnt(&round, &parts);
    for statistics in [few.to_bytes().unwrap(), statistics(&config, &parts, 2).to_bytes().unwrap()] {
        for bytes in damaged(&statistics, 300) {
            // What is read of damaged bytes may be other numbers.
            if let Ok(read) = PartStatistics::from_bytes(&bytes) {
                let _ = Training::new(read, 1, &device());
            }
        }
    }
    for bytes in damaged(&round.to_bytes().unwrap(), 300) {
        if let Ok(read) = Round::<TestBackend>::from_bytes(&bytes, &device()) {
            let _ = read.train(0, &parts[0]);
        }
    }
    for bytes in damaged(&weights.to_bytes().unwrap(), 300) {
        if let Ok(read) = PartWeights::from_bytes(&bytes) {
            let _ = new().complete_round(read).and_then(Training::finish);
        }
    }
}
