//! The clusters of both originals, from exact statistics. The merges themselves are tested beside the clustering, in `src/clustering.rs`.

use kitsune_core::FeatureMapper;
use kitsune_core::kinds::CorrelationDistance;
use serde::Deserialize;

use crate::bridge::{assert_close, matrix};

#[derive(Deserialize)]
struct Figures {
    from_rows: Vec<RowsCase>,
}

#[derive(Deserialize)]
struct RowsCase {
    name: String,
    /// [rows][features].
    rows: Vec<Vec<f64>>,
    /// Every how manieth distance is kept.
    distance_every: usize,
    distance_upper: Vec<f64>,
    cuts: Vec<Cut>,
}

#[derive(Deserialize)]
struct Cut {
    max: usize,
    clusters: Vec<Vec<usize>>,
    /// None where the original crashes: fewer than 4 features in all.
    clusters_min_4: Option<Vec<Vec<usize>>>,
}

#[test]
fn distances_and_clusters_are_those_of_the_originals() {
    let figures: Figures = serde_json::from_str(include_str!("../../golden/feature_mapper.json")).unwrap();
    assert_eq!(figures.from_rows.len(), 5);
    for case in figures.from_rows {
        check(&case);
    }
}

fn check(case: &RowsCase) {
    let mut mapper = FeatureMapper::new(case.rows[0].len(), 0);
    mapper.partial_fit(&matrix(&case.rows)).unwrap();

    let distances: Vec<f64> = mapper.correlation_distance(CorrelationDistance::Signed).into_iter().step_by(case.distance_every).collect();
    assert_close(&distances, &case.distance_upper, 1e-14, &case.name);

    for cut in &case.cuts {
        let clusters = |min| mapper.feature_map(cut.max, min, CorrelationDistance::Signed).unwrap().clusters().to_vec();
        assert_eq!(clusters(1), cut.clusters, "{}, at most {}", case.name, cut.max);
        if let Some(expected) = &cut.clusters_min_4 {
            assert_eq!(&clusters(4), expected, "{}, at most {}, at least 4", case.name, cut.max);
        }
    }
}
