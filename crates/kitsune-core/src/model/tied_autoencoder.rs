//! Tied autoencoders: one matrix for both layers, and all clusters in one batch.

use burn::module::{Module, Param};
use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kinds::hidden_size::HiddenSize;
use crate::kinds::{Activation, ErrorMetric};
use crate::model::recorded::Recorded;
use crate::model::row_major::{by_row, on_device, row_major};
use crate::random::Draws;

/// Added under the root of the absolute error, so that its gradient exists at 0 (batch Kitsune's value).
pub(crate) const ABSOLUTE_FLOOR: f64 = 1e-7;

/// Minimum mean square under the root of the RMS error, for the same reason. It changes no error above 1e-7.
pub(crate) const SQUARE_FLOOR: f64 = 1e-14;

/// One tied autoencoder per cluster: `h = φ(x W + b_h)`, `y = σ(h Wᵀ + b_v)`, computed as two batched matmuls.
///
/// Clusters of unequal size are padded to the largest. Two masks keep the padding inert, also in training. `weight_mask` multiplies the
/// weights, so nothing flows into or out of a padded unit and its gradient is 0. (A padded hidden unit of a sigmoid is 0.5, but has no
/// effect.) `error_weight` gives padded outputs the weight 0 in the error.
#[derive(Module, Debug)]
pub struct TiedAutoencoder<B: Backend> {
    /// `W`: [clusters, visible, hidden].
    pub(crate) weight: Param<Tensor<B, 3>>,
    /// `b_h`: [clusters, 1, hidden].
    pub(crate) hidden_bias: Param<Tensor<B, 3>>,
    /// `b_v`: [clusters, 1, visible].
    pub(crate) visible_bias: Param<Tensor<B, 3>>,
    /// 1 where both units exist: [clusters, visible, hidden].
    pub(crate) weight_mask: Param<Tensor<B, 3>>,
    /// One over the cluster's size where the unit exists, else 0: [clusters, 1, visible].
    pub(crate) error_weight: Param<Tensor<B, 3>>,
    settings: Recorded<B, AutoencoderSettings>,
}

/// The weights of a [`TiedAutoencoder`], to inspect or to import.
///
/// The units of a smaller cluster come first; the rest is padding.
#[derive(Debug, Clone)]
pub struct Weights<B: Backend> {
    /// `W`: [clusters, visible, hidden].
    pub weight: Tensor<B, 3>,
    /// `b_h`: [clusters, 1, hidden].
    pub hidden_bias: Tensor<B, 3>,
    /// `b_v`: [clusters, 1, visible].
    pub visible_bias: Tensor<B, 3>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AutoencoderSettings {
    pub(crate) activation: Activation,
    pub(crate) error: ErrorMetric,
    /// Visible units of each cluster.
    pub(crate) sizes: Vec<usize>,
    pub(crate) hidden_size: HiddenSize,
}

impl<B: Backend> TiedAutoencoder<B> {
    /// Initialises the weights uniformly in ±1/visible and the biases with 0.
    pub(crate) fn init(settings: AutoencoderSettings, draws: Draws, device: &B::Device) -> Self {
        let sizes = &settings.sizes;
        let layout = PaddedLayout::new(sizes, settings.hidden_size);
        let [clusters, visible, hidden] = layout.shape;
        let share = |cluster: usize| 1.0 / sizes[cluster] as f64;
        // A draw is addressed by cluster and by index within the cluster, so that the padding of other clusters does not change a cluster's
        // weights.
        let weight = layout.weights(|cluster, v, h| {
            let uniform = draws.row(cluster as u64).uniform(v * layout.hidden_units(cluster) + h);
            (2.0 * uniform - 1.0) * share(cluster) as f32
        });
        let tensor = |values: Vec<f32>, shape: [usize; 3]| on_device(TensorData::new(values, shape), device);
        // The error weights are in f64, for backends that compute in f64.
        let error_weight = on_device(TensorData::new(layout.visible(share), [clusters, 1, visible]), device);
        let constant = |tensor: Tensor<B, 3>| Param::from_tensor(tensor).set_require_grad(false);
        Self {
            weight: Param::from_tensor(tensor(weight, [clusters, visible, hidden])),
            hidden_bias: Param::from_tensor(Tensor::zeros([clusters, 1, hidden], device)),
            visible_bias: Param::from_tensor(Tensor::zeros([clusters, 1, visible], device)),
            weight_mask: constant(tensor(layout.weights(|_, _, _| 1.0), [clusters, visible, hidden])),
            error_weight: constant(error_weight),
            settings: Recorded::new(settings),
        }
    }

    /// The shape of the weights, [clusters, visible, hidden], padding included.
    pub fn dims(&self) -> [usize; 3] {
        self.weight.dims()
    }

    /// Visible units of each cluster.
    pub fn sizes(&self) -> &[usize] {
        &self.settings.get().sizes
    }

    pub(crate) fn settings(&self) -> &AutoencoderSettings {
        self.settings.get()
    }

    /// Weight, hidden bias and visible bias.
    pub(crate) fn parameters(&self) -> [&Param<Tensor<B, 3>>; 3] {
        [&self.weight, &self.hidden_bias, &self.visible_bias]
    }

    /// Weight, hidden bias and visible bias, for mutation.
    pub(crate) fn parameters_mut(&mut self) -> [&mut Param<Tensor<B, 3>>; 3] {
        [&mut self.weight, &mut self.hidden_bias, &mut self.visible_bias]
    }

    /// Hidden units of each cluster.
    pub fn hidden_units(&self) -> Vec<usize> {
        let settings = self.settings.get();
        settings.sizes.iter().map(|&visible| settings.hidden_size.units(visible)).collect()
    }

    /// The current weights, 0 in the padding.
    pub fn weights(&self) -> Weights<B> {
        Weights { weight: self.weight.val(), hidden_bias: self.hidden_bias.val(), visible_bias: self.visible_bias.val() }
    }

    /// Replaces the weights and sets their padding to 0.
    ///
    /// # Errors
    /// [`Error::WeightShape`] for a tensor whose shape is not that of [`weights`](Self::weights).
    pub fn with_weights(mut self, weights: Weights<B>) -> Result<Self, Error> {
        let [clusters, visible, hidden] = self.dims();
        let check = |name, tensor: &Tensor<B, 3>, expected| {
            let found = tensor.dims();
            if found == expected { Ok(()) } else { Err(Error::WeightShape { name, expected, found }) }
        };
        check("weight", &weights.weight, [clusters, visible, hidden])?;
        check("hidden_bias", &weights.hidden_bias, [clusters, 1, hidden])?;
        check("visible_bias", &weights.visible_bias, [clusters, 1, visible])?;

        // Each cluster has a first visible and a first hidden unit. Their row and column of the mask show which other units exist.
        let mask = self.weight_mask.val();
        let hidden_mask = mask.clone().narrow(1, 0, 1);
        let visible_mask = mask.clone().narrow(2, 0, 1).swap_dims(1, 2);
        let values = [weights.weight * mask, weights.hidden_bias * hidden_mask, weights.visible_bias * visible_mask];
        self.parameters_mut().into_iter().zip(values).for_each(|(param, value)| replace(param, row_major(value)));
        Ok(self)
    }

    /// Reconstructs clean inputs in 0-1.
    ///
    /// # Shapes
    /// - input: [clusters, rows, visible]; padded values do not matter
    /// - output: [clusters, rows, visible]
    pub fn reconstruct(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        let weight = self.weight.val() * self.weight_mask.val();
        let hidden = input.matmul(weight.clone()) + self.hidden_bias.val();
        let hidden = match self.settings.get().activation {
            Activation::Tanh => tanh(hidden),
            Activation::Sigmoid => sigmoid(hidden),
        };
        sigmoid(hidden.matmul(weight.swap_dims(1, 2)) + self.visible_bias.val())
    }

    /// Computes the error of a reconstruction.
    ///
    /// # Shapes
    /// - both: [clusters, rows, visible]
    /// - output: [rows, clusters]
    pub fn error(&self, reconstruction: Tensor<B, 3>, target: Tensor<B, 3>) -> Tensor<B, 2> {
        let difference = reconstruction - target;
        let square = difference.clone() * difference;
        let error = match self.settings.get().error {
            ErrorMetric::Absolute => ((square + ABSOLUTE_FLOOR).sqrt() * self.error_weight.val()).sum_dim(2),
            ErrorMetric::RootMeanSquare => (square * self.error_weight.val()).sum_dim(2).clamp_min(SQUARE_FLOOR).sqrt(),
        };
        by_row(error)
    }
}

/// Replaces the value of a parameter and keeps its id.
pub(crate) fn replace<B: Backend, const D: usize>(param: &mut Param<Tensor<B, D>>, value: Tensor<B, D>) {
    *param = param.clone().map(|old| value.detach().set_require_grad(old.is_require_grad()));
}

/// The padded layout of clusters of unequal size.
pub(crate) struct PaddedLayout<'a> {
    sizes: &'a [usize],
    hidden_size: HiddenSize,
    /// The padded shape: [clusters, visible, hidden].
    pub(crate) shape: [usize; 3],
}

impl<'a> PaddedLayout<'a> {
    pub(crate) fn new(sizes: &'a [usize], hidden_size: HiddenSize) -> Self {
        let largest = sizes.iter().copied().max().unwrap_or(0);
        // The hidden size grows with the visible one, so the largest cluster has the most hidden units.
        Self { sizes, hidden_size, shape: [sizes.len(), largest, hidden_size.units(largest)] }
    }

    fn hidden_units(&self, cluster: usize) -> usize {
        self.hidden_size.units(self.sizes[cluster])
    }

    /// Values for each weight: [clusters, visible, hidden], 0 in the padding.
    pub(crate) fn weights(&self, value: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
        let [clusters, visible, hidden] = self.shape;
        let mut values = vec![0.0; clusters * visible * hidden];
        for cluster in 0..clusters {
            for v in 0..self.sizes[cluster] {
                for h in 0..self.hidden_units(cluster) {
                    values[(cluster * visible + v) * hidden + h] = value(cluster, v, h);
                }
            }
        }
        values
    }

    /// Values for each visible unit: [clusters, visible], 0 in the padding.
    fn visible(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let [clusters, visible, _] = self.shape;
        let mut values = vec![0.0; clusters * visible];
        for cluster in 0..clusters {
            values[cluster * visible..][..self.sizes[cluster]].fill(value(cluster));
        }
        values
    }
}
