//! Half-ranked inputs: a curve that can be followed by hand, and what has to hold of any.

use burn::tensor::TensorData;
use kitsune_core::kinds::Outside;
use kitsune_core::scaler::Scaler;
use kitsune_core::{Error, FeatureMapper};

use crate::bridge::matrix;
use crate::random::Random;

/// Of one column, in a range that is given or that of the sample.
fn half_ranked(sample: &[f64], range: Option<(f64, f64)>) -> Scaler {
    let least = sample.iter().copied().reduce(f64::min).unwrap();
    let (minimum, maximum) = range.unwrap_or((least, sample.iter().copied().reduce(f64::max).unwrap()));
    Scaler::half_ranked(vec![minimum], vec![maximum], &TensorData::new(sample.to_vec(), [sample.len(), 1])).unwrap()
}

fn scaled(scaler: &Scaler, values: &[f64]) -> Vec<f64> {
    let rows = TensorData::new(values.to_vec(), [values.len() / scaler.features(), scaler.features()]);
    scaler.transform(rows).unwrap().data.iter::<f64>().collect()
}

fn assert_scaled(scaler: &Scaler, values: &[f64], expected: &[f64]) {
    for ((found, expected), value) in scaled(scaler, values).iter().zip(expected).zip(values) {
        assert!((found - expected).abs() < 1e-7, "{value} becomes {found} instead of {expected}");
    }
}

#[test]
fn a_skewed_column_is_half_position_and_half_rank() {
    // Ranks: 1 and 3 and 5 and 6 and 7 of 7 above the first row, ties at the last of theirs.
    let sample = [3.0, 1.0, 2.0, 100.0, 1.0, 4.0, 2.0, 3.0];
    let scaler = half_ranked(&sample, None);
    let at = |value: f64, rank: f64| 0.5 * (value - 1.0) / 99.0 + 0.5 * rank / 7.0;
    let knots = [at(1.0, 1.0), at(2.0, 3.0), at(3.0, 5.0), at(4.0, 6.0), 1.0];
    assert_scaled(&scaler, &[1.0, 2.0, 3.0, 4.0, 100.0], &knots);
    // Straight lines between; beyond, the outer ones go on, a million times their width at most.
    assert_scaled(
        &scaler,
        &[1.5, 52.0, 0.0],
        &[f64::midpoint(knots[0], knots[1]), f64::midpoint(knots[3], 1.0), 2.0 * knots[0] - knots[1]],
    );
    let rise = 1.0 - knots[3];
    assert!((scaled(&scaler, &[1e300])[0] / (knots[3] + 1e6 * rise) - 1.0).abs() < 1e-6);
    assert_scaled(&scaler.with_outside(Outside::Clamp), &[-5.0, 1e300], &[knots[0], 1.0]);
}

#[test]
fn the_curve_reaches_from_a_minimum_to_a_maximum_that_the_sample_lacks() {
    let scaler = half_ranked(&[3.0, 1.0, 2.0, 100.0, 1.0, 4.0, 2.0, 3.0], Some((0.0, 200.0)));
    // The outermost knots are moved there and keep their ranks.
    let at = |value: f64, rank: f64| 0.5 * value / 200.0 + 0.5 * rank / 7.0;
    assert_scaled(&scaler, &[0.0, 2.0, 3.0, 4.0, 200.0], &[at(0.0, 1.0), at(2.0, 3.0), at(3.0, 5.0), at(4.0, 6.0), 1.0]);
    assert_eq!((scaler.knots()[0], *scaler.knots().last().unwrap()), (0.0, 200.0));
    // A sample beyond the range contradicts it.
    let beyond = TensorData::new(vec![1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 300.0], [8, 1]);
    assert!(matches!(Scaler::half_ranked(vec![1.0], vec![2.5], &beyond), Err(Error::NotFinite { .. })));
}

#[test]
fn a_column_of_two_values_has_one_ramp_and_a_constant_one_tells_any_change() {
    let mut sample = vec![vec![0.0, 0.0, 5.0]; 8];
    (sample[3][0], sample[3][1]) = (1.0, 1.0);
    (4..7).for_each(|row| sample[row][1] = 1.0);
    let scaler = Scaler::half_ranked(vec![0.0, 0.0, 5.0], vec![1.0, 1.0, 5.0], &matrix(&sample)).unwrap();
    // One 1 among eight is skewed: seven of eight rows are not above the 0. Four of each are not.
    let rows = [0.0, 0.0, 5.0, 1.0, 1.0, 5.0, 0.5, 0.5, 5.000_001];
    assert_scaled(&scaler, &rows, &[3.0 / 7.0, 0.0, 0.0, 1.0, 1.0, 0.0, 5.0 / 7.0, 0.5, 1.0]);
}

#[test]
fn columns_of_a_skewness_of_2_or_less_stay_as_they_are() {
    // One outlier among n equal values has the skewness (n - 2) / sqrt(n - 1): 1.79 for six rows, 2.04 for seven.
    let outlier = |rows: usize, value: f64| [vec![1.0; rows - 1], vec![value]].concat();
    for value in [11.0, -9.0] {
        let straight = half_ranked(&outlier(6, value), None);
        assert_eq!(straight.values(), [0.0, 1.0]);
        assert_eq!(half_ranked(&outlier(7, value), None).values().len(), 64);
    }
    // Of all columns that are not, a scaler is the plain one.
    let rows = matrix(&Random::new(1).rows(100, 3));
    let plain = Scaler::min_max(vec![-1.0; 3], vec![2.0; 3]).unwrap();
    assert_eq!(Scaler::half_ranked(vec![-1.0; 3], vec![2.0; 3], &rows).unwrap(), plain);
}

/// Rows of columns that crowd at one end or the other, at several places, or not at all.
fn skewed_rows(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut row = |_| {
        let (a, b, c) = (random.uniform(0.0, 1.0), random.uniform(0.0, 1.0), random.uniform(0.0, 1.0));
        vec![1.7e9 + 1_000.0 * a.powi(12), -(1.0 - b).ln().powi(4), (50.0 * c.powi(20)).floor(), a - b]
    };
    (0..rows).map(&mut row).collect()
}

#[test]
fn any_curve_is_monotone_stays_within_0_and_1_and_can_be_turned_back() {
    for (rows, seed) in [(10, 1), (64, 2), (1_000, 3)] {
        let rows = skewed_rows(rows, seed);
        let mut mapper = FeatureMapper::new(4, 0).with_sample_rows(200);
        mapper.partial_fit(&matrix(&rows)).unwrap();
        let scaler = mapper.half_ranked_scaler().unwrap();
        assert_eq!(scaler.outside(), Outside::Clamp);
        let places = 64 * 4;
        assert_eq!((scaler.knots().len(), scaler.values().len()), (places, places));
        for f in 0..4 {
            let mut column: Vec<f64> = rows.iter().map(|row| row[f]).collect();
            column.sort_by(f64::total_cmp);
            let (least, greatest) = (column[0], column[column.len() - 1]);
            let width = greatest - least;
            let between = column.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect::<Vec<_>>();
            column.extend(between.into_iter().chain([least - width, greatest + width]));
            column.sort_by(f64::total_cmp);
            let mut asked = vec![rows[0].clone(); column.len()];
            asked.iter_mut().zip(&column).for_each(|(row, &value)| row[f] = value);
            let values: Vec<f64> = scaled(&scaler, &asked.concat()).into_iter().skip(f).step_by(4).collect();
            assert!(values.is_sorted() && values.iter().all(|value| (0.0..=1.0).contains(value)), "{f}: {values:?}");
            assert_eq!(*values.last().unwrap(), 1.0);
            for (&value, &scaled) in column.iter().zip(&values) {
                let expected = value.clamp(least, greatest);
                let found = scaler.inverse(f, scaled as f32);
                // A curve rises by half of what minimum and maximum alone do, at least, and f32 has 6e-8 of it.
                assert!((found - expected).abs() <= 3e-7 * width, "{f}: {found} instead of {expected}, of a width of {width}");
            }
        }
    }
}

#[test]
fn the_inverse_of_what_no_value_becomes_is_an_outer_knot_and_of_a_constant_its_value() {
    let scaler = half_ranked(&[3.0, 1.0, 2.0, 100.0, 1.0, 4.0, 2.0, 3.0], None);
    for (scaled, expected) in [(0.0, 1.0), (-3.0, 1.0), (1.0, 100.0), (7.0, 100.0)] {
        assert_eq!(scaler.inverse(0, scaled), expected, "{scaled}");
    }
    let constant = Scaler::min_max(vec![7.25], vec![7.25]).unwrap();
    assert!([0.0, 0.3, 1.0].iter().all(|&scaled| constant.inverse(0, scaled) == 7.25));
    assert!([0.0, 0.5, 1.0].iter().all(|&scaled| Scaler::identity(1).inverse(0, scaled) == f64::from(scaled)));
}

#[test]
fn the_greatest_and_the_least_numbers_are_ranked_like_any_others() {
    let check = |low: f64, high: f64| {
        let scaler = half_ranked(&[low, low, low, high, low, low, low, low], None);
        assert_scaled(&scaler, &[low, high], &[3.0 / 7.0, 1.0]);
        assert!(scaler.values().iter().all(|value| (0.0..=1.0).contains(value)), "{low}, {high}");
        assert_eq!((scaler.inverse(0, 3.0 / 7.0), scaler.inverse(0, 1.0)), (low, high));
        for value in [0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324] {
            assert!(scaled(&scaler, &[value])[0].is_finite(), "{low}, {high}: {value}");
        }
    };
    check(0.0, 5e-324);
    check(-5e-324, 1e-320);
    check(f64::MIN, f64::MAX);
    check(-1e-310, f64::MAX);
    check(1e308, f64::MAX);
}

#[test]
fn samples_that_cannot_be_ranked_are_refused() {
    let check = |sample: TensorData| Scaler::half_ranked(vec![0.0; 2], vec![1.0; 2], &sample).unwrap_err();
    assert!(matches!(check(TensorData::new(Vec::<f64>::new(), [0, 2])), Error::TooFewRows { found: 0 }));
    assert!(matches!(check(TensorData::new(vec![0.0; 3], [1, 3])), Error::FeatureCount { expected: 2, found: 3, .. }));
    assert!(matches!(check(TensorData::new(vec![0.0, f64::NAN], [1, 2])), Error::NotFinite { row: 0, feature: 1, .. }));
    assert!(matches!(FeatureMapper::new(2, 0).half_ranked_scaler(), Err(Error::TooFewRows { found: 0 })));
}
