//! Between the crate's padded tensors and the reference's plain vectors.

use std::slice::from_ref;

use burn::tensor::{Tensor, TensorData, backend::Backend};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::model::{Ensemble, TiedAutoencoder, Weights};

use crate::reference;

/// With it one step of plain gradient descent moves a weight far enough that its rounding hides nothing of the gradient; a power of two, so
/// that it adds no rounding of its own.
pub(crate) const GRADIENT_RATE: f64 = 1024.0;

/// [rows, features].
pub(crate) fn matrix(rows: &[Vec<f64>]) -> TensorData {
    TensorData::new(rows.concat(), [rows.len(), rows[0].len()])
}

/// [rows, features].
pub(crate) fn tensor<B: Backend>(rows: &[Vec<f64>]) -> Tensor<B, 2> {
    Tensor::from_data(matrix(rows), &B::Device::default())
}

pub(crate) fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// The map of an ensemble that is as wide as its clusters together.
pub(crate) fn feature_map(clusters: &[Vec<usize>]) -> FeatureMap {
    FeatureMap::new(clusters.iter().map(Vec::len).sum(), clusters.to_vec(), Coverage::Exact).unwrap()
}

/// The ensemble with the reference's tails and head; a body stays as it was drawn. The padding is filled with ones, which must not matter.
pub(crate) fn load<B: Backend>(ensemble: Ensemble<B>, weights: &reference::Ensemble) -> Ensemble<B> {
    let tails = padded(ensemble.tails().dims(), &weights.tails);
    let head = padded(ensemble.head().dims(), from_ref(&weights.head));
    ensemble.with_weights(tails, head).unwrap()
}

/// The reference's form of the weights; the padding has to be exactly 0.
pub(crate) fn read<B: Backend>(ensemble: &Ensemble<B>) -> reference::Ensemble {
    let one = |autoencoder: &TiedAutoencoder<B>| unpadded(autoencoder).remove(0);
    reference::Ensemble {
        clusters: ensemble.feature_map().clusters().to_vec(),
        tails: unpadded(ensemble.tails()),
        head: one(ensemble.head()),
        body: ensemble.body().map(one),
    }
}

/// The gradient that a step of plain gradient descent at [`GRADIENT_RATE`] took off the weights.
pub(crate) fn gradient_of_step(before: &reference::Ensemble, after: &reference::Ensemble) -> reference::Ensemble {
    let mut gradient = before.clone();
    gradient.parameters_mut().zip(after.parameters()).for_each(|(g, after)| *g = (*g - after) / GRADIENT_RATE);
    gradient
}

/// Asserts that two sets of weights, or gradients, agree within `tolerance` parts of the largest value of each tensor.
pub(crate) fn assert_weights(found: &reference::Ensemble, expected: &reference::Ensemble, tolerance: f64, what: &str) {
    assert_eq!(found.body.is_some(), expected.body.is_some(), "{what}");
    let parts = [
        ("tails", &found.tails[..], &expected.tails[..]),
        ("head", from_ref(&found.head), from_ref(&expected.head)),
        ("body", found.body.as_slice(), expected.body.as_slice()),
    ];
    for (part, found, expected) in parts {
        let check = |name: &str, tensor: fn(&reference::Autoencoder) -> Vec<f64>| {
            let stacked = |autoencoders: &[reference::Autoencoder]| autoencoders.iter().flat_map(tensor).collect::<Vec<f64>>();
            assert_close(&stacked(found), &stacked(expected), tolerance, &format!("{what}, {part}.{name}"));
        };
        check("weight", |autoencoder| autoencoder.weight.concat());
        check("hidden_bias", |autoencoder| autoencoder.hidden_bias.clone());
        check("visible_bias", |autoencoder| autoencoder.visible_bias.clone());
    }
}

/// Rounding of a sum of numbers near 1. Where values are all but 0 because terms cancelled, the largest of them says nothing of their
/// error.
const ROUNDING: f64 = 1e-16;

/// Asserts that values agree within `tolerance` parts of the largest of them.
pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(difference <= tolerance * largest + ROUNDING, "{what}, value {at}: {found} instead of {expected}, largest {largest}");
    }
}

/// One autoencoder per cluster as padded tensors.
fn padded<B: Backend>([clusters, visible, hidden]: [usize; 3], autoencoders: &[reference::Autoencoder]) -> Weights<B> {
    let mut weight = vec![1.0; clusters * visible * hidden];
    let mut hidden_bias = vec![1.0; clusters * hidden];
    let mut visible_bias = vec![1.0; clusters * visible];
    for (c, autoencoder) in autoencoders.iter().enumerate() {
        for (v, row) in autoencoder.weight.iter().enumerate() {
            weight[(c * visible + v) * hidden..][..row.len()].copy_from_slice(row);
        }
        hidden_bias[c * hidden..][..autoencoder.hidden()].copy_from_slice(&autoencoder.hidden_bias);
        visible_bias[c * visible..][..autoencoder.visible()].copy_from_slice(&autoencoder.visible_bias);
    }
    let device = B::Device::default();
    let tensor = |values: Vec<f64>, shape: [usize; 3]| Tensor::from_data(TensorData::new(values, shape), &device);
    Weights {
        weight: tensor(weight, [clusters, visible, hidden]),
        hidden_bias: tensor(hidden_bias, [clusters, 1, hidden]),
        visible_bias: tensor(visible_bias, [clusters, 1, visible]),
    }
}

fn unpadded<B: Backend>(autoencoder: &TiedAutoencoder<B>) -> Vec<reference::Autoencoder> {
    let [_, visible, hidden] = autoencoder.dims();
    let weights = autoencoder.weights();
    let (weight, hidden_bias) = (numbers(weights.weight), numbers(weights.hidden_bias));
    let visible_bias = numbers(weights.visible_bias);
    let shapes = autoencoder.sizes().iter().copied().zip(autoencoder.hidden_units());
    let cut = |values: &[f64], length: usize| {
        assert!(values[length..].iter().all(|&padding| padding == 0.0), "padding is not 0: {values:?} from {length} on");
        values[..length].to_vec()
    };
    shapes
        .enumerate()
        .map(|(c, (own_visible, own_hidden))| {
            let rows: Vec<Vec<f64>> = weight[c * visible * hidden..][..visible * hidden].chunks(hidden).map(<[f64]>::to_vec).collect();
            assert!(rows[own_visible..].iter().flatten().all(|&padding| padding == 0.0), "padding is not 0: {rows:?}");
            reference::Autoencoder {
                weight: rows[..own_visible].iter().map(|row| cut(row, own_hidden)).collect(),
                hidden_bias: cut(&hidden_bias[c * hidden..][..hidden], own_hidden),
                visible_bias: cut(&visible_bias[c * visible..][..visible], own_visible),
            }
        })
        .collect()
}
