//! The settings of a tied autoencoder by itself, outside an ensemble.

use burn::config::Config;
use burn::tensor::backend::Backend;

use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kinds::hidden_size::HiddenSize;
use crate::kinds::{Activation, ErrorMetric};
use crate::model::tied_autoencoder::{AutoencoderSettings, TiedAutoencoder};
use crate::random::{Draws, Purpose};

/// Settings of a [`TiedAutoencoder`] for a use of your own. [`KitsuneConfig::init`] makes those of an ensemble.
#[derive(Config, Debug, PartialEq)]
pub struct TiedAutoencoderConfig {
    /// Visible units of each cluster: at least one cluster of at least one unit.
    pub sizes: Vec<usize>,
    /// Hidden units of each cluster.
    #[config(default = "HiddenSize::CompressionRate(0.6)")]
    pub hidden_size: HiddenSize,
    /// Activation of the hidden units.
    #[config(default = "Activation::Tanh")]
    pub activation: Activation,
    /// Reconstruction error of a row.
    #[config(default = "ErrorMetric::Absolute")]
    pub error: ErrorMetric,
    /// Seed of the initial weights. They are those of the tails of an ensemble with the same seed and clusters.
    #[config(default = 0)]
    pub seed: u64,
}

impl TiedAutoencoderConfig {
    /// Initialises the weights uniformly in ±1/visible and the biases with 0.
    ///
    /// # Errors
    /// [`Error::EmptyCluster`] without a cluster or for a cluster without a unit, and [`Error::Hyperparameter`] for a hidden size outside its
    /// range.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<TiedAutoencoder<B>, Error> {
        if self.sizes.is_empty() {
            return Err(Error::EmptyCluster { found: "there is no cluster".to_owned() });
        }
        if let Some(cluster) = self.sizes.iter().position(|&size| size == 0) {
            return Err(Error::EmptyCluster { found: format!("cluster {cluster} is empty") });
        }
        KitsuneConfig::new().with_hidden_size(self.hidden_size).validate()?;
        let Self { sizes, hidden_size, activation, error, seed } = self.clone();
        let settings = AutoencoderSettings { activation, error, sizes, hidden_size };
        Ok(TiedAutoencoder::init(settings, Draws::new(seed, Purpose::TailWeights, 0), device))
    }
}
