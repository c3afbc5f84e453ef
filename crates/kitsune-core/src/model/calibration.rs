//! The calibration: statistics of the errors of ordinary rows, and the scores that follow from them.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use serde::{Deserialize, Serialize};

use crate::features::map::FeatureMap;
use crate::model::parts::ScorePart;
use crate::model::recorded::Recorded;
use crate::model::row_major::on_device;

/// How the parts of a row make a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ScoreRule {
    /// The mean of standardised parts: the rough fit, models of files up to format 3, and models that learned row by row.
    Mean,
    /// The fourth root of the mean fourth power of the parts' surprises.
    Surprise,
}

impl ScoreRule {
    /// The weights of the parts in a new model.
    pub(crate) const fn weights(self) -> Weights {
        let mut weights = [0.0; ScorePart::COUNT];
        match self {
            Self::Mean => {
                weights[ScorePart::Tails.column()] = 1.0;
                weights[ScorePart::Body.column()] = 1.0;
                weights[ScorePart::Prototypes.column()] = 1.0;
            }
            // The neighbours are the sharpest. Tails, prototypes and marginals find bursts of equal anomalies that the training rows had, too, which the
            // neighbours remember. The residuals of the tails say little that those of the body do not.
            Self::Surprise => {
                weights[ScorePart::Tails.column()] = 8.0;
                weights[ScorePart::TailResiduals.column()] = 1.0;
                weights[ScorePart::BodyResiduals.column()] = 8.0;
                weights[ScorePart::Prototypes.column()] = 1.0;
                weights[ScorePart::Neighbours.column()] = 12.0;
                weights[ScorePart::Marginals.column()] = 5.0;
            }
        }
        weights
    }
}

/// Mean and deviation over the training rows of every quantity that a score is computed from.
#[derive(Module, Debug)]
pub(crate) struct Calibration<B: Backend> {
    /// Mean and deviation of each tail's error: [2, clusters]. The deviation is at least the floor.
    pub(crate) tails: Param<Tensor<B, 2>>,
    /// Mean and deviation of the reconstruction error in each feature: [2, features].
    pub(crate) features: Param<Tensor<B, 2>>,
    /// Origin and unit of each [`ScorePart`]: [2, parts]. By [`ScoreRule::Mean`] these are mean and deviation; by [`ScoreRule::Surprise`] the value
    /// from which a part surprises, and what makes it e times rarer. Parts that the model lacks have 0 and 1.
    pub(crate) parts: Param<Tensor<B, 2>>,
    rule: Recorded<B, ScoreRule>,
    weights: Recorded<B, Weights>,
}

/// The weight of each [`ScorePart`] in a score that it counts in.
pub(crate) type Weights = [f32; ScorePart::COUNT];

/// The values of a [`Calibration`]; the means come first.
#[derive(Debug, Clone)]
pub(crate) struct CalibrationValues {
    /// Mean and deviation of the tails: [2, clusters].
    pub(crate) tails: Vec<f32>,
    /// Mean and deviation of the features: [2, features].
    pub(crate) features: Vec<f32>,
    /// Origin and unit of the parts: [2, parts].
    pub(crate) parts: Vec<f32>,
    pub(crate) rule: ScoreRule,
    pub(crate) weights: Weights,
}

impl<B: Backend> Calibration<B> {
    /// A calibration that changes nothing, for a model that is not calibrated yet.
    pub(crate) fn neutral(map: &FeatureMap, rule: ScoreRule, device: &B::Device) -> Self {
        let standards = |count| [vec![0.0; count], vec![1.0; count]].concat();
        let values = CalibrationValues {
            tails: standards(map.clusters().len()),
            features: standards(map.features()),
            parts: standards(ScorePart::COUNT),
            rule,
            weights: rule.weights(),
        };
        Self::from_values(values, device)
    }

    pub(crate) fn from_values(values: CalibrationValues, device: &B::Device) -> Self {
        let constant = |values: Vec<f32>| {
            let shape = [2, values.len() / 2];
            Param::from_tensor(on_device(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        Self {
            tails: constant(values.tails),
            features: constant(values.features),
            parts: constant(values.parts),
            rule: Recorded::new(values.rule),
            weights: Recorded::new(values.weights),
        }
    }

    pub(crate) fn to_values(&self) -> CalibrationValues {
        let values = |param: &Param<Tensor<B, 2>>| param.val().into_data().iter::<f32>().collect();
        CalibrationValues {
            tails: values(&self.tails),
            features: values(&self.features),
            parts: values(&self.parts),
            rule: self.rule(),
            weights: *self.weights(),
        }
    }

    /// How the parts make a score.
    pub(crate) fn rule(&self) -> ScoreRule {
        *self.rule.get()
    }

    /// The weight of each part.
    pub(crate) fn weights(&self) -> &Weights {
        self.weights.get()
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
