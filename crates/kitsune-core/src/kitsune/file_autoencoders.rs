//! The autoencoders in a model file.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::archive::{Archive, ArchiveWriter};
use crate::error::Error;
use crate::model::tied_autoencoder::{PaddedLayout, TiedAutoencoder, Weights};

/// Weights beyond this, which no training reaches, could make sums that are not finite.
pub(super) const LARGEST_WEIGHT: f32 = 1e30;

/// Appends the tensors of an autoencoder.
pub(super) fn put_autoencoder<B: Backend>(archive: &mut ArchiveWriter, name: &str, autoencoder: &TiedAutoencoder<B>) {
    let [clusters, visible, hidden] = autoencoder.dims();
    archive.f32(format!("{name}.weight"), &[clusters, visible, hidden], &values(autoencoder.weight.val()));
    archive.f32(format!("{name}.hidden_bias"), &[clusters, hidden], &values(autoencoder.hidden_bias.val()));
    archive.f32(format!("{name}.visible_bias"), &[clusters, visible], &values(autoencoder.visible_bias.val()));
}

/// The trained values of a tied autoencoder, with checked shapes.
pub(super) struct AutoencoderValues {
    weight: Vec<f32>,
    hidden_bias: Vec<f32>,
    visible_bias: Vec<f32>,
}

impl AutoencoderValues {
    pub(super) fn get(archive: &Archive<'_>, name: &str, layout: &PaddedLayout<'_>) -> Result<Self, Error> {
        let [clusters, visible, hidden] = layout.shape;
        Ok(Self {
            weight: archive.f32_within(&format!("{name}.weight"), &[clusters, visible, hidden], LARGEST_WEIGHT)?,
            hidden_bias: archive.f32_within(&format!("{name}.hidden_bias"), &[clusters, hidden], LARGEST_WEIGHT)?,
            visible_bias: archive.f32_within(&format!("{name}.visible_bias"), &[clusters, visible], LARGEST_WEIGHT)?,
        })
    }

    pub(super) fn put_into<B: Backend>(self, autoencoder: TiedAutoencoder<B>, device: &B::Device) -> Result<TiedAutoencoder<B>, Error> {
        let [clusters, visible, hidden] = autoencoder.dims();
        let tensor = |values, shape: [usize; 3]| Tensor::from_data(TensorData::new(values, shape), device);
        autoencoder.with_weights(Weights {
            weight: tensor(self.weight, [clusters, visible, hidden]),
            hidden_bias: tensor(self.hidden_bias, [clusters, 1, hidden]),
            visible_bias: tensor(self.visible_bias, [clusters, 1, visible]),
        })
    }
}

/// The values of a tensor, row after row.
pub(super) fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
