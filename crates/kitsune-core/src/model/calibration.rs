//! Where the errors of ordinary rows lie, and the scores that follow from it.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::features::map::FeatureMap;
use crate::model::parts::ScorePart;
use crate::model::row_major::on_device;

/// Mean and deviation over the training rows of whatever a score is made of.
#[derive(Module, Debug)]
pub(crate) struct Calibration<B: Backend> {
    /// Of each tail's error: [2, clusters], the mean and, at least the floor, the deviation.
    pub(crate) tails: Param<Tensor<B, 2>>,
    /// Of how far each feature is off: [2, features], likewise.
    pub(crate) features: Param<Tensor<B, 2>>,
    /// Of the mean of the tails' standardised errors, of the body's error, of the distance to the prototypes, and of the mean of these
    /// three, standardised: [2, 4]. 0 and 1 for what the model does not have.
    pub(crate) parts: Param<Tensor<B, 2>>,
}

/// The values of a [`Calibration`], means first.
#[derive(Debug, Clone)]
pub(crate) struct CalibrationValues {
    /// [2, clusters].
    pub(crate) tails: Vec<f32>,
    /// [2, features].
    pub(crate) features: Vec<f32>,
    /// [2, 4].
    pub(crate) parts: Vec<f32>,
}

impl<B: Backend> Calibration<B> {
    /// One that changes nothing, of a model that is to be calibrated.
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

    /// The tails' errors in deviations.
    ///
    /// # Shapes
    /// - both: [rows, clusters]
    pub(crate) fn standardised_tails(&self, errors: Tensor<B, 2>) -> Tensor<B, 2> {
        standardised(&self.tails, errors)
    }

    /// How far features are off, in deviations.
    ///
    /// # Shapes
    /// - both: [rows, features]
    pub(crate) fn standardised_features(&self, off: Tensor<B, 2>) -> Tensor<B, 2> {
        standardised(&self.features, off)
    }
}

/// `standards` are [2, columns], values [rows, columns].
fn standardised<B: Backend>(standards: &Param<Tensor<B, 2>>, values: Tensor<B, 2>) -> Tensor<B, 2> {
    let standards = standards.val();
    (values - standards.clone().narrow(0, 0, 1)) / standards.narrow(0, 1, 1)
}
