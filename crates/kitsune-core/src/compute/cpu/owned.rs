//! The parameters of an ensemble in one buffer in host memory, which training changes.

use std::ops::Range;

use burn::module::ParamId;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

use super::autoencoders::Autoencoders;
use super::borrowed::HeadRange;
use super::host_values::HostValues;
use super::parameters::{Parameters, ParametersMut};
use crate::model::ensemble::Ensemble;
use crate::model::parts::EnsemblePart;
use crate::model::tied_autoencoder::{AutoencoderSettings, TiedAutoencoder, replace};

/// The parameters of tails, head and, if there is one, body. Each part has weight, hidden bias and visible bias, padded as in the tensors,
/// one after the other.
#[derive(Debug)]
pub(crate) struct HostEnsemble {
    pub(crate) parameters: Vec<f32>,
    pub(crate) head_range: HeadRange,
    parts: Vec<Part>,
}

/// The ranges of a part's parameters, and the settings of the part.
#[derive(Debug)]
struct Part {
    settings: AutoencoderSettings,
    /// The shape [clusters, visible, hidden].
    shape: [usize; 3],
    columns: Vec<Vec<usize>>,
    /// Ranges of weight, hidden bias and visible bias.
    ranges: [Range<usize>; 3],
}

impl HostEnsemble {
    /// Copies the parameters of an ensemble; `None` on a backend whose tensors are not in host memory as f32.
    pub(crate) fn of<B: Backend>(ensemble: &Ensemble<B>) -> Option<Self> {
        let mut host = Self { parameters: Vec::new(), head_range: HeadRange::of(ensemble)?, parts: Vec::new() };
        let all = |autoencoder: &TiedAutoencoder<B>| vec![(0..autoencoder.sizes()[0]).collect()];
        host.push(ensemble.tails(), ensemble.feature_map().clusters().to_vec())?;
        host.push(ensemble.head(), all(ensemble.head()))?;
        if let Some(body) = ensemble.body() {
            host.push(body, all(body))?;
        }
        Some(host)
    }

    fn push<B: Backend>(&mut self, autoencoder: &TiedAutoencoder<B>, columns: Vec<Vec<usize>>) -> Option<()> {
        let [weight, hidden_bias, visible_bias] = autoencoder.parameters().map(|param| HostValues::of(param.val()));
        let mut range = |values: &HostValues| {
            let start = self.parameters.len();
            self.parameters.extend_from_slice(values.as_slice());
            start..self.parameters.len()
        };
        let ranges = [range(&weight?), range(&hidden_bias?), range(&visible_bias?)];
        self.parts.push(Part { settings: autoencoder.settings().clone(), shape: autoencoder.dims(), columns, ranges });
        Some(())
    }

    /// Copies the parameters again, from an ensemble of the same shapes.
    pub(crate) fn read_parameters<B: Backend>(&mut self, ensemble: &Ensemble<B>) {
        for (part, autoencoder) in self.parts.iter().zip(ensemble.parts()) {
            for (range, param) in part.ranges.iter().zip(autoencoder.parameters()) {
                if let Some(values) = HostValues::of(param.val()) {
                    self.parameters[range.clone()].copy_from_slice(values.as_slice());
                }
            }
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        self.parts.len() > EnsemblePart::Body as usize
    }

    pub(crate) fn clusters(&self) -> usize {
        self.parts[EnsemblePart::Tails as usize].columns.len()
    }

    /// The autoencoders of a part.
    pub(crate) fn part(&self, part: EnsemblePart) -> Autoencoders<'_> {
        let Part { settings, shape, columns, ranges } = &self.parts[part as usize];
        let [weight, hidden_bias, visible_bias] = ranges.each_ref().map(|range| &self.parameters[range.clone()]);
        Autoencoders { settings, shape: *shape, parameters: Parameters { weight, hidden_bias, visible_bias }, columns }
    }

    /// The slices of a part in a gradient of all parameters.
    pub(crate) fn gradient_of<'a>(&self, part: EnsemblePart, gradient: &'a mut [f32]) -> ParametersMut<'a> {
        let [weight, hidden_bias, visible_bias] = &self.parts[part as usize].ranges;
        let (before, visible_bias) = gradient[..visible_bias.end].split_at_mut(visible_bias.start);
        let (before, hidden_bias) = before.split_at_mut(hidden_bias.start);
        ParametersMut { weight: &mut before[weight.clone()], hidden_bias, visible_bias }
    }

    /// Writes the parameters into an ensemble of the same shapes.
    pub(crate) fn write<B: Backend>(&self, mut ensemble: Ensemble<B>) -> Ensemble<B> {
        let device = ensemble.tails().weight.device();
        let bounds = [(&self.head_range.minimum, &mut ensemble.head_minimum), (&self.head_range.maximum, &mut ensemble.head_maximum)];
        for (values, param) in bounds {
            let data = TensorData::new(values.clone(), [1, values.len()]);
            replace(param, Tensor::from_data(data, &device));
        }
        for (part, autoencoder) in ensemble.parts_mut().enumerate() {
            let tensors = self.tensors::<B>(part, &self.parameters, &device);
            autoencoder.parameters_mut().into_iter().zip(tensors).for_each(|(param, tensor)| replace(param, tensor));
        }
        ensemble
    }

    /// Converts a value per parameter to tensors, with the parameters' ids.
    pub(crate) fn by_id<B: AutodiffBackend>(&self, values: &[f32], ensemble: &Ensemble<B>) -> Vec<(ParamId, Tensor<B::InnerBackend, 3>)> {
        let device = ensemble.tails().weight.device();
        let of_part = |(part, autoencoder): (usize, &TiedAutoencoder<B>)| {
            autoencoder.parameters().map(|param| param.id).into_iter().zip(self.tensors(part, values, &device))
        };
        ensemble.parts().enumerate().flat_map(of_part).collect()
    }

    /// Converts the values of a part's parameters to tensors of their shapes.
    fn tensors<B: Backend>(&self, part: usize, values: &[f32], device: &B::Device) -> [Tensor<B, 3>; 3] {
        let Part { shape: [clusters, visible, hidden], ranges: [weight, hidden_bias, visible_bias], .. } = &self.parts[part];
        let (clusters, visible, hidden) = (*clusters, *visible, *hidden);
        let tensor = |range: &Range<usize>, shape| Tensor::from_data(TensorData::new(values[range.clone()].to_vec(), shape), device);
        [
            tensor(weight, [clusters, visible, hidden]),
            tensor(hidden_bias, [clusters, 1, hidden]),
            tensor(visible_bias, [clusters, 1, visible]),
        ]
    }
}
