//! Where the errors of ordinary rows lie, and the scores that follow from it.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::config::ScoreKind;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::prototypes::Prototypes;
use crate::rows::Batches;

/// Rows of the sample that go through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// Least deviation by which an error is divided. A tail of constant features has next to none: with this floor a change that moves its error by
/// one hundredth of the input range counts as one deviation.
const DEVIATION_FLOOR: f64 = 1e-2;

/// The same for the body, over the number of features: a change of one feature by a tenth of its range counts as one deviation, as in a tail of ten.
const BODY_FLOOR: f64 = 1e-1;

/// Least deviation by which a mean of standardised errors is divided: a hundredth of one's deviation.
const MEAN_FLOOR: f64 = 1e-2;

/// Mean and deviation over the training rows of whatever a score is made of.
#[derive(Module, Debug)]
pub(crate) struct Calibration<B: Backend> {
    /// Of each tail's error: [1, clusters].
    pub(crate) tail_mean: Param<Tensor<B, 2>>,
    /// [1, clusters], at least the floor.
    pub(crate) tail_deviation: Param<Tensor<B, 2>>,
    /// Of the mean of the standardised errors of the tails, of the body's error, of the distance to the prototypes, and of the mean of these
    /// three, standardised: [4, 2]. 0 and 1 for what the model does not have.
    pub(crate) parts: Param<Tensor<B, 2>>,
}

/// Rows of [`Calibration::parts`].
const TAILS: usize = 0;
const BODY: usize = 1;
const PROTOTYPES: usize = 2;
const COMBINED: usize = 3;

/// The values of a [`Calibration`].
#[derive(Debug, Clone)]
pub(crate) struct CalibrationValues {
    pub(crate) tail_mean: Vec<f32>,
    pub(crate) tail_deviation: Vec<f32>,
    /// [4, 2].
    pub(crate) parts: Vec<f32>,
}

impl<B: Backend> Calibration<B> {
    /// Over a sample of training rows in 0-1, F32 [rows, features].
    pub(crate) fn fit(ensemble: &Ensemble<B>, prototypes: &Prototypes<B>, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let (mut tails, mut body, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        for batch in Batches::new(std::iter::once(Ok(sample)), BATCH_ROWS) {
            let x = Tensor::from_data(batch?, device);
            distances.extend(finite(prototypes.distance(x.clone()), "the distances to the prototypes are")?);
            let errors = ensemble.forward(x);
            tails.extend(finite(Some(errors.tails), "the tails' errors are")?);
            body.extend(finite(errors.body, "the body's errors are")?);
            finite(Some(errors.head), "the head's errors are")?;
        }
        let clusters = ensemble.feature_map().clusters().len();
        if tails.is_empty() {
            return Err(Error::TooFewRows { found: 0 });
        }

        let of_tails: Vec<Standard> =
            (0..clusters).map(|cluster| Standard::of(tails[cluster..].iter().step_by(clusters).copied(), DEVIATION_FLOOR)).collect();
        let means: Vec<f64> = tails
            .chunks_exact(clusters)
            .map(|row| row.iter().zip(&of_tails).map(|(&error, standard)| standard.apply(error)).sum::<f64>() / clusters as f64)
            .collect();
        let mut parts = [Standard { mean: 0.0, deviation: 1.0 }; 4];
        let mut sums = vec![0.0; means.len()];
        let mut count = 0.0;
        let body_floor = BODY_FLOOR / ensemble.feature_map().features() as f64;
        for (part, values, floor) in [(TAILS, means, MEAN_FLOOR), (BODY, body, body_floor), (PROTOTYPES, distances, DEVIATION_FLOOR)] {
            if !values.is_empty() {
                parts[part] = Standard::of(values.iter().copied(), floor);
                sums.iter_mut().zip(&values).for_each(|(sum, &value)| *sum += parts[part].apply(value));
                count += 1.0;
            }
        }
        parts[COMBINED] = Standard::of(sums.iter().map(|sum| sum / count), MEAN_FLOOR);
        let values = CalibrationValues {
            tail_mean: of_tails.iter().map(|standard| standard.mean as f32).collect(),
            tail_deviation: of_tails.iter().map(|standard| standard.deviation as f32).collect(),
            parts: parts.iter().flat_map(|standard| [standard.mean as f32, standard.deviation as f32]).collect(),
        };
        Ok(Self::from_values(values, device))
    }

    pub(crate) fn from_values(values: CalibrationValues, device: &B::Device) -> Self {
        let constant = |values: Vec<f32>, shape: [usize; 2]| {
            Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device)).set_require_grad(false)
        };
        let clusters = values.tail_mean.len();
        Self {
            tail_mean: constant(values.tail_mean, [1, clusters]),
            tail_deviation: constant(values.tail_deviation, [1, clusters]),
            parts: constant(values.parts, [4, 2]),
        }
    }

    /// The score of that kind: `[rows]`, higher is stranger, never negative.
    pub(crate) fn score(&self, errors: &Errors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        let part = |part| match part {
            TAILS => Some(self.standardised(TAILS, self.mean_of_tails(errors))),
            BODY => errors.body.clone().map(|error| self.standardised(BODY, error)),
            _ => errors.prototypes.clone().map(|distance| self.standardised(PROTOTYPES, distance)),
        };
        let score = match kind {
            ScoreKind::Head => return errors.head.clone(),
            ScoreKind::Tails => part(TAILS),
            ScoreKind::Body => part(BODY),
            ScoreKind::Prototypes => part(PROTOTYPES),
            ScoreKind::Combined => {
                let parts: Vec<_> = [TAILS, BODY, PROTOTYPES].into_iter().filter_map(part).collect();
                let count = parts.len() as f64;
                parts.into_iter().reduce(|sum, part| sum + part).map(|sum| self.standardised(COMBINED, sum / count))
            }
        };
        // A model without what is asked for was refused where it was asked.
        softplus(score.unwrap_or_else(|| errors.head.zeros_like()))
    }

    /// The mean of the tails' standardised errors: `[rows]`.
    fn mean_of_tails(&self, errors: &Errors<B>) -> Tensor<B, 1> {
        ((errors.tails.clone() - self.tail_mean.val()) / self.tail_deviation.val()).mean_dim(1).squeeze_dim(1)
    }

    fn standardised(&self, part: usize, values: Tensor<B, 1>) -> Tensor<B, 1> {
        let standard = self.parts.val().narrow(0, part, 1).squeeze_dim::<1>(0);
        (values - standard.clone().narrow(0, 0, 1)) / standard.narrow(0, 1, 1)
    }
}

/// What a sample says of a value.
#[derive(Debug, Clone, Copy)]
struct Standard {
    mean: f64,
    deviation: f64,
}

impl Standard {
    fn of(values: impl Iterator<Item = f64> + Clone, floor: f64) -> Self {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let deviation = (values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
        Self { mean, deviation: deviation.max(floor) }
    }

    fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

/// The values of a tensor, if there is one.
fn finite<B: Backend, const D: usize>(tensor: Option<Tensor<B, D>>, what: &'static str) -> Result<Vec<f64>, Error> {
    let values: Vec<f64> = tensor.map_or_else(Vec::new, |tensor| tensor.into_data().iter::<f64>().collect());
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(Error::Diverged { what }) }
}

/// `ln(1 + exp(x))` without overflow: positive, and in the order of `x`.
fn softplus<B: Backend>(x: Tensor<B, 1>) -> Tensor<B, 1> {
    let magnitude = x.clone().max_pair(x.clone().neg());
    x.clamp_min(0.0) + magnitude.neg().exp().log1p()
}
