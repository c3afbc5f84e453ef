//! Rows of a single feature, such as a metric without its neighbours in time.

use std::ops::ControlFlow;

use kitsune_core::training::Progress;
use kitsune_core::{Kitsune, KitsuneConfig, ScoreOptions};

use crate::bridge::matrix;
use crate::{TestBackend, device};

/// Values near 0 and near 10, and none between.
fn values(rows: usize) -> Vec<Vec<f64>> {
    (0..rows).map(|row| vec![if row % 3 == 0 { 10.0 } else { 0.0 } + (row as f64 * 0.7).sin()]).collect()
}

#[test]
fn one_feature_trains_and_what_it_never_was_scores_high() {
    let config = KitsuneConfig::new().with_epochs(Some(3)).with_alert_rate(0.05);
    let mut planned = None;
    let mut observer = |progress| {
        if let Progress::Planned { features, clusters, .. } = progress {
            planned = Some((features, clusters));
        }
        ControlFlow::Continue(())
    };
    let model: Kitsune<TestBackend> = config.fit_observed(&matrix(&values(1_500)), &device(), &mut observer).unwrap();
    assert_eq!(planned, Some((1, 1)));
    let model = Kitsune::<TestBackend>::from_bytes(&model.to_bytes().unwrap(), &device()).unwrap();
    let scores = |rows: &[Vec<f64>]| model.score_rows(&matrix(rows), &ScoreOptions::new()).unwrap().scores;
    let mut ordinary = scores(&values(200));
    ordinary.sort_by(f32::total_cmp);
    let threshold = model.threshold().unwrap().value();
    assert!(ordinary[100] < threshold);
    // Between the two, which is inside the range, and ten widths beyond it and more.
    for strange in [4.0, 5.0, 6.0, -130.0, 200.0] {
        assert!(scores(&[vec![strange]])[0] > threshold.max(ordinary[180]), "{strange}");
    }
    let reasons = model.reasons(&matrix(&[vec![200.0]]), [0], 3).unwrap();
    assert_eq!((reasons[0].len(), reasons[0][0].feature, reasons[0][0].value), (1, 0, 200.0));
}
