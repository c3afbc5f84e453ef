//! Tied autoencoders over a block of rows.

use super::block::Block;
use super::{dense, small};
use crate::config::{Activation, ReconstructionError};
use crate::model::tied_autoencoder::Settings;

/// Parameters of a [`TiedAutoencoder`](crate::TiedAutoencoder), or numbers that go with them, padded as they are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    /// [clusters, visible, hidden].
    pub(crate) weight: &'a [f32],
    /// [clusters, hidden].
    pub(crate) hidden_bias: &'a [f32],
    /// [clusters, visible].
    pub(crate) visible_bias: &'a [f32],
}

/// The same to write into.
#[derive(Debug)]
pub(crate) struct ParametersMut<'a> {
    pub(crate) weight: &'a mut [f32],
    pub(crate) hidden_bias: &'a mut [f32],
    pub(crate) visible_bias: &'a mut [f32],
}

/// The autoencoders of a [`TiedAutoencoder`](crate::TiedAutoencoder), each over some columns of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Autoencoders<'a> {
    pub(crate) settings: &'a Settings,
    /// [clusters, visible, hidden].
    pub(crate) shape: [usize; 3],
    pub(crate) parameters: Parameters<'a>,
    /// Of each cluster.
    pub(crate) columns: &'a [Vec<usize>],
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Autoencoder<'a> {
    /// Rows of `stride` numbers, one for each visible unit, of which the first `hidden` count.
    pub(crate) weight: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) hidden_bias: &'a [f32],
    pub(crate) visible_bias: &'a [f32],
    pub(crate) columns: &'a [usize],
    pub(crate) activation: Activation,
    pub(crate) error: ReconstructionError,
}

/// What a training pass reads beside the parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrainedRows<'a> {
    /// What is to be reconstructed.
    pub(crate) targets: &'a Block,
    /// What the autoencoder sees of it: the same after dropout.
    pub(crate) seen: &'a Block,
    /// What each row's gradient is multiplied by; 0 in the padding.
    pub(crate) weights: &'a [f32],
}

/// Space for what lies between input and output, kept from one block to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) small: Vec<f32>,
    pub(crate) dense: dense::Scratch,
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

    /// Errors of each autoencoder: a column for each.
    pub(crate) fn errors(&self, arch: pulp::Arch, x: &Block, errors: &mut Block, scratch: &mut Scratch) {
        errors.reshape(self.columns.len(), x.rows());
        for cluster in 0..self.columns.len() {
            let autoencoder = self.cluster(cluster);
            let into = errors.column_mut(cluster);
            if autoencoder.is_small() {
                arch.dispatch(small::Forward { autoencoder, x, errors: into, outputs: None });
            } else {
                dense::errors(arch, autoencoder, x, into, &mut scratch.dense);
            }
        }
    }

    /// Reconstructions of one of them: a column for each of its visible units.
    pub(crate) fn reconstruct(&self, arch: pulp::Arch, cluster: usize, x: &Block, outputs: &mut Block, scratch: &mut Scratch) {
        let autoencoder = self.cluster(cluster);
        outputs.reshape(autoencoder.columns.len(), x.rows());
        if autoencoder.is_small() {
            scratch.small.resize(x.padded(), 0.0);
            arch.dispatch(small::Forward { autoencoder, x, errors: &mut scratch.small, outputs: Some(outputs) });
        } else {
            dense::reconstruct(arch, autoencoder, x, outputs, &mut scratch.dense);
        }
    }

    /// Errors likewise, and adds the gradient of their sum over autoencoders and weighted rows.
    pub(crate) fn train(
        &self,
        arch: pulp::Arch,
        rows: TrainedRows<'_>,
        errors: &mut Block,
        gradient: ParametersMut<'_>,
        scratch: &mut Scratch,
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
                arch.dispatch(small::Train { autoencoder, rows, errors, gradient, scratch: &mut scratch.small });
            } else {
                dense::train(arch, autoencoder, rows, errors, gradient, &mut scratch.dense);
            }
        }
    }
}

impl Autoencoder<'_> {
    fn is_small(&self) -> bool {
        self.hidden_bias.len() <= small::MOST_HIDDEN
    }
}
