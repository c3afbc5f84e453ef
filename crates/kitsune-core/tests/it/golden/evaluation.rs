//! Metrics and curves against scikit-learn.

use kitsune_core::evaluation::Ranking;
use serde::Deserialize;

#[derive(Deserialize)]
struct Figures {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// [rows].
    scores: Vec<f32>,
    /// Rows that are anomalies.
    anomalies: Vec<usize>,
    roc_auc: f64,
    average_precision: f64,
    /// False positive rate and true positive rate there.
    tpr_at: Vec<(f64, Option<f64>)>,
    /// None for the larger cases.
    curves: Option<Curves>,
}

#[derive(Deserialize)]
struct Curves {
    roc: Roc,
    precision_recall: PrecisionRecall,
}

/// From the highest threshold down.
#[derive(Deserialize)]
struct Roc {
    thresholds: Vec<f32>,
    fpr: Vec<f64>,
    tpr: Vec<f64>,
}

/// From the lowest threshold up.
#[derive(Deserialize)]
struct PrecisionRecall {
    thresholds: Vec<f32>,
    precision: Vec<f64>,
    recall: Vec<f64>,
}

const TOLERANCE: f64 = 1e-12;

#[test]
fn metrics_and_curves_are_those_of_scikit_learn() {
    let figures: Figures = serde_json::from_str(include_str!("../../golden/evaluation.json")).unwrap();
    for case in figures.cases {
        let mut anomalous = vec![false; case.scores.len()];
        case.anomalies.iter().for_each(|&row| anomalous[row] = true);
        let ranking = Ranking::new(&case.scores, &anomalous).unwrap();

        close(ranking.roc_auc(), case.roc_auc, &case.name);
        close(ranking.average_precision(), case.average_precision, &case.name);
        for (rate, expected) in case.tpr_at {
            let found = ranking.true_positive_rate_at(rate);
            assert_eq!(found.is_some(), expected.is_some(), "{}, TPR at {rate}", case.name);
            found.zip(expected).into_iter().for_each(|(found, expected)| close(found, expected, &case.name));
        }
        if let Some(curves) = case.curves {
            check_roc(&ranking, &curves.roc, &case.name);
            check_precision_recall(&ranking, &curves.precision_recall, &case.name);
        }
    }
}

fn check_roc(ranking: &Ranking, expected: &Roc, what: &str) {
    let curve = ranking.roc_curve();
    assert_eq!(curve.iter().map(|point| point.threshold).collect::<Vec<_>>(), expected.thresholds, "{what}");
    for ((point, &fpr), &tpr) in curve.iter().zip(&expected.fpr).zip(&expected.tpr) {
        close(point.false_positive_rate, fpr, what);
        close(point.true_positive_rate, tpr, what);
    }
}

fn check_precision_recall(ranking: &Ranking, expected: &PrecisionRecall, what: &str) {
    let mut curve = ranking.precision_recall_curve();
    curve.reverse();
    assert_eq!(curve.iter().map(|point| point.threshold).collect::<Vec<_>>(), expected.thresholds, "{what}");
    for ((point, &precision), &recall) in curve.iter().zip(&expected.precision).zip(&expected.recall) {
        close(point.precision, precision, what);
        close(point.recall, recall, what);
    }
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found} instead of {expected}");
}
