//! The forward pass of batch Kitsune.

use burn::tensor::{Tensor, TensorData};
use kitsune_core::KitsuneConfig;
use serde::Deserialize;

use super::{NamedWeights, parse};
use crate::bridge::{assert_close, feature_map, load, numbers, tensor};
use crate::{TOLERANCE, TestBackend, device};

#[derive(Deserialize)]
struct ForwardCase {
    name: String,
    clusters: Vec<Vec<usize>>,
    /// [rows][features].
    input: Vec<Vec<f64>>,
    weights: NamedWeights,
    /// [rows][clusters].
    tail_errors: Vec<Vec<f64>>,
    /// [rows]: the head's error.
    score: Vec<f64>,
    /// [rows][visible].
    reconstruction_tail_0: Vec<Vec<f64>>,
    /// [rows][clusters].
    head_reconstruction: Vec<Vec<f64>>,
}

#[test]
fn reconstructions_and_errors_are_those_of_the_original() {
    for case in parse::<ForwardCase>(include_str!("../../golden/forward.json")) {
        check(&case);
    }
}

fn check(case: &ForwardCase) {
    let what = |part: &str| format!("{}, {part}", case.name);
    let device = device();
    let ensemble = KitsuneConfig::original().init::<TestBackend>(&feature_map(&case.clusters), &device).unwrap();
    let ensemble = load(ensemble, &case.weights.ensemble(&case.clusters));

    let errors = ensemble.forward(tensor(&case.input));
    assert_close(&numbers(errors.tails.clone()), &case.tail_errors.concat(), TOLERANCE, &what("tail errors"));
    assert_close(&numbers(errors.head), &case.score, TOLERANCE, &what("score"));

    let head = ensemble.head().reconstruct(errors.tails.unsqueeze());
    assert_close(&numbers(head), &case.head_reconstruction.concat(), TOLERANCE, &what("head"));

    // Rows for the first tail, whose padding and whose neighbours are anything.
    let [clusters, visible, _] = ensemble.tails().dims();
    let rows = case.input.len();
    let members = &case.clusters[0];
    let mut input = vec![0.5; clusters * rows * visible];
    for (row, input) in case.input.iter().zip(input.chunks_mut(visible)) {
        members.iter().zip(input).for_each(|(&feature, value)| *value = row[feature]);
    }
    let input = Tensor::from_data(TensorData::new(input, [clusters, rows, visible]), &device);
    let tail = ensemble.tails().reconstruct(input).narrow(0, 0, 1).narrow(2, 0, members.len());
    assert_close(&numbers(tail), &case.reconstruction_tail_0.concat(), TOLERANCE, &what("first tail"));
}
