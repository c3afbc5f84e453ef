//! An online detector on long streams: changes, floods and poisoners.

use std::ops::ControlFlow;

use burn::tensor::TensorData;
use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::ScoreOptions;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_core::scoring::{Pool, Sender};

use crate::damage::damaged;
use crate::random::Random;

/// Columns of a row, of which four at a time go together.
const FEATURES: usize = 12;

/// A stream of rows with normal values.
struct Rows(Random);

impl Rows {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A standard normal value (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.0.uniform(0.0, 1.0), self.0.uniform(0.0, 1.0));
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// A row whose first column of each three is moved.
    fn row(&mut self, moved: f64) -> Vec<f64> {
        let factors = [self.normal(), self.normal(), self.normal()];
        (0..FEATURES).map(|f| factors[f / 4] + 0.5 * self.normal() + if f % 3 == 0 { moved } else { 0.0 }).collect()
    }

    /// A row whose columns do not go together.
    fn anomaly(&mut self) -> Vec<f64> {
        (0..FEATURES).map(|_| 1.5 * self.normal()).collect()
    }
}

/// A detector after its grace period.
fn ready(rows: &mut Rows, config: OnlineConfig) -> OnlineKitsune {
    let mut detector = OnlineKitsune::new(config.with_mapper_grace(1_000).with_train_grace(5_000), FEATURES).unwrap();
    for _ in 0..6_000 {
        assert_eq!(detector.observe(&rows.row(0.0)).unwrap(), None);
    }
    detector
}

#[test]
fn a_change_of_a_third_of_the_columns_is_told_soon_and_nothing_else_is() {
    let (mut told, mut false_alarms) = (0, 0);
    for seed in 0..10 {
        let adapt = (seed % 2 == 1).then_some(0.2);
        let mut rows = Rows::new(seed);
        let mut detector = ready(&mut rows, OnlineConfig::new().with_adapt(adapt));
        for _ in 0..20_000 {
            false_alarms += u32::from(detector.observe(&rows.row(0.0)).unwrap().unwrap().drift);
        }
        // Two deviations of a column, whose variance is 1.25.
        let moved = 2.0 * 1.25_f64.sqrt();
        told += u32::from((0..5_000).any(|_| detector.observe(&rows.row(moved)).unwrap().unwrap().drift));
    }
    assert!(told >= 9, "told in {told} of 10 streams");
    assert!(false_alarms <= 2, "{false_alarms} false alarms in 200,000 rows");
}

/// The area under the ROC curve.
fn auc(normal: &[f64], anomalies: &[f64]) -> f64 {
    let mut normal = normal.to_vec();
    normal.sort_by(f64::total_cmp);
    let below = |&score: &f64| normal.partition_point(|&other| other < score) as f64;
    anomalies.iter().map(below).sum::<f64>() / (normal.len() * anomalies.len()) as f64
}

#[test]
fn under_a_flood_a_detector_that_adapts_detects_as_well() {
    let found = [None, Some(0.1), Some(0.3)].map(|adapt| {
        let mut rows = Rows::new(77);
        let mut detector = ready(&mut rows, OnlineConfig::new().with_adapt(adapt));
        let (mut normal, mut anomalies) = (Vec::new(), Vec::new());
        for number in 0..20_000 {
            let is_anomaly = number % 5 == 4;
            let row = if is_anomaly { rows.anomaly() } else { rows.row(0.0) };
            let found = detector.observe(&row).unwrap().unwrap();
            if is_anomaly { &mut anomalies } else { &mut normal }.push(found.score);
        }
        let counts = detector.counts();
        assert!(counts.learned as f64 <= adapt.unwrap_or(0.0) * counts.observed as f64 + 1.0, "{counts:?}");
        auc(&normal, &anomalies)
    });
    assert!(found[0] > 0.9 && found[1..].iter().all(|&auc| auc > found[0] - 0.02), "{found:?}");
}

#[test]
fn a_poisoner_who_moves_a_column_slowly_is_told() {
    for seed in 0..4 {
        let mut rows = Rows::new(100 + seed);
        let mut detector = ready(&mut rows, OnlineConfig::new().with_adapt(Some(0.1)));
        // Its range is about eight deviations wide, and it moves by a hundredth of that in a thousand rows.
        let told = (0..40_000).find(|&row| {
            let mut values = rows.row(0.0);
            values[0] += 0.08 * f64::from(row) / 1_000.0;
            detector.observe(&values).unwrap().unwrap().drift
        });
        assert!(told.is_some_and(|row| row < 25_000), "seed {seed}: told after {told:?} rows");
    }
}

#[test]
fn a_flagged_row_is_never_learned() {
    let mut rows = Rows::new(5);
    let mut detector = ready(&mut rows, OnlineConfig::new().with_adapt(Some(0.3)).with_threshold(Some(0.0)));
    for _ in 0..500 {
        assert_eq!(detector.observe(&rows.row(0.0)).unwrap().unwrap().is_anomaly, Some(true));
    }
    let counts = detector.counts();
    assert_eq!((counts.observed, counts.flagged, counts.learned), (500, 500, 0));
}

#[test]
fn a_poisoner_who_doubles_a_value_again_and_again_opens_no_range() {
    let mut rows = Rows::new(6);
    let mut detector = ready(&mut rows, OnlineConfig::new().with_adapt(Some(0.3)));
    let mut probe = rows.row(0.0);
    probe[0] = 100.0;
    let before = detector.clone().score(&probe).unwrap();
    let mut value = 4.0;
    for number in 0..400 {
        let mut row = rows.row(0.0);
        if number % 10 == 0 {
            row[0] = value;
            value *= 1.5;
        }
        detector.observe(&row).unwrap();
    }
    let after = detector.score(&probe).unwrap();
    assert!(detector.counts().learned > 100 && after > 0.9 * before, "{after} instead of {before}");
}

#[test]
fn an_exported_model_is_calibrated_to_other_rows() {
    let device = NdArrayDevice::default();
    let mut rows = Rows::new(7);
    let detector = ready(&mut rows, OnlineConfig::new());
    let model = detector.to_kitsune::<NdArray>(&device).unwrap();
    let (normal, other): (Vec<Vec<f64>>, Vec<Vec<f64>>) =
        ((0..3_000).map(|_| rows.row(0.0)).collect(), (0..500).map(|_| rows.anomaly()).collect());
    let scores = |model: &kitsune_core::Kitsune<NdArray>, rows: &[Vec<f64>]| -> Vec<f64> {
        let data = TensorData::new(rows.concat(), [rows.len(), FEATURES]);
        model.score_rows(&data, &ScoreOptions::new()).unwrap().scores.into_iter().map(f64::from).collect()
    };
    let before = auc(&scores(&model, &normal), &scores(&model, &other));
    let data = TensorData::new(normal.concat(), [normal.len(), FEATURES]);
    let calibrated = model.recalibrated(&data, ThresholdKind::Quantile, 0.01, &mut |_| ControlFlow::Continue(())).unwrap();
    let after = auc(&scores(&calibrated, &normal), &scores(&calibrated, &other));
    assert!((after - before).abs() < 0.005, "{after} instead of {before}");
}

/// A detector after its grace period, whose rows have these senders, and one that pools, with the same rows.
fn alone_and_pooled(sender: impl Fn(usize) -> Sender) -> [OnlineKitsune; 2] {
    let mut rows = Rows::new(9);
    let config = OnlineConfig::new().with_mapper_grace(1_000).with_train_grace(5_000);
    let mut detectors = [None, Some(4.0)].map(|pool| OnlineKitsune::new(config.clone().with_pool(pool), FEATURES).unwrap());
    for number in 0..6_000 {
        let row = rows.row(0.0);
        for detector in &mut detectors {
            assert_eq!(detector.observe_from(Some(sender(number)), &row).unwrap(), None);
        }
    }
    detectors
}

#[test]
fn a_row_has_the_damped_mean_of_the_scores_of_its_sender_and_the_verdict_on_that() {
    let [mut alone, mut pooled] = alone_and_pooled(|number| Sender::new(&number.to_string(), number as f64));
    // Each sender of the grace period has a single row.
    assert_eq!((pooled.normal_scores(), pooled.threshold()), (alone.normal_scores(), alone.threshold()));
    let (mut rows, mut pool, mut flagged) = (Rows::new(10), Pool::new(4.0).unwrap(), 0);
    for number in 0..2_000_u32 {
        let row = if number % 3 == 0 { rows.anomaly() } else { rows.row(0.0) };
        let sender = Sender::new(&format!("host {}", number % 3), 6_000.0 + 0.1 * f64::from(number));
        let (own, found) = (alone.observe(&row).unwrap().unwrap(), pooled.observe_from(Some(sender), &row).unwrap().unwrap());
        assert_eq!(found.score, pool.mean(sender, own.score));
        assert_eq!(found.tail_probability, pooled.normal_scores().map(|normal| tail_probability(normal, found.score)).unwrap());
        flagged += u64::from(found.is_anomaly == Some(true));
        assert_eq!(pooled.score(&row).unwrap(), own.score);
    }
    assert_eq!(pooled.counts().flagged, flagged);
    assert!(flagged > 0);
}

/// By the scores at the end of the grace period.
fn tail_probability(normal: &kitsune_core::threshold::NormalScores, score: f64) -> f64 {
    let fitted = kitsune_core::threshold::Threshold::fit(normal, ThresholdKind::Quantile, 0.01).unwrap();
    fitted.tail_probability(score as f32, normal)
}

#[test]
fn the_threshold_of_a_detector_that_pools_is_one_of_pooled_scores() {
    let [alone, pooled] = alone_and_pooled(|number| Sender::new("the only one", 0.02 * number as f64));
    let width = |detector: &OnlineKitsune| {
        let normal = detector.normal_scores().unwrap().as_slice();
        normal[normal.len() * 9 / 10] - normal[normal.len() / 10]
    };
    assert!(width(&pooled) < 0.3 * width(&alone), "{} and {}", width(&pooled), width(&alone));
    assert!(pooled.threshold().unwrap() < 0.7 * alone.threshold().unwrap(), "{:?} and {:?}", pooled.threshold(), alone.threshold());
    // So is that of the model that comes of it, which says so.
    let device = NdArrayDevice::default();
    let model = pooled.to_kitsune::<NdArray>(&device).unwrap();
    assert_eq!((model.pool(), model.normal_scores()), (Some(4.0), pooled.normal_scores()));
    assert_eq!(f64::from(model.threshold().unwrap().value()), pooled.threshold().unwrap());
    assert_eq!(alone.to_kitsune::<NdArray>(&device).unwrap().pool(), None);
}

#[test]
fn a_model_with_a_pool_judges_pooled_scores_alone() {
    let device = NdArrayDevice::default();
    let [_, pooled] = alone_and_pooled(|number| Sender::new("the only one", 0.02 * number as f64));
    let model = pooled.to_kitsune::<NdArray>(&device).unwrap();
    let mut rows = Rows::new(11);
    let data = TensorData::new((0..500).flat_map(|_| rows.row(0.0)).collect::<Vec<_>>(), [500, FEATURES]);
    let scored = model.score_rows(&data, &ScoreOptions::new()).unwrap();
    assert!(model.verdicts(&scored).is_none());
    let read = kitsune_core::Kitsune::<NdArray>::from_bytes(&model.to_bytes().unwrap(), &device).unwrap();
    assert_eq!((read.pool(), read.normal_scores()), (Some(4.0), model.normal_scores()));
    // Scores that are pooled otherwise have another distribution, which the model does not know.
    for other in [None, Some(5.0)] {
        let other = model.clone().with_pool(other).unwrap();
        assert!(other.normal_scores().is_none() && other.threshold().is_none());
    }
    assert_eq!(model.clone().with_pool(Some(4.0)).unwrap().threshold(), model.threshold());
    assert!(model.clone().with_pool(Some(-1.0)).is_err());
    let calibrated = model.recalibrated(&data, ThresholdKind::Quantile, 0.01, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(calibrated.pool().is_none() && calibrated.verdicts(&calibrated.score_rows(&data, &ScoreOptions::new()).unwrap()).is_some());
}

#[test]
fn a_damaged_state_is_refused_or_still_a_state() {
    let mut rows = Rows::new(8);
    let config = OnlineConfig::new().with_mapper_grace(40).with_train_grace(200).with_adapt(Some(0.2)).with_pool(Some(5.0));
    let sender = |number: u32| Some(Sender::new(&(number % 5).to_string(), number.into()));
    let mut detector = OnlineKitsune::new(config, FEATURES).unwrap();
    let mut states = Vec::new();
    for number in 0..300 {
        if matches!(number, 30 | 40 | 150 | 299) {
            states.push(detector.to_bytes().unwrap());
        }
        detector.observe_from(sender(number), &rows.row(0.0)).unwrap();
    }
    for state in states {
        for bytes in damaged(&state, 2_000) {
            let Ok(mut detector) = OnlineKitsune::from_bytes(&bytes) else { continue };
            for number in 0..3 {
                // A score that is not finite is an error, and nothing panics.
                detector.observe_from(sender(number), &rows.row(0.0)).ok();
            }
        }
    }
}
