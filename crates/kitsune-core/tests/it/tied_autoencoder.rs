//! A tied autoencoder by itself.

use burn::tensor::{Distribution, Tensor};
use kitsune_core::features::{Coverage, FeatureMap};
use kitsune_core::kinds::{Activation, ErrorMetric, HiddenSize};
use kitsune_core::model::TiedAutoencoderConfig;
use kitsune_core::{Error, KitsuneConfig};

use crate::bridge::numbers;
use crate::{TestBackend, device};

#[test]
fn it_has_the_weights_of_the_tails_with_the_same_seed_and_clusters() {
    let map = FeatureMap::new(5, vec![vec![0, 1, 4], vec![2, 3]], Coverage::Exact).unwrap();
    let ensemble = KitsuneConfig::new().with_seed(3).init::<TestBackend>(&map, &device()).unwrap();
    let alone = TiedAutoencoderConfig::new(map.sizes()).with_seed(3).init::<TestBackend>(&device()).unwrap();
    assert_eq!(
        (alone.dims(), alone.sizes(), alone.hidden_units()),
        (ensemble.tails().dims(), &[3, 2][..], ensemble.tails().hidden_units())
    );
    assert_eq!(numbers(alone.weights().weight), numbers(ensemble.tails().weights().weight));

    let other = TiedAutoencoderConfig::new(vec![3, 2]).with_seed(4).init::<TestBackend>(&device()).unwrap();
    let given = other.with_weights(alone.weights()).unwrap();
    assert_eq!(numbers(given.weights().weight), numbers(alone.weights().weight));
}

#[test]
fn it_reconstructs_and_has_an_error_for_each_row_and_cluster() {
    let config = TiedAutoencoderConfig::new(vec![4, 3])
        .with_hidden_size(HiddenSize::HiddenRatio(0.5))
        .with_activation(Activation::Sigmoid)
        .with_error(ErrorMetric::RootMeanSquare);
    let autoencoder = config.init::<TestBackend>(&device()).unwrap();
    let x = Tensor::random([2, 6, 4], Distribution::Uniform(0.0, 1.0), &device());
    let reconstruction = autoencoder.reconstruct(x.clone());
    assert_eq!(reconstruction.dims(), [2, 6, 4]);
    assert_eq!(autoencoder.error(reconstruction, x).dims(), [6, 2]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |config: TiedAutoencoderConfig| config.init::<TestBackend>(&device()).unwrap_err();
    assert!(matches!(refused(TiedAutoencoderConfig::new(vec![])), Error::EmptyCluster { .. }));
    assert!(matches!(refused(TiedAutoencoderConfig::new(vec![2, 0])), Error::EmptyCluster { .. }));
    let config = TiedAutoencoderConfig::new(vec![2]).with_hidden_size(HiddenSize::HiddenRatio(2.0));
    assert!(matches!(refused(config), Error::Hyperparameter { name: "hidden_ratio", .. }));
}
