//! Figures of the published systems, and how far from them we are.
//!
//! The files in `tests/golden` were made by running the programs that their heads name, with these versions, in f64 unless a figure says
//! otherwise. The weights and inputs are drawn, not trained. To make such a file anew, run that program on the `rows` or `input` of a case,
//! from the `weights` given there.

mod forward;
mod training;

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::reference;

/// A file of figures.
#[derive(Deserialize)]
pub(crate) struct Golden<C> {
    format: u32,
    pub(crate) cases: Vec<C>,
}

/// Ten steps of gradient descent on the original.
#[derive(Deserialize)]
pub(crate) struct TrainingCase {
    pub(crate) name: String,
    pub(crate) clusters: Vec<Vec<usize>>,
    pub(crate) learning_rate: f64,
    pub(crate) momentum: f64,
    pub(crate) clip_norm: f64,
    /// [steps][rows][features].
    pub(crate) batches: Vec<Vec<Vec<f64>>>,
    pub(crate) weights_before: NamedWeights,
    pub(crate) gradients_before_clip: NamedWeights,
    pub(crate) gradients_after_clip: NamedWeights,
    pub(crate) gradients_in_f32: Gradients,
    pub(crate) weights_after_1: NamedWeights,
    pub(crate) weights_after_10: NamedWeights,
    pub(crate) steps: Vec<Step>,
}

/// Gradients of the first step of the original run in f32.
///
/// The slope of the error, `d / sqrt(d² + 1e-7)`, multiplies what the output was rounded by up to 3,000 times, so it is 1.5e-5 away from
/// itself in f64.
#[derive(Deserialize)]
pub(crate) struct Gradients {
    pub(crate) before_clip: NamedWeights,
    pub(crate) after_clip: NamedWeights,
}

/// What one step saw before it moved the weights.
#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) tail_loss: f64,
    pub(crate) head_loss: f64,
    pub(crate) gradient_norm: f64,
}

/// Weights as the original names them.
#[derive(Deserialize)]
pub(crate) struct NamedWeights(HashMap<String, Weight>);

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Weight {
    Matrix(Vec<Vec<f64>>),
    Vector(Vec<f64>),
}

impl NamedWeights {
    pub(crate) fn ensemble(&self, clusters: &[Vec<usize>]) -> reference::Ensemble {
        let tails = (0..clusters.len()).map(|tail| self.autoencoder(&format!("tails.{tail}"))).collect();
        reference::Ensemble { clusters: clusters.to_vec(), tails, head: self.autoencoder("head"), body: None }
    }

    fn autoencoder(&self, name: &str) -> reference::Autoencoder {
        let part = |part: &str| self.0[&format!("{name}.{part}")].clone();
        let vector = |weight: Weight| match weight {
            Weight::Vector(values) => values,
            // Nothing is read as either.
            Weight::Matrix(rows) if rows.is_empty() => Vec::new(),
            Weight::Matrix(_) => panic!("{name} has a matrix for a bias"),
        };
        let Weight::Matrix(weight) = part("w") else { panic!("{name} has no matrix of weights") };
        reference::Autoencoder { weight, hidden_bias: vector(part("hidden_bias")), visible_bias: vector(part("reconstruct_bias")) }
    }
}

/// Ten steps of gradient descent, three times.
pub(crate) fn training_cases() -> Vec<TrainingCase> {
    parse(include_str!("../../golden/training.json"))
}

fn parse<C: DeserializeOwned>(text: &str) -> Vec<C> {
    let golden: Golden<C> = serde_json::from_str(text).unwrap();
    assert_eq!(golden.format, 1);
    assert!(!golden.cases.is_empty());
    golden.cases
}

#[test]
fn hidden_sizes_are_those_of_the_originals() {
    use kitsune_core::kinds::HiddenSize::{self, CompressionRate, HiddenRatio};

    let units = |size: HiddenSize, visible: [usize; 6]| visible.map(|visible| size.units(visible));
    // int(visible · 0.4), of which the original makes 0 for one or two units; ceil(visible · 0.75).
    assert_eq!(units(CompressionRate(0.6), [1, 2, 3, 4, 7, 40]), [1, 1, 1, 1, 2, 16]);
    assert_eq!(units(HiddenRatio(0.75), [1, 2, 3, 4, 7, 40]), [1, 2, 3, 3, 6, 30]);
}
