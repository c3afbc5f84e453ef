//! From scores to thresholds: what a model keeps of normal rows, and what it says of others.

use kitsune_core::{Error, Kitsune, NormalScores, Threshold, ThresholdKind};

use crate::bridge::matrix;
use crate::taken_apart::file_bytes;
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

fn loaded(model: &Kitsune<TestBackend>) -> Kitsune<TestBackend> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    Kitsune::from_pretrained(path, &device()).unwrap()
}

/// Of more rows than the 2,000 from which on some are held out.
fn model() -> Kitsune<TestBackend> {
    quick().with_epochs(Some(1)).fit(&matrix(&factor_rows(4_000, 1)), &device()).unwrap()
}

#[test]
fn a_threshold_is_fitted_on_held_out_rows_and_flags_the_stated_share_of_them() {
    let model = model();
    let (scores, threshold) = (model.normal_scores().unwrap(), model.threshold().unwrap());
    assert_eq!(scores.rows() as u64, model.summary().held_out);
    assert_eq!((threshold.kind(), threshold.alert_rate()), (ThresholdKind::Quantile, 0.01));
    let flagged = scores.as_slice().iter().filter(|&&score| threshold.is_anomaly(score)).count();
    assert_eq!(flagged, (0.01 * (scores.rows() as f64 + 1.0)) as usize);
    assert_eq!(*threshold, Threshold::fit(scores, ThresholdKind::Quantile, 0.01).unwrap());

    // Of other rows of the same kind about as many; of broken ones most.
    let flagged = |rows: &[Vec<f64>]| {
        let scores = model.score_rows(&matrix(rows)).unwrap();
        scores.iter().filter(|&&score| threshold.is_anomaly(score)).count() as f64 / rows.len() as f64
    };
    let ordinary = factor_rows(4_000, 2);
    let strange: Vec<Vec<f64>> = ordinary.windows(2).map(|rows| [&rows[0][..4], &rows[1][4..]].concat()).collect();
    assert!((0.002..0.03).contains(&flagged(&ordinary)), "{}", flagged(&ordinary));
    assert!(flagged(&strange) > 0.5, "{}", flagged(&strange));
}

#[test]
fn of_few_rows_the_training_rows_tell_the_threshold_and_of_very_few_nothing() {
    let model = quick_model();
    let scores = model.normal_scores().unwrap();
    assert_eq!((model.summary().held_out, scores.rows()), (0, 200));
    let mut own = model.score_rows(&matrix(&factor_rows(200, 1))).unwrap();
    own.sort_by(f32::total_cmp);
    for (found, expected) in scores.as_slice().iter().zip(own) {
        assert!((found - expected).abs() <= 1e-5 * (1.0 + expected), "{found} instead of {expected}");
    }
    assert!(model.threshold().is_some());

    // A rate of 1 % needs 99 rows.
    for (rows, expected) in [(98, false), (99, true)] {
        let model: Kitsune<TestBackend> = quick().fit(&matrix(&factor_rows(rows, 1)), &device()).unwrap();
        assert_eq!((model.normal_scores().unwrap().rows(), model.threshold().is_some()), (rows, expected));
        assert_eq!(model.tail_probability(1.0).is_some(), expected);
    }
}

#[test]
fn the_configuration_asks_for_a_kind_and_a_rate() {
    let config = quick().with_threshold(ThresholdKind::PeaksOverThreshold).with_alert_rate(0.005);
    let model: Kitsune<TestBackend> = config.fit(&matrix(&factor_rows(200, 1)), &device()).unwrap();
    let threshold = model.threshold().unwrap();
    assert_eq!((threshold.kind(), threshold.alert_rate()), (ThresholdKind::PeaksOverThreshold, 0.005));
    assert_eq!(loaded(&model).threshold(), Some(threshold));
}

#[test]
fn another_threshold_is_kept_by_the_file_and_tells_probabilities() {
    let model = model();
    for kind in [ThresholdKind::Quantile, ThresholdKind::LogNormal, ThresholdKind::PeaksOverThreshold] {
        let changed = model.clone().with_threshold(kind, 0.05).unwrap();
        let threshold = *changed.threshold().unwrap();
        assert_eq!((threshold.kind(), threshold.alert_rate()), (kind, 0.05));
        assert_eq!(threshold, Threshold::fit(model.normal_scores().unwrap(), kind, 0.05).unwrap());
        let again = loaded(&changed);
        assert_eq!((again.threshold(), again.normal_scores()), (Some(&threshold), model.normal_scores()));
        assert_eq!(file_bytes(&again), file_bytes(&changed));
        for score in [0.0, 0.5, threshold.value(), 3.0, 100.0] {
            let expected = threshold.tail_probability(score, model.normal_scores().unwrap());
            assert_eq!(changed.tail_probability(score), Some(expected));
        }
        assert!((changed.tail_probability(threshold.value()).unwrap() / 0.05 - 1.0).abs() < 0.05, "{kind}");
        // Nothing else of the model depends on it.
        let rows = matrix(&factor_rows(20, 3));
        assert_eq!(changed.score_rows(&rows).unwrap(), model.score_rows(&rows).unwrap());
    }
    assert!(matches!(model.clone().with_threshold(ThresholdKind::Quantile, 0.0), Err(Error::Hyperparameter { name: "alert_rate", .. })));
    assert!(matches!(model.with_threshold(ThresholdKind::Quantile, 1e-6), Err(Error::TooFewScores { .. })));
}

#[test]
fn scores_of_other_rows_give_the_threshold_that_the_configuration_asks_for() {
    let scores = |rows: u16| NormalScores::new((0..rows).map(f32::from).collect()).unwrap();
    let model = quick_model().with_threshold(ThresholdKind::PeaksOverThreshold, 0.02).unwrap().with_normal_scores(scores(199));
    let threshold = model.threshold().unwrap();
    // The second highest of 199 has a tail probability of 1 %.
    assert_eq!((threshold.kind(), threshold.alert_rate()), (ThresholdKind::Quantile, 0.01));
    assert!(!threshold.is_anomaly(197.0) && threshold.is_anomaly(197.01));
    assert_eq!(model.with_normal_scores(scores(50)).threshold(), None);
}
