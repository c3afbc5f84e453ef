//! Tied autoencoders over a block of rows.

use super::block::Block;
use super::parameters::{Autoencoder, Parameters, ParametersMut, TrainedRows};
use super::{by_gemm, in_registers};
use crate::model::tied_autoencoder::AutoencoderSettings;

/// The autoencoders of a [`TiedAutoencoder`](crate::model::TiedAutoencoder), each over some columns of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Autoencoders<'a> {
    pub(crate) settings: &'a AutoencoderSettings,
    /// The shape [clusters, visible, hidden].
    pub(crate) shape: [usize; 3],
    pub(crate) parameters: Parameters<'a>,
    /// The columns of each cluster.
    pub(crate) columns: &'a [Vec<usize>],
}

/// Buffers for intermediate values, reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct AutoencoderScratch {
    small: Vec<f32>,
    products: by_gemm::ProductScratch,
}

impl Autoencoders<'_> {
    fn cluster(&self, cluster: usize) -> Autoencoder<'_> {
        let [_, visible, hidden] = self.shape;
        let Parameters { weight, hidden_bias, visible_bias } = self.parameters;
        let columns = &self.columns[cluster];
        let size = columns.len();
        Autoencoder {
            weight: &weight[cluster * visible * hidden..][..size * hidden],
            stride: hidden,
            hidden_bias: &hidden_bias[cluster * hidden..][..self.settings.hidden_size.units(size)],
            visible_bias: &visible_bias[cluster * visible..][..size],
            columns,
            activation: self.settings.activation,
            error: self.settings.error,
        }
    }

    /// Computes the errors of each autoencoder: a column for each.
    pub(crate) fn errors(&self, arch: pulp::Arch, x: &Block, errors: &mut Block, scratch: &mut AutoencoderScratch) {
        errors.reshape(self.columns.len(), x.rows());
        for cluster in 0..self.columns.len() {
            let autoencoder = self.cluster(cluster);
            let into = errors.column_mut(cluster);
            if autoencoder.is_small() {
                arch.dispatch(in_registers::Forward { autoencoder, x, errors: into, outputs: None });
            } else {
                by_gemm::errors(arch, autoencoder, x, into, &mut scratch.products);
            }
        }
    }

    /// Computes the error of one of the autoencoders and its reconstructions: a column for each of its visible units.
    pub(crate) fn measure(
        &self,
        arch: pulp::Arch,
        cluster: usize,
        x: &Block,
        (errors, outputs): (&mut [f32], &mut Block),
        scratch: &mut AutoencoderScratch,
    ) {
        let autoencoder = self.cluster(cluster);
        outputs.reshape(autoencoder.columns.len(), x.rows());
        if autoencoder.is_small() {
            arch.dispatch(in_registers::Forward { autoencoder, x, errors, outputs: Some(outputs) });
        } else {
            by_gemm::measure(arch, autoencoder, x, errors, outputs, &mut scratch.products);
        }
    }

    /// Reconstructs by one of the autoencoders: a column for each of its visible units.
    pub(crate) fn reconstruct(&self, arch: pulp::Arch, cluster: usize, x: &Block, outputs: &mut Block, scratch: &mut AutoencoderScratch) {
        let autoencoder = self.cluster(cluster);
        outputs.reshape(autoencoder.columns.len(), x.rows());
        if autoencoder.is_small() {
            scratch.small.resize(x.padded(), 0.0);
            arch.dispatch(in_registers::Forward { autoencoder, x, errors: &mut scratch.small, outputs: Some(outputs) });
        } else {
            by_gemm::reconstruct(arch, autoencoder, x, outputs, &mut scratch.products);
        }
    }

    /// Computes the errors of each autoencoder, and adds the gradient of their sum over autoencoders and weighted rows.
    pub(crate) fn train(
        &self,
        arch: pulp::Arch,
        rows: TrainedRows<'_>,
        errors: &mut Block,
        gradient: ParametersMut<'_>,
        scratch: &mut AutoencoderScratch,
    ) {
        errors.reshape(self.columns.len(), rows.targets.rows());
        let [_, visible, hidden] = self.shape;
        let ParametersMut { weight, hidden_bias, visible_bias } = gradient;
        for cluster in 0..self.columns.len() {
            let autoencoder = self.cluster(cluster);
            let gradient = ParametersMut {
                weight: &mut weight[cluster * visible * hidden..][..visible * hidden],
                hidden_bias: &mut hidden_bias[cluster * hidden..][..autoencoder.hidden_bias.len()],
                visible_bias: &mut visible_bias[cluster * visible..][..autoencoder.visible_bias.len()],
            };
            let errors = errors.column_mut(cluster);
            if autoencoder.is_small() {
                arch.dispatch(in_registers::Train { autoencoder, rows, errors, gradient, scratch: &mut scratch.small });
            } else {
                by_gemm::train(arch, autoencoder, rows, errors, gradient, &mut scratch.products);
            }
        }
    }
}

impl Autoencoder<'_> {
    fn is_small(&self) -> bool {
        self.hidden_bias.len() <= in_registers::MOST_HIDDEN
    }
}
