//! From a score to a decision.

use kitsune_core::Error;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::kinds::ThresholdKind::{LogNormal, PeaksOverThreshold, Quantile};
use kitsune_core::threshold::{NormalScores, RecentThreshold, Threshold};

use crate::random::Random;

const KINDS: [ThresholdKind; 3] = [Quantile, LogNormal, PeaksOverThreshold];

/// A standard normal value (Box and Muller, 1958).
fn normal(random: &mut Random) -> f64 {
    let (u, v) = (1.0 - random.uniform(0.0, 1.0), random.uniform(0.0, 1.0));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn exponential(random: &mut Random) -> f32 {
    -(1.0 - random.uniform(0.0, 1.0)).ln() as f32
}

fn log_normal(random: &mut Random) -> f32 {
    (0.7 * normal(random) - 1.0).exp() as f32
}

/// Pareto with a tail of index 1: no mean, values up to millions.
fn heavy(random: &mut Random) -> f32 {
    (1.0 / (1.0 - random.uniform(0.0, 1.0))) as f32
}

fn uniform(random: &mut Random) -> f32 {
    random.uniform(0.0, 1.0) as f32
}

/// A third of the rows is exactly 0, the others are multiples of a hundredth.
fn tied(random: &mut Random) -> f32 {
    if random.below(3) == 0 { 0.0 } else { (exponential(random) * 100.0).round() / 100.0 }
}

type Law = fn(&mut Random) -> f32;

fn sample(law: Law, rows: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..rows).map(|_| law(&mut random)).collect()
}

fn scores(law: Law, rows: usize, seed: u64) -> NormalScores {
    NormalScores::new(sample(law, rows, seed)).unwrap()
}

#[test]
fn a_tail_probability_falls_with_the_score_and_meets_the_rate_at_the_threshold() {
    for (name, law) in
        [("exponential", exponential as Law), ("log-normal", log_normal), ("heavy", heavy), ("uniform", uniform), ("tied", tied)]
    {
        for (rows, alert_rate) in [(150, 0.02), (2_000, 0.01), (2_000, 0.001), (2_000, 0.2), (2_000, 0.5)] {
            let scores = scores(law, rows, 3);
            for kind in KINDS {
                let what = format!("{name}, {rows} rows, {alert_rate}, {kind}");
                let threshold = Threshold::fit(&scores, kind, alert_rate).unwrap();
                check(&threshold, &scores, name != "tied" || kind == LogNormal, &what);
            }
        }
    }
}

fn check(threshold: &Threshold, scores: &NormalScores, continuous: bool, what: &str) {
    let (rate, value) = (threshold.alert_rate().unwrap(), threshold.value());
    let mut places: Vec<f32> =
        scores.as_slice().iter().flat_map(|&score| [score.next_down(), score, score.next_up(), score * 1.01]).collect();
    places.extend([-1.0, 0.0, value.next_down(), value, value.next_up(), 1e3, 1e6, 1e30, f32::MAX]);
    places.sort_unstable_by(f32::total_cmp);
    let mut before = 1.0;
    for score in places {
        let probability = threshold.tail_probability(score, scores);
        assert!(probability > 0.0 && probability <= before, "{what}: {probability} after {before} at {score}");
        if threshold.is_anomaly(score) {
            assert!(probability <= rate * (1.0 + 1e-9), "{what}: {probability} at {score}, which is an anomaly");
        } else {
            assert!(probability >= rate * (1.0 - 1e-9), "{what}: {probability} at {score}, which is none");
        }
        before = probability;
    }
    if continuous {
        // A score has 24 bits, and where it ends between two of them the probability goes a little further.
        let found = threshold.tail_probability(value, scores);
        assert!((found / rate - 1.0).abs() < 1e-3, "{what}: {found} at the threshold");
    }
}

#[test]
fn new_normal_rows_are_called_anomalies_as_often_as_stated() {
    for (name, law, kinds) in [
        ("exponential", exponential as Law, &[Quantile, PeaksOverThreshold][..]),
        ("log-normal", log_normal, &KINDS),
        ("heavy", heavy, &[Quantile, PeaksOverThreshold]),
        ("uniform", uniform, &[Quantile, PeaksOverThreshold]),
    ] {
        for &kind in kinds {
            let mut alarms = 0;
            for seed in 0..40 {
                let threshold = Threshold::fit(&scores(law, 2_000, seed), kind, 0.01).unwrap();
                alarms += sample(law, 5_000, 1_000 + seed).into_iter().filter(|&score| threshold.is_anomaly(score)).count();
            }
            // The mean over the fits has a deviation of 0.0004; 40 peaks of a bounded tail are fitted somewhat too short (0.0109).
            let rate = alarms as f64 / 200_000.0;
            assert!((rate - 0.01).abs() < 0.0015, "{name}, {kind}: {rate}");
        }
    }
}

#[test]
fn peaks_over_threshold_finds_a_rate_that_the_rows_cannot_show() {
    // ln(1 / 1e-4) beyond 2,000 exponential scores.
    let mut sum = 0.0;
    for seed in 0..50 {
        let scores = scores(exponential, 2_000, seed);
        sum += f64::from(Threshold::fit(&scores, PeaksOverThreshold, 1e-4).unwrap().value());
        assert!(matches!(Threshold::fit(&scores, Quantile, 1e-4), Err(Error::TooFewScores { needed: 9_999, found: 2_000, .. })));
    }
    let mean = sum / 50.0;
    assert!((mean / 1e4_f64.ln() - 1.0).abs() < 0.15, "{mean}");
}

#[test]
fn a_quantile_is_the_order_statistic_of_the_fractional_rank() {
    let scores = NormalScores::new((1..=199).map(|score| score as f32).collect()).unwrap();
    for (alert_rate, expected) in [(0.005, 199.0), (0.01, 198.0), (0.0125, 197.5), (0.5, 100.0)] {
        let threshold = Threshold::fit(&scores, Quantile, alert_rate).unwrap();
        assert!(threshold.value() > expected && threshold.value() <= expected.next_up().next_up(), "{alert_rate}: {}", threshold.value());
    }
    for (score, rank) in [(0.5, 200.0), (1.0, 199.0), (100.0, 100.0), (150.25, 49.75), (199.0, 1.0), (1e9, 1.0)] {
        let threshold = Threshold::fit(&scores, Quantile, 0.01).unwrap();
        assert_eq!(threshold.tail_probability(score, &scores), rank / 200.0, "{score}");
    }
}

#[test]
fn a_rate_that_the_rows_cannot_tell_is_refused_with_their_number() {
    for (kind, alert_rate, needed) in [
        (Quantile, 0.01, 99),
        (Quantile, 0.03, 33),
        (Quantile, 1.0 / 49.0, 48),
        (Quantile, 0.5, 1),
        (Quantile, 0.4, 2),
        (LogNormal, 0.01, 20),
        (LogNormal, 1e-4, 100),
        (PeaksOverThreshold, 0.01, 100),
        (PeaksOverThreshold, 1e-5, 1_000),
    ] {
        assert_eq!(kind.rows_needed(alert_rate), needed);
        assert!(Threshold::fit(&scores(exponential, needed as usize, 0), kind, alert_rate).is_ok(), "{kind} at {alert_rate}");
        if needed > 1 {
            let error = Threshold::fit(&scores(exponential, needed as usize - 1, 0), kind, alert_rate).unwrap_err();
            let message = format!("needs the scores of {needed} normal rows, but there are {}", needed - 1);
            assert!(error.to_string().contains(&message), "{error}");
        }
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    let scores = scores(exponential, 500, 0);
    for kind in KINDS {
        for alert_rate in [0.0, -0.1, 0.500_001, 1.0, f64::NAN, f64::INFINITY] {
            let refused = Threshold::fit(&scores, kind, alert_rate);
            assert!(matches!(refused, Err(Error::Hyperparameter { name: "alert_rate", .. })), "{kind} at {alert_rate}: {refused:?}");
        }
    }
}

#[test]
fn scores_that_are_all_equal_are_no_anomalies() {
    for score in [0.0, 0.25, 3e38] {
        let scores = NormalScores::new(vec![score; 1_000]).unwrap();
        for kind in [Quantile, LogNormal] {
            let threshold = Threshold::fit(&scores, kind, 0.01).unwrap();
            assert!(!threshold.is_anomaly(score), "{kind}, all {score}");
            assert!(threshold.is_anomaly(f32::MAX), "{kind}, all {score}");
            assert!(threshold.tail_probability(score, &scores) > 0.4, "{kind}, all {score}");
        }
        let refused = Threshold::fit(&scores, PeaksOverThreshold, 0.01);
        assert!(matches!(refused, Err(Error::TooFewPeaks { needed: 20, found: 0, rows: 1_000 })), "{refused:?}");
    }
}

#[test]
fn where_many_rows_share_a_score_no_more_are_flagged_than_stated() {
    // 30 of 1,000 rows share the highest score; three in a hundred cannot be one in a hundred.
    let mut values: Vec<f32> = sample(uniform, 970, 1);
    values.extend([1.5; 30]);
    let scores = NormalScores::new(values).unwrap();
    assert!(!Threshold::fit(&scores, Quantile, 0.01).unwrap().is_anomaly(1.5));
    assert!(Threshold::fit(&scores, Quantile, 0.04).unwrap().is_anomaly(1.5));
    // Nearly all are 0: the tail is what is above.
    let mut values = vec![0.0; 960];
    values.extend(sample(exponential, 40, 2));
    let scores = NormalScores::new(values).unwrap();
    let threshold = Threshold::fit(&scores, PeaksOverThreshold, 0.01).unwrap();
    let flagged = scores.as_slice().iter().filter(|&&score| threshold.is_anomaly(score)).count();
    assert!((6..=14).contains(&flagged), "{flagged} of 1,000");
    assert!(matches!(Threshold::fit(&scores, PeaksOverThreshold, 0.05), Err(Error::TooFewPeaks { needed: 51, found: 40, .. })));
}

#[test]
fn scores_that_no_threshold_can_be_fitted_on_are_refused() {
    assert!(matches!(NormalScores::new(Vec::new()), Err(Error::NoScores)));
    assert!(matches!(NormalScores::new(vec![1.0, f32::NAN]), Err(Error::ScoreNotFinite { row: 1, .. })));
    let negative = NormalScores::new((0..100).map(|score| score as f32 - 1.0).collect()).unwrap();
    assert!(matches!(Threshold::fit(&negative, LogNormal, 0.01), Err(Error::NegativeScore { score: -1.0 })));
    assert!(Threshold::fit(&negative, Quantile, 0.01).is_ok());
}

#[test]
fn thresholds_are_finite_whatever_the_scores() {
    let wild = |random: &mut Random| (60.0 * normal(random)).exp().clamp(1e-44, 3e38) as f32;
    let scores = scores(wild, 500, 1);
    for kind in KINDS {
        let threshold = Threshold::fit(&scores, kind, 0.005).unwrap();
        assert!(threshold.value().is_finite() && threshold.value() > 0.0, "{threshold:?}");
    }
}

#[test]
fn a_threshold_is_read_as_it_was_written_and_a_damaged_one_is_refused() {
    let scores = scores(heavy, 1_000, 5);
    for kind in KINDS {
        let threshold = Threshold::fit(&scores, kind, 0.01).unwrap();
        let written = serde_json::to_value(threshold).unwrap();
        assert_eq!(serde_json::from_str::<Threshold>(&written.to_string()).unwrap(), threshold);
        assert_eq!(threshold.kind(), Some(kind));

        for (part, value) in [("/alert_rate", 0.7), ("/alert_rate", 0.0), ("/value", 1e39)] {
            assert!(refuses(&written, part, value), "{kind}, {part} {value}");
        }
    }
    let written = |kind| serde_json::to_value(Threshold::fit(&scores, kind, 0.01).unwrap()).unwrap();
    for (part, value) in [("deviation", 0.0), ("deviation", -1.0), ("floor", 0.0), ("floor", -1.0)] {
        assert!(refuses(&written(LogNormal), &format!("/tail/LogNormal/{part}"), value), "{part} {value}");
    }
    for (part, value) in [("start", 1e9), ("share", 0.0), ("share", 1.5), ("excess/shape", -1.5), ("excess/scale", 0.0)] {
        assert!(refuses(&written(PeaksOverThreshold), &format!("/tail/PeaksOverThreshold/{part}"), value), "{part} {value}");
    }
}

fn refuses(written: &serde_json::Value, part: &str, value: f64) -> bool {
    let mut damaged = written.clone();
    *damaged.pointer_mut(part).unwrap() = value.into();
    serde_json::from_value::<Threshold>(damaged).is_err()
}

#[test]
fn a_recent_threshold_keeps_its_rate_whatever_becomes_of_the_scores() {
    for factor in [0.5, 1.0, 3.0, 20.0] {
        let mut alarms = 0;
        for seed in 0..4 {
            let scores = scores(exponential, 5_000, seed);
            let threshold = Threshold::fit(&scores, Quantile, 0.01).unwrap();
            let mut recent = RecentThreshold::new(threshold, &scores).unwrap();
            assert_eq!(recent.value(), threshold.value());
            let stream = sample(exponential, 22_000, 100 + seed);
            // Until the window has none but the new scores.
            stream[..2_000].iter().for_each(|score| {
                recent.observe(factor * score);
            });
            alarms += stream[2_000..].iter().filter(|&score| recent.observe(factor * score)).count();
            assert!(recent.value() >= threshold.value());
        }
        // 800 are one in a hundred. Lower scores than those of the fit are flagged less often.
        let bounds = if factor < 1.0 { 0..=30 } else { 600..=1_000 };
        assert!(bounds.contains(&alarms), "{alarms} of 80,000 at {factor} times the score");
    }
}

#[test]
fn a_recent_threshold_is_the_quantile_of_its_window() {
    let scores = scores(exponential, 1_000, 1);
    let threshold = Threshold::fit(&scores, Quantile, 0.01).unwrap();
    let mut recent = RecentThreshold::new(threshold, &scores).unwrap();
    let stream: Vec<f32> = sample(exponential, 4_000, 2).iter().map(|score| 5.0 * score).collect();
    for (row, &score) in stream.iter().enumerate() {
        let before = recent.value();
        assert_eq!(recent.observe(score), score >= before, "row {row}");
        if row >= 2_000 && (row + 1) % 2_000 % 32 == 0 {
            let mut last = stream[row + 1 - 2_000..=row].to_vec();
            last.sort_by(f32::total_cmp);
            // The twentieth of 2,000 from the top is the last that the rate of one in a hundred exceeds.
            assert_eq!(recent.value(), last[2_000 - 20].next_up(), "row {row}");
        }
    }
}

#[test]
fn a_fixed_number_follows_no_stream() {
    let scores = scores(exponential, 1_000, 1);
    let refused = RecentThreshold::new(Threshold::fixed(1.0).unwrap(), &scores);
    assert!(matches!(refused, Err(Error::FixedThreshold)), "{refused:?}");
}
