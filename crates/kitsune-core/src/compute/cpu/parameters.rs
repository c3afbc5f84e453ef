//! Borrowed parameters of tied autoencoders, and the rows that train them.

use super::block::Block;
use crate::kinds::{Activation, ErrorMetric};

/// Parameters of a [`TiedAutoencoder`](crate::model::TiedAutoencoder), or numbers of the same shapes, with the same padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    /// Weight: [clusters, visible, hidden].
    pub(crate) weight: &'a [f32],
    /// Hidden bias: [clusters, hidden].
    pub(crate) hidden_bias: &'a [f32],
    /// Visible bias: [clusters, visible].
    pub(crate) visible_bias: &'a [f32],
}

/// Mutable [`Parameters`].
#[derive(Debug)]
pub(crate) struct ParametersMut<'a> {
    pub(crate) weight: &'a mut [f32],
    pub(crate) hidden_bias: &'a mut [f32],
    pub(crate) visible_bias: &'a mut [f32],
}

/// One autoencoder over some columns of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Autoencoder<'a> {
    /// A row of `stride` numbers for each visible unit. The first `hidden` numbers of a row count.
    pub(crate) weight: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) hidden_bias: &'a [f32],
    pub(crate) visible_bias: &'a [f32],
    pub(crate) columns: &'a [usize],
    pub(crate) activation: Activation,
    pub(crate) error: ErrorMetric,
}

/// The rows of a training pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrainedRows<'a> {
    /// The values to reconstruct.
    pub(crate) targets: &'a Block,
    /// The input of the autoencoder: the targets after dropout.
    pub(crate) seen: &'a Block,
    /// Weight of each row in the gradient; 0 in the padding.
    pub(crate) weights: &'a [f32],
}
