//! One pass of statistics: the same whatever the batches, mergeable, and safe to read back.

use burn::tensor::TensorData;
use kitsune_core::{Error, FeatureMapper};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::bridge::matrix;
use crate::damage::damaged;
use crate::random::Random;

/// Rows in which rounding could decide: columns that repeat others, scale them, exclude one another, hardly vary or never.
fn awkward_rows(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|_| {
            let x = random.uniform(-3.0, 5.0);
            let y = x + random.uniform(-1.0, 1.0);
            let group = random.below(3);
            let one_hot = |g: usize| f64::from(u8::from(g == group));
            let time = 1.7e9 + random.uniform(0.0, 1_000.0);
            vec![x, x, 0.1 * x, -7.0 * x, y, one_hot(0), one_hot(1), one_hot(2), one_hot(0), 42.0, 0.1, time, 3.0 * time]
        })
        .collect()
}

fn fitted<'a>(batches: impl IntoIterator<Item = &'a [Vec<f64>]>, features: usize) -> FeatureMapper {
    let mut mapper = FeatureMapper::new(features, 7).with_sample_rows(50);
    for batch in batches {
        mapper.partial_fit(&matrix(batch)).unwrap();
    }
    mapper
}

/// Rows cut at drawn places into batches.
fn cut(rows: &[Vec<f64>], largest: usize, seed: u64) -> Vec<&[Vec<f64>]> {
    let mut random = Random::new(seed);
    let mut rest = rows;
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at((1 + random.below(largest)).min(rest.len()));
        batches.push(batch);
        rest = others;
    }
    batches
}

fn assert_distances(found: &FeatureMapper, expected: &FeatureMapper, tolerance: f64) {
    for (found, expected) in found.correlation_distance().iter().zip(expected.correlation_distance()) {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn any_cut_into_batches_gives_the_same_bits() {
    // Lengths around the blocks of 256 rows in which they are accumulated.
    for length in [2, 255, 256, 257, 1_000] {
        let rows = awkward_rows(length, 1);
        let whole = fitted([&rows[..]], 13);
        let bytes = whole.to_bytes().unwrap();
        for (largest, seed) in [(1, 0), (7, 1), (300, 2), (300, 3), (1_000, 4)] {
            let mapper = fitted(cut(&rows, largest, seed), 13);
            assert_eq!(mapper.to_bytes().unwrap(), bytes, "{length} rows in batches of at most {largest}");
            for (max, min) in [(3, 1), (5, 4), (10, 4)] {
                assert_eq!(mapper.feature_map(max, min).unwrap(), whole.feature_map(max, min).unwrap());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::with_cases(32) })]

    #[test]
    fn parts_fitted_apart_and_merged_in_any_order_agree_with_one_pass(length in 2..1_500_usize, parts in 1..6_usize, seed in any::<u64>()) {
        let rows = awkward_rows(length, seed);
        let whole = fitted([&rows[..]], 13);
        let mut mappers: Vec<FeatureMapper> = Vec::new();
        let mut first_row = 0;
        for part in rows.chunks(length.div_ceil(parts)) {
            let mut mapper = FeatureMapper::new(13, 7).with_sample_rows(50).starting_at(first_row);
            mapper.partial_fit(&matrix(part)).unwrap();
            mappers.push(mapper);
            first_row += part.len() as u64;
        }
        Random::new(seed).shuffle(&mut mappers);
        let mut merged = FeatureMapper::new(13, 7).with_sample_rows(50);
        for mapper in &mappers {
            merged.merge(mapper).unwrap();
        }
        assert_eq!(merged.rows(), whole.rows());
        assert_distances(&merged, &whole, 1e-12);
        assert_eq!(merged.scaler().unwrap(), whole.scaler().unwrap());
        assert_eq!(merged.sample(), whole.sample());
    }
}

#[test]
fn mappers_of_other_rows_cannot_be_merged() {
    let error = FeatureMapper::new(3, 0).merge(&FeatureMapper::new(4, 0)).unwrap_err();
    assert!(matches!(error, Error::Merge { left: 3, right: 4 }), "{error}");
}

#[test]
fn a_mapper_read_back_goes_on_as_if_nothing_had_happened() {
    for (before, after) in [(0, 10), (10, 0), (300, 300), (256, 1)] {
        let rows = awkward_rows(before + after, 2);
        let mut mapper = FeatureMapper::new(13, 7).with_sample_rows(50);
        if before > 0 {
            mapper.partial_fit(&matrix(&rows[..before])).unwrap();
        }
        let bytes = mapper.to_bytes().unwrap();
        let mut read = FeatureMapper::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes().unwrap(), bytes);

        if after > 0 {
            read.partial_fit(&matrix(&rows[before..])).unwrap();
        }
        assert_eq!(read.to_bytes().unwrap(), fitted([&rows[..]], 13).to_bytes().unwrap(), "{before} rows, then {after}");
    }
}

#[test]
fn damaged_bytes_give_an_error_or_a_mapper_that_works_but_no_panic() {
    for bytes in [fitted([&awkward_rows(300, 3)[..]], 13), FeatureMapper::new(2, 0)].map(|mapper| mapper.to_bytes().unwrap()) {
        let (mut refused, mut read) = (0, 0);
        for damaged in damaged(&bytes, 3_000) {
            match FeatureMapper::from_bytes(&damaged) {
                Err(Error::Foreign { .. } | Error::NewerFormat { .. } | Error::Inconsistent { .. }) => refused += 1,
                Err(error) => panic!("{error:?}"),
                Ok(mut mapper) => {
                    let features = mapper.features();
                    assert!(mapper.correlation_distance().iter().all(|distance| (0.0..=2.0).contains(distance)));
                    mapper.partial_fit(&TensorData::new(vec![0.5; features], [1, features])).unwrap();
                    let _ = (mapper.feature_map(10, 4), mapper.scaler(), mapper.sample(), mapper.clone().merge(&mapper));
                    read += 1;
                }
            }
        }
        assert!(refused > 1_000 && read > 100, "{refused} refused, {read} read");
    }
}

#[test]
fn a_column_far_from_zero_has_the_distances_of_one_near_zero() {
    let mut random = Random::new(4);
    let near: Vec<Vec<f64>> = (0..2_000)
        .map(|_| {
            let t = random.uniform(0.0, 1_000.0).floor();
            vec![t, t + random.uniform(0.0, 500.0), random.uniform(0.0, 1.0)]
        })
        .collect();
    let far: Vec<Vec<f64>> = near.iter().map(|row| vec![row[0] + 1.7e9, row[1], row[2]]).collect();
    assert_distances(&fitted([&far[..]], 3), &fitted([&near[..]], 3), 1e-12);
}

#[test]
fn a_constant_column_is_at_distance_1_from_every_other() {
    // By hand: (1, 2, 3) rises with (2, 4, 6) and falls with (3, 2, 1), and 0.1 is the same three times.
    let rows = [vec![1.0, 2.0, 3.0, 0.1], vec![2.0, 4.0, 2.0, 0.1], vec![3.0, 6.0, 1.0, 0.1]];
    assert_eq!(fitted([&rows[..]], 4).correlation_distance(), [0.0, 2.0, 1.0, 2.0, 1.0, 1.0]);
}

#[test]
fn rows_that_are_refused_leave_no_trace() {
    let mut mapper = fitted([&awkward_rows(10, 5)[..]], 13);
    let bytes = mapper.to_bytes().unwrap();

    let mut rows = awkward_rows(4, 6);
    rows[2][11] = f64::NAN;
    let error = mapper.partial_fit(&matrix(&rows)).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 12, feature: 11, value } if value.is_nan()), "{error}");

    let error = mapper.partial_fit(&matrix(&[vec![1.0; 12]])).unwrap_err();
    assert!(matches!(error, Error::FeatureCount { row: 10, expected: 13, found: 12 }), "{error}");

    let error = mapper.partial_fit(&TensorData::new(vec![1.0; 13], [13])).unwrap_err();
    assert!(matches!(error, Error::NotRows { .. }), "{error}");
    assert_eq!(mapper.to_bytes().unwrap(), bytes);
}

#[test]
fn a_map_needs_two_rows_and_a_cluster_size() {
    let mapper = fitted([&[vec![1.0, 2.0]][..]], 2);
    assert!(matches!(mapper.feature_map(10, 4), Err(Error::TooFewRows { found: 1 })));
    assert!(matches!(mapper.feature_map(0, 4), Err(Error::Hyperparameter { .. })));
    assert!(matches!(FeatureMapper::new(2, 0).scaler(), Err(Error::TooFewRows { found: 0 })));
}

#[test]
fn rows_of_integers_are_rows() {
    let mut integers = FeatureMapper::new(2, 0);
    integers.partial_fit(&TensorData::new(vec![1_i64, 5, 2, 3], [2, 2])).unwrap();
    let mut floats = FeatureMapper::new(2, 0);
    floats.partial_fit(&TensorData::new(vec![1.0_f32, 5.0, 2.0, 3.0], [2, 2])).unwrap();
    assert_eq!(integers.to_bytes().unwrap(), floats.to_bytes().unwrap());
}
