//! The layout of all parameters in one tensor.

use burn::module::Param;
use burn::tensor::{Tensor, backend::Backend};

use crate::model::ensemble::Ensemble;
use crate::model::tied_autoencoder::TiedAutoencoder;

/// The layout of an ensemble's parameters: part after part, and within a part weight, hidden bias and visible bias.
#[derive(Debug)]
pub(crate) struct FlatLayout {
    starts: Vec<usize>,
    shapes: Vec<[usize; 3]>,
    length: usize,
}

impl FlatLayout {
    /// Lays out the parameters so that each begins at a multiple of `step`. The gaps are 0 and stay 0.
    pub(crate) fn of<B: Backend>(ensemble: &Ensemble<B>, step: usize) -> Self {
        let shapes: Vec<[usize; 3]> = ensemble.parts().flat_map(TiedAutoencoder::parameters).map(|param| param.dims()).collect();
        let mut length = 0;
        let starts = shapes
            .iter()
            .map(|shape| {
                let start = length;
                length += shape.iter().product::<usize>().next_multiple_of(step);
                start
            })
            .collect();
        Self { starts, shapes, length }
    }

    #[cfg(any(test, feature = "wgpu", feature = "cuda"))]
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Offsets of weight, hidden bias and visible bias of each part.
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The end of each part.
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    pub(crate) fn ends(&self) -> impl Iterator<Item = usize> {
        self.starts.chunks(3).skip(1).map(|starts| starts[0]).chain([self.length])
    }

    /// The parameters of an ensemble in this layout: `[length]`.
    pub(crate) fn parameters<B: Backend>(&self, ensemble: &Ensemble<B>) -> Tensor<B, 1> {
        self.flat(ensemble.parts().flat_map(TiedAutoencoder::parameters).map(Param::val))
    }

    /// Joins one tensor per parameter: `[length]`.
    pub(crate) fn flat<B: Backend>(&self, tensors: impl IntoIterator<Item = Tensor<B, 3>>) -> Tensor<B, 1> {
        let ends = self.starts.iter().copied().skip(1).chain([self.length]);
        let mut pieces = Vec::new();
        for ((tensor, start), end) in tensors.into_iter().zip(&self.starts).zip(ends) {
            let count = tensor.shape().num_elements();
            let gap = end - start - count;
            let device = tensor.device();
            pieces.push(tensor.reshape([count]));
            if gap > 0 {
                pieces.push(Tensor::zeros([gap], &device));
            }
        }
        Tensor::cat(pieces, 0)
    }

    /// Splits into one tensor per parameter. `view` makes it from offset and shape; if `view` returns `None`, it is a copy.
    pub(crate) fn split<'a, B: Backend>(
        &'a self,
        flat: &'a Tensor<B, 1>,
        view: impl Fn(usize, [usize; 3]) -> Option<Tensor<B, 3>> + 'a,
    ) -> impl Iterator<Item = Tensor<B, 3>> + 'a {
        self.starts.iter().zip(&self.shapes).map(move |(&start, &shape)| {
            let copied = || flat.clone().narrow(0, start, shape.iter().product()).reshape(shape);
            view(start, shape).unwrap_or_else(copied)
        })
    }

    /// The values of the parameters without the gaps.
    pub(crate) fn values<B: Backend>(&self, flat: &Tensor<B, 1>) -> Vec<f64> {
        let values: Vec<f64> = flat.to_data().iter::<f64>().collect();
        self.starts.iter().zip(&self.shapes).flat_map(|(&start, shape)| values[start..][..shape.iter().product()].to_vec()).collect()
    }

    /// The number of these values.
    pub(crate) fn count(&self) -> usize {
        self.shapes.iter().map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// Makes a tensor from [`count`](Self::count) values: `[length]`.
    pub(crate) fn tensor<B: Backend>(&self, values: &[f64], device: &B::Device) -> Tensor<B, 1> {
        let mut placed = vec![0.0; self.length];
        let mut rest = values;
        for (&start, shape) in self.starts.iter().zip(&self.shapes) {
            let (of_this, others) = rest.split_at(shape.iter().product());
            placed[start..][..of_this.len()].copy_from_slice(of_this);
            rest = others;
        }
        Tensor::from_data(burn::tensor::TensorData::new(placed, [self.length]), device)
    }
}

#[cfg(test)]
mod tests {
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;
    use crate::config::KitsuneConfig;
    use crate::features::map::{Coverage, FeatureMap};

    #[test]
    fn what_was_placed_is_found_again_with_zeros_between() {
        let device = NdArrayDevice::default();
        let map = FeatureMap::new(6, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap();
        let ensemble = KitsuneConfig::new().init::<NdArray>(&map, &device).unwrap();
        for step in [1, 128] {
            let layout = FlatLayout::of(&ensemble, step);
            let numbers: Vec<f64> = (1..=layout.count()).map(|number| number as f64).collect();
            let placed = layout.tensor::<NdArray>(&numbers, &device);
            assert_eq!(placed.dims(), [layout.length()]);
            assert_eq!(layout.values(&placed), numbers);
            assert_eq!(placed.clone().sum().into_scalar(), numbers.iter().sum::<f64>() as f32, "all else is 0");

            let split: Vec<_> = layout.split(&placed, |_, _| None).collect();
            let shapes: Vec<_> = ensemble.parts().flat_map(TiedAutoencoder::parameters).map(|param| param.dims()).collect();
            assert_eq!(split.iter().map(Tensor::dims).collect::<Vec<_>>(), shapes);
            assert!(layout.starts.iter().all(|start| start.is_multiple_of(step)));
            assert_eq!(layout.flat(split).into_data(), placed.into_data());
        }
    }
}
