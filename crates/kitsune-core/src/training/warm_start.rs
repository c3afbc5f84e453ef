//! The start of a training from an earlier model.

use burn::tensor::{Tensor, backend::AutodiffBackend};

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kitsune::Kitsune;
use crate::model::ensemble::Ensemble;
use crate::model::tied_autoencoder::{TiedAutoencoder, Weights};

impl KitsuneConfig {
    /// These hyper-parameters with those of `model` that define a model: clusters, hidden units, activation, error, head input, body,
    /// distance of features, prototypes, neighbours, inputs and score. The hyper-parameters of training, hold-out, sample, excess and threshold stay.
    #[must_use]
    pub fn with_model_of(self, model: &Self) -> Self {
        // Taken apart completely, so that a new field has to be said to be of the training, or of the model.
        let Self {
            dropout,
            trim,
            excess,
            threshold,
            hold_out,
            alert_rate,
            optimizer,
            learning_rate,
            schedule,
            momentum,
            clip_norm,
            batch_size,
            epochs,
            seed,
            sample_rows,
            sample_bytes,
            max_features_per_cluster: _,
            min_features_per_cluster: _,
            map_distance: _,
            hidden_size: _,
            activation: _,
            error: _,
            head_input: _,
            body_ratio: _,
            body_units: _,
            prototypes: _,
            neighbours: _,
            inputs: _,
            clamp: _,
            score: _,
            mapper_rows: _,
        } = self;
        Self {
            dropout,
            trim,
            excess,
            threshold,
            hold_out,
            alert_rate,
            optimizer,
            learning_rate,
            schedule,
            momentum,
            clip_norm,
            batch_size,
            epochs,
            seed,
            sample_rows,
            sample_bytes,
            ..model.clone()
        }
    }

    /// Initialises an ensemble for training with the weights of a model and the range of its head.
    pub(crate) fn init_from<B: AutodiffBackend>(&self, model: &Kitsune<B::InnerBackend>, device: &B::Device) -> Result<Ensemble<B>, Error> {
        let trained = model.ensemble();
        let mut ensemble =
            self.init::<B>(model.feature_map(), device)?.with_weights(weights(trained.tails(), device), weights(trained.head(), device))?;
        if let Some(body) = trained.body() {
            ensemble.body = ensemble.body.with_weights(weights(body, device))?;
        }
        let constant = |tensor: Tensor<B::InnerBackend, 2>| moved::<B, 2>(tensor, device).set_require_grad(false);
        ensemble.head_minimum = ensemble.head_minimum.map(|_| constant(trained.head_minimum.val()));
        ensemble.head_maximum = ensemble.head_maximum.map(|_| constant(trained.head_maximum.val()));
        Ok(ensemble)
    }
}

fn weights<B: AutodiffBackend>(autoencoder: &TiedAutoencoder<B::InnerBackend>, device: &B::Device) -> Weights<B> {
    let Weights { weight, hidden_bias, visible_bias } = autoencoder.weights();
    Weights { weight: moved(weight, device), hidden_bias: moved(hidden_bias, device), visible_bias: moved(visible_bias, device) }
}

fn moved<B: AutodiffBackend, const D: usize>(tensor: Tensor<B::InnerBackend, D>, device: &B::Device) -> Tensor<B, D> {
    Tensor::from_inner(tensor.to_device(device))
}
