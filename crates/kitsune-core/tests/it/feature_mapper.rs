//! One pass of statistics: the same whatever the batches, mergeable, and safe to read back.

use burn::tensor::TensorData;
use kitsune_core::kinds::CorrelationDistance;
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
    fitted_to(None, batches, features)
}

/// Fitted, with that many rows in the feature map.
fn fitted_to<'a>(mapper_rows: Option<u64>, batches: impl IntoIterator<Item = &'a [Vec<f64>]>, features: usize) -> FeatureMapper {
    let mut mapper = FeatureMapper::new(features, 7).with_sample_rows(50).with_mapper_rows(mapper_rows);
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
    for (found, expected) in
        found.correlation_distance(CorrelationDistance::Signed).iter().zip(expected.correlation_distance(CorrelationDistance::Signed))
    {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn any_cut_into_batches_gives_the_same_bits() {
    // Lengths around the blocks of 256 rows in which they are accumulated.
    for length in [2, 255, 256, 257, 1_000] {
        let rows = awkward_rows(length, 1);
        for limit in [None, Some(256), Some(300)] {
            let whole = fitted_to(limit, [&rows[..]], 13);
            let bytes = whole.to_bytes().unwrap();
            for (largest, seed) in [(1, 0), (7, 1), (300, 2), (300, 3), (1_000, 4)] {
                let mapper = fitted_to(limit, cut(&rows, largest, seed), 13);
                assert_eq!(mapper.to_bytes().unwrap(), bytes, "{length} rows in batches of at most {largest}, map of {limit:?}");
                for (max, min) in [(3, 1), (5, 4), (10, 4)] {
                    assert_eq!(
                        mapper.feature_map(max, min, CorrelationDistance::Signed).unwrap(),
                        whole.feature_map(max, min, CorrelationDistance::Signed).unwrap()
                    );
                }
            }
        }
    }
}

#[test]
fn a_block_that_is_still_open_counts_as_one_that_is_closed() {
    for length in [2, 255, 300, 600] {
        let open = fitted([&awkward_rows(length, 12)[..]], 13);
        let mut closed = open.clone();
        // A merge closes it.
        closed.merge(&FeatureMapper::new(13, 7)).unwrap();
        assert_eq!(
            open.correlation_distance(CorrelationDistance::Signed),
            closed.correlation_distance(CorrelationDistance::Signed),
            "{length} rows"
        );
    }
}

#[test]
fn a_limit_makes_the_map_of_the_first_rows_and_takes_the_rest_from_all() {
    for limit in [2, 100, 255, 256, 257, 700, 1_000, 5_000] {
        let mut rows = awkward_rows(1_000, 8);
        // Constant as far as the map sees, and other correlations after that.
        for (r, row) in rows.iter_mut().enumerate().skip(limit) {
            row[9] = r as f64;
            row[1] = -row[4];
        }
        let all = fitted([&rows[..]], 13);
        let first = fitted([&rows[..limit.min(rows.len())]], 13);
        let limited = fitted_to(Some(limit as u64), cut(&rows, 90, 8), 13);

        assert_eq!(
            limited.correlation_distance(CorrelationDistance::Signed),
            first.correlation_distance(CorrelationDistance::Signed),
            "{limit} rows"
        );
        assert_eq!(
            limited.feature_map(5, 4, CorrelationDistance::Signed).unwrap(),
            first.feature_map(5, 4, CorrelationDistance::Signed).unwrap(),
            "{limit} rows"
        );
        assert_eq!(limited.rows(), 1_000);
        assert_eq!(limited.scaler().unwrap(), all.scaler().unwrap());
        assert_eq!(limited.means(), all.means());
        assert_eq!(limited.sample(), all.sample());
        if limit < rows.len() {
            assert_ne!(
                limited.correlation_distance(CorrelationDistance::Signed),
                all.correlation_distance(CorrelationDistance::Signed),
                "{limit} rows"
            );
        }
    }
}

#[test]
fn rows_are_counted_against_the_limit_by_their_own_numbers() {
    let rows = awkward_rows(100, 9);
    let from = |first_row: u64| {
        let mut mapper = FeatureMapper::new(13, 7).with_mapper_rows(Some(120)).starting_at(first_row);
        mapper.partial_fit(&matrix(&rows)).unwrap();
        mapper
    };
    assert_eq!(
        from(70).correlation_distance(CorrelationDistance::Signed),
        fitted([&rows[..50]], 13).correlation_distance(CorrelationDistance::Signed)
    );

    let beyond = from(120);
    assert_eq!((beyond.rows(), beyond.means()), (100, from(0).means()));
    assert!(beyond.correlation_distance(CorrelationDistance::Signed).iter().all(|&distance| distance == 1.0));
    assert!(matches!(beyond.feature_map(10, 4, CorrelationDistance::Signed), Err(Error::TooFewRows { found: 0 })));
    assert_eq!(FeatureMapper::from_bytes(&beyond.to_bytes().unwrap()).unwrap().to_bytes().unwrap(), beyond.to_bytes().unwrap());
}

/// Means by integers, which lose nothing: a million values below 1e14 that are multiples of 2⁻⁶⁰ fit their sum.
fn exact_means(rows: &[Vec<f64>]) -> Vec<f64> {
    let unit = (1_u64 << 60) as f64;
    let sum = |f: usize| rows.iter().map(|row| (row[f] * unit) as i128).sum::<i128>();
    (0..rows[0].len()).map(|f| (sum(f) / rows.len() as i128) as f64 / unit).collect()
}

fn assert_means(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (f, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= 2.0 * f64::EPSILON * expected.abs(), "feature {f}: {found} instead of {expected}");
    }
}

#[test]
fn means_are_those_of_all_rows_to_the_last_bit_but_one() {
    // Without care a million of them lose five digits: far from 0, and of either sign.
    let mut random = Random::new(10);
    let rows: Vec<Vec<f64>> = (0..1_000_000)
        .map(|r| {
            let sign = if r % 2 == 0 { 1.0 } else { -1.0 };
            vec![0.1, 1.7e9 + random.uniform(0.0, 1.0), 1e9 * sign + random.uniform(0.0, 1e-3), random.uniform(-1.0, 3.0)]
        })
        .collect();
    let mapper = fitted_to(Some(2), [&rows[..]], 4);
    assert_means(&mapper.means(), &exact_means(&rows));
    assert_eq!(mapper.means()[0], 0.1);
    assert!(FeatureMapper::new(3, 0).means().iter().all(|mean| mean.is_nan()));
}

#[test]
fn means_of_the_greatest_numbers_are_finite_and_in_range() {
    let rows: Vec<Vec<f64>> = (0..1_001).map(|r| vec![f64::MAX, if r == 0 { f64::MAX } else { -f64::MAX }, 5e-324]).collect();
    let means = fitted([&rows[..]], 3).means();
    assert_eq!((means[0], means[2]), (f64::MAX, 5e-324));
    assert!((means[1] / -f64::MAX - 999.0 / 1_001.0).abs() < 1e-15, "{}", means[1]);
}

#[test]
fn a_sample_is_bounded_by_its_rows_and_by_its_bytes() {
    let rows = awkward_rows(100, 11);
    let sample = |mapper: FeatureMapper| {
        let mut mapper = mapper;
        mapper.partial_fit(&matrix(&rows)).unwrap();
        mapper.sample()
    };
    let new = || FeatureMapper::new(13, 7);
    let ten = sample(new().with_sample_rows(10));
    assert_eq!(&ten.shape[..], [10, 13]);
    // Ten rows of 13 numbers of 8 bytes, and not quite an eleventh.
    let bytes = 11 * 13 * 8 - 1;
    assert_eq!(sample(new().with_sample_bytes(bytes)), ten);
    assert_eq!(sample(new().with_sample_bytes(bytes).with_sample_rows(50)), ten);
    assert_eq!(sample(new().with_sample_rows(50).with_sample_bytes(bytes)), ten);
    assert_eq!(sample(new().with_sample_rows(10).with_sample_bytes(usize::MAX)), ten);
    assert_eq!(sample(new().with_sample_bytes(0)), sample(new().with_sample_rows(2)));
}

#[test]
fn a_number_of_features_beyond_all_memory_overflows_nothing() {
    assert_eq!(FeatureMapper::memory(0), 0);
    assert_eq!(FeatureMapper::memory(10), 8 * (55 + 5_440));
    assert!(FeatureMapper::memory(usize::MAX) > 1 << 62);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::with_cases(32) })]

    #[test]
    fn parts_fitted_apart_and_merged_in_any_order_agree_with_one_pass(
        length in 2..1_500_usize,
        parts in 1..6_usize,
        limit in proptest::option::of(2..2_000_u64),
        seed in any::<u64>(),
    ) {
        let rows = awkward_rows(length, seed);
        let new = || FeatureMapper::new(13, 7).with_sample_rows(50).with_mapper_rows(limit);
        let whole = fitted_to(limit, [&rows[..]], 13);
        let mut mappers: Vec<FeatureMapper> = Vec::new();
        let mut first_row = 0;
        for part in rows.chunks(length.div_ceil(parts)) {
            let mut mapper = new().starting_at(first_row);
            mapper.partial_fit(&matrix(part)).unwrap();
            mappers.push(mapper);
            first_row += part.len() as u64;
        }
        Random::new(seed).shuffle(&mut mappers);
        let mut merged = new();
        for mapper in &mappers {
            merged.merge(mapper).unwrap();
        }
        assert_eq!(merged.rows(), whole.rows());
        assert_distances(&merged, &whole, 1e-12);
        assert_means(&merged.means(), &whole.means());
        assert_eq!(merged.scaler().unwrap(), whole.scaler().unwrap());
        assert_eq!(merged.sample(), whole.sample());
    }
}

#[test]
fn mappers_of_other_rows_cannot_be_merged() {
    let error = FeatureMapper::new(3, 0).merge(&FeatureMapper::new(4, 0)).unwrap_err();
    assert!(matches!(error, Error::Merge { left: 3, right: 4 }), "{error}");

    let error = FeatureMapper::new(3, 0).merge(&FeatureMapper::new(3, 0).with_mapper_rows(Some(10))).unwrap_err();
    assert_eq!(error.to_string(), "mapper_rows must be the same in mappers that are merged, but it is none and 10");
}

#[test]
fn a_mapper_read_back_goes_on_as_if_nothing_had_happened() {
    for (before, after) in [(0, 10), (10, 0), (300, 300), (256, 1)] {
        let rows = awkward_rows(before + after, 2);
        for limit in [None, Some(5), Some(300), Some(400)] {
            let mut mapper = FeatureMapper::new(13, 7).with_sample_rows(50).with_mapper_rows(limit);
            if before > 0 {
                mapper.partial_fit(&matrix(&rows[..before])).unwrap();
            }
            let bytes = mapper.to_bytes().unwrap();
            let mut read = FeatureMapper::from_bytes(&bytes).unwrap();
            assert_eq!(read.to_bytes().unwrap(), bytes);

            if after > 0 {
                read.partial_fit(&matrix(&rows[before..])).unwrap();
            }
            let whole = fitted_to(limit, [&rows[..]], 13);
            assert_eq!(read.to_bytes().unwrap(), whole.to_bytes().unwrap(), "{before} rows, then {after}, map of {limit:?}");
            assert_eq!(read.means(), whole.means());
        }
    }
}

#[test]
fn damaged_bytes_give_an_error_or_a_mapper_that_works_but_no_panic() {
    let rows = awkward_rows(300, 3);
    let mappers = [fitted([&rows[..]], 13), fitted_to(Some(260), [&rows[..]], 13), FeatureMapper::new(2, 0)];
    for bytes in mappers.map(|mapper| mapper.to_bytes().unwrap()) {
        let (mut refused, mut read) = (0, 0);
        for damaged in damaged(&bytes, 3_000) {
            match FeatureMapper::from_bytes(&damaged) {
                Err(Error::Foreign { .. } | Error::NewerFormat { .. } | Error::Inconsistent { .. }) => refused += 1,
                Err(error) => panic!("{error:?}"),
                Ok(mut mapper) => {
                    let features = mapper.features();
                    assert!(mapper.correlation_distance(CorrelationDistance::Signed).iter().all(|distance| (0.0..=2.0).contains(distance)));
                    mapper.partial_fit(&TensorData::new(vec![0.5; features], [1, features])).unwrap();
                    let _ = (
                        mapper.feature_map(10, 4, CorrelationDistance::Signed),
                        mapper.scaler(),
                        mapper.means(),
                        mapper.sample(),
                        mapper.clone().merge(&mapper),
                    );
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
    assert_eq!(fitted([&rows[..]], 4).correlation_distance(CorrelationDistance::Signed), [0.0, 2.0, 1.0, 2.0, 1.0, 1.0]);
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
    assert!(matches!(mapper.feature_map(10, 4, CorrelationDistance::Signed), Err(Error::TooFewRows { found: 1 })));
    assert!(matches!(mapper.feature_map(0, 4, CorrelationDistance::Signed), Err(Error::Hyperparameter { .. })));
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
