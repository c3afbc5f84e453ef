//! The calibration: statistics of the errors of ordinary rows, and the scores that follow from them.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::features::map::FeatureMap;
use crate::model::parts::ScorePart;
use crate::model::row_major::on_device;

/// Mean and deviation over the training rows of every quantity that a score is computed from.
#[derive(Module, Debug)]
pub(crate) struct Calibration<B: Backend> {
    /// Mean and deviation of each tail's error: [2, clusters]. The deviation is at least the floor.
    pub(crate) tails: Param<Tensor<B, 2>>,
    /// Mean and deviation of the reconstruction error in each feature: [2, features].
    pub(crate) features: Param<Tensor<B, 2>>,
    /// Mean and deviation of the tails' mean standardised error, the body's error, the distance to the prototypes, and the mean of these
    /// three standardised parts: [2, 4]. Parts that the model lacks have 0 and 1.
    pub(crate) parts: Param<Tensor<B, 2>>,
}

/// The values of a [`Calibration`]; the means come first.
#[derive(Debug, Clone)]
pub(crate) struct CalibrationValues {
    /// Mean and deviation of the tails: [2, clusters].
    pub(crate) tails: Vec<f32>,
    /// Mean and deviation of the features: [2, features].
    pub(crate) features: Vec<f32>,
    /// Mean and deviation of the parts: [2, 4].
    pub(crate) parts: Vec<f32>,
}

impl<B: Backend> Calibration<B> {
    /// A calibration that changes nothing, for a model that is not calibrated yet.
    pub(crate) fn neutral(map: &FeatureMap, device: &B::Device) -> Self {
        let standards = |count| [vec![0.0; count], vec![1.0; count]].concat();
        let values = CalibrationValues {
            tails: standards(map.clusters().len()),
            features: standards(map.features()),
            parts: standards(ScorePart::COUNT),
        };
        Self::from_values(values, device)
    }

    pub(crate) fn from_values(values: CalibrationValues, device: &B::Device) -> Self {
        let constant = |values: Vec<f32>| {
            let shape = [2, values.len() / 2];
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        Self { tails: constant(values.tails), features: constant(values.features), parts: constant(values.parts) }
    }

    pub(crate) fn to_values(&self) -> CalibrationValues {
        let values = |param: &Param<Tensor<B, 2>>| param.val().into_data().iter::<f32>().collect();
        CalibrationValues { tails: values(&self.tails), features: values(&self.features), parts: values(&self.parts) }
    }

    /// Standardises the tails' errors.
    ///
    /// # Shapes
    /// - both: [rows, clusters]
    pub(crate) fn standardised_tails(&self, errors: Tensor<B, 2>) -> Tensor<B, 2> {
        standardised(&self.tails, errors)
    }

    /// Standardises the reconstruction errors of features.
    ///
    /// # Shapes
    /// - both: [rows, features]
    pub(crate) fn standardised_features(&self, off: Tensor<B, 2>) -> Tensor<B, 2> {
        standardised(&self.features, off)
    }
}

/// Standardises `values` [rows, columns] by `standards` [2, columns].
fn standardised<B: Backend>(standards: &Param<Tensor<B, 2>>, values: Tensor<B, 2>) -> Tensor<B, 2> {
    let standards = standards.val();
    (values - standards.clone().narrow(0, 0, 1)) / standards.narrow(0, 1, 1)
}
