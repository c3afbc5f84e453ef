//! The quality of scores: how often an anomaly ranks above an ordinary row.

/// Area under the receiver operating characteristic: the chance that an anomaly scores higher than an ordinary row, ties counting half.
pub(crate) fn auc(scores: &[f64], anomalies: &[bool]) -> f64 {
    let mut ranked: Vec<_> = scores.iter().copied().zip(anomalies.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ordinary_below, mut wins) = (0.0, 0.0);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let strange = tied.iter().filter(|(_, anomaly)| *anomaly).count() as f64;
        let ordinary = tied.len() as f64 - strange;
        wins += strange * (ordinary_below + ordinary / 2.0);
        ordinary_below += ordinary;
    }
    wins / (ordinary_below * (ranked.len() as f64 - ordinary_below))
}

#[test]
fn auc_is_the_share_of_pairs_in_the_right_order() {
    let cases = [
        (&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true], 1.0),
        (&[4.0, 3.0, 2.0, 1.0], &[false, false, true, true], 0.0),
        (&[1.0, 3.0, 2.0, 4.0], &[false, false, true, true], 0.75),
        (&[1.0, 2.0, 2.0, 3.0], &[false, false, true, true], 0.875),
        (&[7.0, 7.0, 7.0, 7.0], &[false, true, true, false], 0.5),
    ];
    for (scores, anomalies, expected) in cases {
        assert_eq!(auc(scores, anomalies), expected, "{scores:?} {anomalies:?}");
    }
}
