//! Weights of autoencoders one by one, without padding.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::error::Error;
use crate::model::tied_autoencoder::{PaddedLayout, TiedAutoencoder, Weights};

/// The weights of the autoencoder of one cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClusterWeights<'a> {
    /// [visible, hidden].
    pub(crate) weight: &'a [f32],
    /// `[hidden]`.
    pub(crate) hidden_bias: &'a [f32],
    /// `[visible]`.
    pub(crate) visible_bias: &'a [f32],
}

impl<B: Backend> TiedAutoencoder<B> {
    /// Replaces the weights by those of its clusters, each of which has the units of its cluster.
    pub(crate) fn with_cluster_weights(self, of: &[ClusterWeights<'_>], device: &B::Device) -> Result<Self, Error> {
        let settings = self.settings();
        let layout = PaddedLayout::new(&settings.sizes, settings.hidden_size);
        let [clusters, visible, hidden] = layout.shape;
        let padded = |units: usize, biases: Vec<&[f32]>| {
            let mut padded = vec![0.0; clusters * units];
            padded.chunks_exact_mut(units).zip(biases).for_each(|(row, bias)| row[..bias.len()].copy_from_slice(bias));
            Tensor::from_data(TensorData::new(padded, [clusters, 1, units]), device)
        };
        let weight = layout.weights(|cluster, v, h| of[cluster].weight[v * of[cluster].hidden_bias.len() + h]);
        let weights = Weights {
            weight: Tensor::from_data(TensorData::new(weight, [clusters, visible, hidden]), device),
            hidden_bias: padded(hidden, of.iter().map(|weights| weights.hidden_bias).collect()),
            visible_bias: padded(visible, of.iter().map(|weights| weights.visible_bias).collect()),
        };
        self.with_weights(weights)
    }
}
