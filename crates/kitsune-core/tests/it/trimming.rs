//! Training rows that look too strange to learn from.

use kitsune_core::{Kitsune, KitsuneConfig, ScoreKind, ScoreOptions};

use crate::bridge::matrix;
use crate::training::{auc, factor_rows, quick};
use crate::{TestBackend, device};

fn train(config: &KitsuneConfig, rows: &[Vec<f64>]) -> Kitsune<TestBackend> {
    config.fit(&matrix(rows), &device()).unwrap()
}

/// Long enough for the factors to be learnt.
fn config(trim: f64) -> KitsuneConfig {
    quick().with_epochs(Some(60)).with_trim(trim)
}

/// Rows in which one factor is another one for each half of its columns.
fn broken(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    factor_rows(rows + 1, seed).windows(2).map(|rows| [&rows[0][..4], &rows[1][4..]].concat()).collect()
}

#[test]
fn the_share_that_was_left_out_is_told_and_at_most_the_asked_one() {
    let rows = [factor_rows(280, 1), broken(20, 2)].concat();
    assert_eq!(KitsuneConfig::new().trim, 0.05);
    let trimmed = |trim: f64| train(&config(trim), &rows).summary().trimmed;
    assert_eq!(trimmed(0.0), 0.0);
    for trim in [0.01, 0.05, 0.2] {
        let found = trimmed(trim);
        assert!(found > 0.0 && found <= trim, "{found} at {trim}");
    }
    assert!(trimmed(0.2) > trimmed(0.01));
}

#[test]
fn a_burst_of_equal_strange_rows_is_left_out() {
    // Three in a hundred rows, all alike: they have a prototype of their own, but not sixteen. Each factor is low in one half and high in
    // the other.
    let burst: Vec<f64> = (0..8).map(|column| if (column % 2 == 0) == (column < 4) { 0.1 } else { 0.9 } * f64::from(1 + column)).collect();
    let rows = [factor_rows(388, 1), vec![burst.clone(); 12]].concat();
    let (with, without) = (train(&config(0.05), &rows), train(&config(0.0), &rows));
    assert!(with.summary().trimmed >= 12.0 / 400.0 && with.summary().trimmed <= 0.05, "{}", with.summary().trimmed);
    // A model that has learnt it finds it less strange, and hardly anything strange that lies beside its prototype.
    let others = factor_rows(300, 5);
    let scores = |model: &Kitsune<TestBackend>, rows: &[Vec<f64>], kind| {
        model.score_rows(&matrix(rows), &ScoreOptions::new().with_score(kind)).unwrap().scores
    };
    for kind in [ScoreKind::Combined, ScoreKind::Tails, ScoreKind::Body, ScoreKind::Prototypes] {
        let of_burst = |model| scores(model, std::slice::from_ref(&burst), kind);
        assert_eq!(auc(&scores(&with, &others, kind), &of_burst(&with)), 1.0, "{kind:?}");
        assert!(of_burst(&with)[0] > 1.2 * of_burst(&without)[0], "{kind:?}: {:?}, {:?}", of_burst(&with), of_burst(&without));
    }
}
