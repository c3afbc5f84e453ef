//! Scores against labels.

use std::ops::ControlFlow;

use kitsune_core::Error;
use kitsune_core::evaluation::{Bootstrap, Evaluation, Ranking};

use crate::random::Random;

/// Scores with ties, of which those of anomalies tend to be higher.
fn rows(count: usize, seed: u64) -> (Vec<f32>, Vec<bool>) {
    let mut random = Random::new(seed);
    let anomalous: Vec<bool> = (0..count).map(|row| row % 7 == 3).collect();
    let score = |&anomalous: &bool| (random.uniform(0.0, 40.0) + if anomalous { 15.0 } else { 0.0 }).round() as f32;
    (anomalous.iter().map(score).collect(), anomalous)
}

fn ranking(count: usize, seed: u64) -> Ranking {
    let (scores, anomalous) = rows(count, seed);
    Ranking::new(&scores, &anomalous).unwrap()
}

/// Shares of the normal rows flagged and of the anomalies missed by a threshold.
fn rates(scores: &[f32], anomalous: &[bool], threshold: f32) -> (f64, f64) {
    let share = |class: bool, flagged: bool| {
        let of_class = || scores.iter().zip(anomalous).filter(|&(_, &anomalous)| anomalous == class);
        of_class().filter(|&(&score, _)| (score >= threshold) == flagged).count() as f64 / of_class().count() as f64
    };
    (share(false, true), share(true, false))
}

#[test]
fn the_equal_error_rate_is_where_false_alarms_and_misses_cross() {
    for seed in 0..30 {
        let (scores, anomalous) = rows(20 + 11 * seed as usize, seed);
        let mut thresholds = scores.clone();
        thresholds.push(f32::INFINITY);
        thresholds.sort_unstable_by(|a, b| b.total_cmp(a));
        let curve: Vec<(f64, f64)> = thresholds.iter().map(|&threshold| rates(&scores, &anomalous, threshold)).collect();
        let crossing = curve.windows(2).find(|pair| pair[1].0 >= pair[1].1).unwrap();
        let ((alarms, misses), (next_alarms, next_misses)) = (crossing[0], crossing[1]);
        // alarms + share · Δalarms = misses + share · Δmisses
        let share = (misses - alarms) / ((next_alarms - alarms) - (next_misses - misses));
        let expected = alarms + share * (next_alarms - alarms);

        let found = Ranking::new(&scores, &anomalous).unwrap().equal_error_rate();
        assert!((found - expected).abs() < 1e-12, "seed {seed}: {found} instead of {expected}");
    }
}

#[test]
fn the_equal_error_rate_of_known_rankings() {
    let anomalous = [false, false, true, true];
    for (scores, expected) in [([1.0, 2.0, 3.0, 4.0], 0.0), ([3.0, 4.0, 1.0, 2.0], 1.0), ([1.0; 4], 0.5), ([1.0, 3.0, 2.0, 4.0], 0.5)] {
        let ranking = Ranking::new(&scores, &anomalous).unwrap();
        assert_eq!(ranking.equal_error_rate(), expected, "{scores:?}");
    }
}

#[test]
fn verdicts_are_those_of_counting_rows() {
    let (scores, anomalous) = rows(200, 1);
    let ranking = Ranking::new(&scores, &anomalous).unwrap();
    for threshold in [-1.0, 0.0, 17.0, 17.5, 30.0, 54.0, 99.0] {
        let (false_alarms, misses) = rates(&scores, &anomalous, threshold);
        let verdicts = ranking.verdicts(threshold);
        assert_eq!(verdicts.false_alarm_rate(), Some(false_alarms), "at {threshold}");
        assert!((verdicts.recall().unwrap() - (1.0 - misses)).abs() < 1e-15, "at {threshold}");
        assert_eq!(verdicts.true_positives + verdicts.false_negatives, ranking.anomalies());
        assert_eq!(verdicts.false_positives + verdicts.true_negatives, ranking.normal_rows());
    }
}

#[test]
fn plotted_points_are_points_of_the_whole_curve() {
    let mut random = Random::new(4);
    let anomalous: Vec<bool> = (0..5_000).map(|row| row % 10 == 0).collect();
    let scores: Vec<f32> =
        anomalous.iter().map(|&anomalous| (random.uniform(0.0, 1.0) + if anomalous { 0.4 } else { 0.0 }) as f32).collect();
    let ranking = Ranking::new(&scores, &anomalous).unwrap();
    let (roc, precision_recall) = (ranking.roc_curve(), ranking.precision_recall_curve());
    let supported = roc.iter().position(|point| point.false_positive_rate * 4_500.0 > 9.5).unwrap();
    for most in [3, 10, 200, 100_000] {
        let plotted = ranking.plotted_curves(most);
        assert!(plotted.roc.len() <= most && plotted.precision_recall.len() <= most, "at most {most}");
        assert_eq!((plotted.roc[0], plotted.roc.last()), (roc[0], roc.last()), "at most {most}");
        let (first, last) = (plotted.precision_recall[0], plotted.precision_recall.last());
        assert_eq!((first, last), (precision_recall[0], precision_recall.last()), "at most {most}");
        assert_eq!(plotted.supported_from, Some(roc[supported].threshold), "at most {most}");
        assert!(plotted.roc.contains(&roc[supported]) && plotted.precision_recall.contains(&precision_recall[supported]));
        assert!(plotted.roc.iter().all(|point| roc.contains(point)));
        assert!(plotted.precision_recall.iter().all(|point| precision_recall.contains(point)));
        // The whole way is below 2, and no stretch is left out by more than two of its equal parts.
        let gap = |pair: &[kitsune_core::evaluation::RocPoint]| {
            pair[1].false_positive_rate - pair[0].false_positive_rate + pair[1].true_positive_rate - pair[0].true_positive_rate
        };
        let widest = plotted.roc.windows(2).map(gap).fold(0.0, f64::max);
        assert!(widest <= 4.0 / (most - 2) as f64 + 1.0 / 500.0, "at most {most}: {widest}");
    }
    let few = Ranking::new(&[1.0, 2.0, 3.0], &[false, true, false]).unwrap().plotted_curves(10);
    assert_eq!((few.roc.len(), few.precision_recall.len(), few.supported_from), (3, 3, None));
}

#[test]
fn the_curve_of_a_good_detector_begins_at_its_first_anomaly() {
    // 200 anomalies score above all but one of 1,000 normal rows.
    let scores: Vec<f32> = (0..1_200_u16).map(|row| if row == 7 { 5_000.0 } else { f32::from(row) }).collect();
    let anomalous: Vec<bool> = (0..1_200).map(|row| row >= 1_000).collect();
    for most in [100, 10_000] {
        let plotted = Ranking::new(&scores, &anomalous).unwrap().plotted_curves(most);
        let at = |point: usize| (plotted.precision_recall[point].recall, plotted.precision_recall[point].precision);
        assert_eq!([at(0), (plotted.roc[0].false_positive_rate, plotted.roc[0].true_positive_rate)], [(0.0, 0.0), (0.001, 0.0)]);
        assert!(at(1).0 < 0.06, "the second of at most {most} points is near the first: {:?}", at(1));
        assert_eq!(plotted.supported_from, Some(991.0), "the tenth of the normal rows from above");
    }
}

#[test]
fn rows_that_cannot_be_ranked_are_refused() {
    let refused = |scores: &[f32], anomalous: &[bool]| Ranking::new(scores, anomalous).unwrap_err();
    assert!(matches!(refused(&[1.0], &[true, false]), Error::LabelCount { scores: 1, labels: 2 }));
    assert!(matches!(refused(&[1.0, f32::NAN], &[true, false]), Error::ScoreNotFinite { row: 1, .. }));
    assert!(matches!(refused(&[f32::INFINITY, 1.0], &[true, false]), Error::ScoreNotFinite { row: 0, .. }));
    assert!(matches!(refused(&[1.0, 2.0], &[true, true]), Error::OneClass { rows: 2, missing: "normal" }));
    assert!(matches!(refused(&[1.0, 2.0], &[false, false]), Error::OneClass { rows: 2, missing: "anomalous" }));
    assert!(matches!(refused(&[], &[]), Error::OneClass { rows: 0, .. }));
}

#[test]
fn an_evaluation_has_every_metric_with_an_interval_around_it() {
    let ranking = ranking(3_000, 9);
    let evaluation = Evaluation::new(&ranking, Some(38.0), Bootstrap::default());
    for (name, estimate) in evaluation.metrics.each() {
        let Some(estimate) = estimate else {
            // 2,571 normal rows: 2.6 of them are 0.1 %.
            assert_eq!(name, "tpr_at_fpr_001");
            continue;
        };
        let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
        assert!(0.0 <= low && low <= estimate.value && estimate.value <= high && high <= 1.0 && low < high, "{name}: {estimate:?}");
    }
    assert_eq!(evaluation, Evaluation::new(&ranking, Some(38.0), Bootstrap::default()));
    assert_ne!(evaluation, Evaluation::new(&ranking, Some(38.0), Bootstrap::default().with_seed(1)));
}

#[test]
fn a_check_breaks_an_evaluation_off() {
    let ranking = ranking(300, 9);
    let evaluate = |replicates| {
        let mut left = 10;
        Evaluation::checked(&ranking, None, Bootstrap::new(replicates), || {
            left -= 1;
            if left < 0 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
        })
    };
    assert_eq!(evaluate(10), ControlFlow::Continue(Evaluation::new(&ranking, None, Bootstrap::new(10))));
    assert_eq!(evaluate(11), ControlFlow::Break("enough"));
}

#[test]
fn an_interval_holds_the_value_of_all_rows_about_as_often_as_it_says() {
    // The area for anomalies that are 15 higher on a width of 40 with ties.
    let truth = ranking(2_000_000, 77).roc_auc();
    let covered = (0..200).filter(|&seed| {
        let bootstrap = Bootstrap::new(200).with_seed(seed);
        let auc = Evaluation::new(&ranking(700, 1_000 + seed), None, bootstrap).metrics.roc_auc.unwrap();
        auc.low.unwrap() <= truth && truth <= auc.high.unwrap()
    });
    let covered = covered.count();
    assert!((178..=199).contains(&covered), "{covered} of 200");
}

#[test]
fn what_cannot_be_told_is_null() {
    let ranking = Ranking::new(&[1.0, 2.0, 3.0, 4.0], &[false, true, false, true]).unwrap();
    let json = |threshold, replicates| {
        let evaluation = Evaluation::new(&ranking, threshold, Bootstrap::new(replicates));
        serde_json::to_value(evaluation).unwrap()
    };
    let without = json(None, 0);
    assert_eq!(without["rows"], 4);
    assert_eq!(without["anomalies"], 2);
    assert_eq!(without["roc_auc"], serde_json::json!({ "value": 0.75, "low": null, "high": null }));
    for name in ["tpr_at_fpr_001", "tpr_at_fpr_01", "tpr_at_fpr_05", "precision", "recall", "f1", "false_alarm_rate", "verdicts"] {
        assert!(without[name].is_null(), "{name}");
    }
    let nothing_flagged = json(Some(9.0), 10);
    assert!(nothing_flagged["precision"].is_null());
    assert_eq!(nothing_flagged["recall"], serde_json::json!({ "value": 0.0, "low": 0.0, "high": 0.0 }));
}
