//! From scores to thresholds: what a model keeps of normal rows, and what it says of others.

use kitsune_core::kinds::ThresholdKind;
use kitsune_core::threshold::{NormalScores, Threshold};
use kitsune_core::{Error, Kitsune, ScoreKind, ScoreOptions, ThresholdChoice};

use crate::bridge::matrix;
use crate::taken_apart::file_bytes;
use crate::training::{factor_rows, quick, quick_model};
use crate::{TestBackend, device};

pub(crate) fn fit(kind: ThresholdKind, alert_rate: f64) -> ThresholdChoice {
    ThresholdChoice::Fit { kind: Some(kind), alert_rate: Some(alert_rate) }
}

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
    assert_eq!((threshold.kind(), threshold.alert_rate()), (Some(ThresholdKind::Quantile), Some(0.01)));
    let flagged = scores.as_slice().iter().filter(|&&score| threshold.is_anomaly(score)).count();
    assert_eq!(flagged, (0.01 * (scores.rows() as f64 + 1.0)) as usize);
    assert_eq!(*threshold, Threshold::fit(scores, ThresholdKind::Quantile, 0.01).unwrap());

    // Of other rows of the same kind about as many; of broken ones most.
    let flagged = |rows: &[Vec<f64>]| {
        let scores = model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
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
    let mut own = model.score_rows(&matrix(&factor_rows(200, 1)), &ScoreOptions::new()).unwrap().scores;
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
    assert_eq!((threshold.kind(), threshold.alert_rate()), (Some(ThresholdKind::PeaksOverThreshold), Some(0.005)));
    assert_eq!(loaded(&model).threshold(), Some(threshold));
}

#[test]
fn another_threshold_is_kept_by_the_file_and_tells_probabilities() {
    let model = model();
    for kind in [ThresholdKind::Quantile, ThresholdKind::LogNormal, ThresholdKind::PeaksOverThreshold] {
        let changed = model.clone().with_threshold(fit(kind, 0.05)).unwrap();
        let threshold = *changed.threshold().unwrap();
        assert_eq!((threshold.kind(), threshold.alert_rate()), (Some(kind), Some(0.05)));
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
        assert_eq!(
            changed.score_rows(&rows, &ScoreOptions::new()).unwrap().scores,
            model.score_rows(&rows, &ScoreOptions::new()).unwrap().scores
        );
    }
    assert!(matches!(
        model.clone().with_threshold(fit(ThresholdKind::Quantile, 0.0)),
        Err(Error::Hyperparameter { name: "alert_rate", .. })
    ));
    assert!(matches!(model.with_threshold(fit(ThresholdKind::Quantile, 1e-6)), Err(Error::TooFewScores { .. })));
}

#[test]
fn scores_of_other_rows_give_the_threshold_that_the_configuration_asks_for() {
    let scores = |rows: u16| NormalScores::new((0..rows).map(f32::from).collect()).unwrap();
    let model = quick_model().with_threshold(fit(ThresholdKind::PeaksOverThreshold, 0.02)).unwrap().with_normal_scores(scores(199));
    let threshold = model.threshold().unwrap();
    // The second highest of 199 has a tail probability of 1 %.
    assert_eq!((threshold.kind(), threshold.alert_rate()), (Some(ThresholdKind::Quantile), Some(0.01)));
    assert!(!threshold.is_anomaly(197.0) && threshold.is_anomaly(197.01));
    assert_eq!(model.with_normal_scores(scores(50)).threshold(), None);
}

#[test]
fn verdicts_are_those_of_the_chosen_threshold() {
    let (model, rows) = (model(), matrix(&factor_rows(500, 2)));
    let scored = model.score_rows(&rows, &ScoreOptions::new()).unwrap();
    let (own, normal) = (*model.threshold().unwrap(), model.normal_scores().unwrap().clone());
    let tails = |fit: Threshold| Some(scored.scores.iter().map(|&score| fit.tail_probability(score, &normal)).collect::<Vec<_>>());
    let applied = |choice| model.applied_threshold(ScoreKind::Combined, choice).unwrap();

    let verdicts = model.verdicts(&scored).unwrap();
    assert_eq!(verdicts.is_anomaly, scored.scores.iter().map(|&score| own.is_anomaly(score)).collect::<Vec<_>>());
    assert_eq!(verdicts.tail_probabilities, tails(own));
    let flagged: Vec<usize> = verdicts.flagged().collect();
    assert!(!flagged.is_empty() && flagged.iter().all(|&row| scored.scores[row] >= own.value()) && flagged.is_sorted());
    assert_eq!(applied(ThresholdChoice::Model).unwrap().verdicts(&scored.scores), verdicts);
    assert_eq!(applied(ThresholdChoice::None), None);

    let fitted = Threshold::fit(&normal, ThresholdKind::LogNormal, own.alert_rate().unwrap()).unwrap();
    let found = applied(ThresholdChoice::Fit { kind: Some(ThresholdKind::LogNormal), alert_rate: None }).unwrap();
    assert_eq!((found.value(), found.kind(), found.alert_rate()), (fitted.value(), fitted.kind(), fitted.alert_rate()));
    assert_eq!(found.verdicts(&scored.scores).tail_probabilities, tails(fitted));

    // A fixed number flags by itself, and the model's threshold tells the probabilities.
    let found = applied(ThresholdChoice::Score(1.5)).unwrap();
    assert_eq!((found.value(), found.kind(), found.alert_rate()), (1.5, None, None));
    assert_eq!(found.verdicts(&scored.scores).tail_probabilities, tails(own));
    assert!(model.applied_threshold(ScoreKind::Combined, ThresholdChoice::Score(f32::NAN)).is_err());
}

#[test]
fn a_threshold_of_another_score_can_only_be_a_fixed_number() {
    let model = model();
    let by_tails = model.score_rows(&matrix(&factor_rows(50, 2)), &ScoreOptions::new().with_score(ScoreKind::Tails)).unwrap();
    assert_eq!(model.verdicts(&by_tails), None);
    for choice in [ThresholdChoice::Model, fit(ThresholdKind::Quantile, 0.1)] {
        let error = model.applied_threshold(ScoreKind::Tails, choice).unwrap_err();
        assert!(matches!(error, Error::OtherScore { usual: ScoreKind::Combined, found: ScoreKind::Tails }), "{error}");
    }
    let verdicts = model.applied_threshold(ScoreKind::Tails, ThresholdChoice::Score(0.0)).unwrap().unwrap().verdicts(&by_tails.scores);
    assert_eq!((verdicts.is_anomaly, verdicts.tail_probabilities), (vec![true; 50], None));
}

#[test]
fn a_fixed_number_is_kept_by_the_file_even_without_normal_scores() {
    let model = quick_model().with_threshold(ThresholdChoice::Score(2.5)).unwrap();
    let again = loaded(&model);
    let threshold = again.threshold().unwrap();
    assert_eq!((threshold.value(), threshold.kind(), threshold.alert_rate()), (2.5, None, None));
    assert_eq!(file_bytes(&again), file_bytes(&model));
    assert!(threshold.is_anomaly(2.5) && !threshold.is_anomaly(2.4));
    // Its probabilities are by the ranks of the normal scores.
    let by_rank = Threshold::fit(again.normal_scores().unwrap(), ThresholdKind::Quantile, 0.1).unwrap();
    assert_eq!(again.tail_probability(0.7), Some(by_rank.tail_probability(0.7, again.normal_scores().unwrap())));
    assert!(again.with_threshold(ThresholdChoice::None).unwrap().threshold().is_none());
}
