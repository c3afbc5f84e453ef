//! The numbers of one autoencoder, in the order of its units.

use crate::kinds::HiddenSize;
use crate::online::config::BiasRule;
use crate::random::{Draws, Purpose};

/// What a row changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) rate: f32,
    pub(super) bias: BiasRule,
}

/// The parameters of a tied autoencoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Autoencoder {
    /// [visible, hidden].
    pub(crate) weight: Vec<f32>,
    /// `[hidden]`.
    pub(crate) hidden_bias: Vec<f32>,
    /// `[visible]`.
    pub(crate) visible_bias: Vec<f32>,
}

impl Autoencoder {
    pub(super) fn zeros(visible: usize, hidden: usize) -> Self {
        Self { weight: vec![0.0; visible * hidden], hidden_bias: vec![0.0; hidden], visible_bias: vec![0.0; visible] }
    }

    /// Weights uniform in ±1/visible, biases 0: those of the `number`th autoencoder of a new [`Ensemble`](crate::model::Ensemble).
    pub(super) fn drawn(visible: usize, size: HiddenSize, (seed, purpose, number): (u64, Purpose, usize)) -> Self {
        let mut drawn = Self::zeros(visible, size.units(visible));
        let draws = Draws::new(seed, purpose, 0).row(number as u64);
        let share = 1.0 / visible as f32;
        drawn.weight.iter_mut().enumerate().for_each(|(at, weight)| *weight = (2.0 * draws.uniform(at) - 1.0) * share);
        drawn
    }

    /// The same autoencoder with its visible units in another order: for each its place in this one.
    pub(super) fn with_visible(&self, order: impl Iterator<Item = usize> + Clone) -> Self {
        let hidden = self.hidden();
        Self {
            weight: order.clone().flat_map(|unit| &self.weight[unit * hidden..][..hidden]).copied().collect(),
            hidden_bias: self.hidden_bias.clone(),
            visible_bias: order.map(|unit| self.visible_bias[unit]).collect(),
        }
    }

    pub(super) fn visible(&self) -> usize {
        self.visible_bias.len()
    }

    pub(super) fn hidden(&self) -> usize {
        self.hidden_bias.len()
    }
}
