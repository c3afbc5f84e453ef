//! Borrowed parameters of tied autoencoders, and the rows that train them.

use super::block::Block;
use crate::kinds::{Activation, ErrorMetric};

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

/// One autoencoder over some columns of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Autoencoder<'a> {
    /// Rows of `stride` numbers, one for each visible unit, of which the first `hidden` count.
    pub(crate) weight: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) hidden_bias: &'a [f32],
    pub(crate) visible_bias: &'a [f32],
    pub(crate) columns: &'a [usize],
    pub(crate) activation: Activation,
    pub(crate) error: ErrorMetric,
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
