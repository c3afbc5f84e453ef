//! Where the errors of ordinary rows lie, and the scores that follow from it.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::rows::batches::Batches;
use crate::config::ScoreKind;
use crate::model::detector::{Detector, PartErrors};
use crate::error::Error;
use crate::features::map::FeatureMap;
use crate::compute::gpu;
use crate::model::row_major::on_device;

/// Rows of the sample that go through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// Least deviation by which an error is divided. A tail of constant features has next to none: with this floor a change that moves its
/// error by one hundredth of the input range counts as one deviation.
const DEVIATION_FLOOR: f64 = 1e-2;

/// The same for the body, over the number of features: a change of one feature by a tenth of its range counts as one deviation, as in a
/// tail of ten.
const BODY_FLOOR: f64 = 1e-1;

/// Least deviation by which a mean of standardised errors is divided: a hundredth of one's deviation.
const MEAN_FLOOR: f64 = 1e-2;

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

/// Columns of [`Calibration::parts`].
pub(crate) const TAILS: usize = 0;
pub(crate) const BODY: usize = 1;
pub(crate) const PROTOTYPES: usize = 2;
pub(crate) const COMBINED: usize = 3;

/// How many there are.
pub(crate) const PARTS: usize = 4;

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
    /// Over a sample of training rows in 0-1, F32 [rows, features].
    pub(crate) fn fit(detector: &Detector<B>, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let ensemble = &detector.ensemble;
        let (clusters, features) = (ensemble.feature_map().clusters().len(), ensemble.feature_map().features());
        let (mut tails, mut body, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        let mut off = vec![Running::default(); features];
        for batch in Batches::new(std::iter::once(Ok(sample)), BATCH_ROWS) {
            let x = on_device(batch?, device);
            for row in finite(Some(ensemble.reconstruct(x.clone()).1), "the reconstructions are")?.chunks_exact(features) {
                off.iter_mut().zip(row).for_each(|(running, &value)| running.push(value));
            }
            let errors = detector.forward(x);
            distances.extend(finite(errors.prototypes, "the distances to the prototypes are")?);
            tails.extend(finite(Some(errors.tails), "the tails' errors are")?);
            body.extend(finite(errors.body, "the body's errors are")?);
            finite(Some(errors.head), "the head's errors are")?;
        }
        if tails.is_empty() {
            return Err(Error::TooFewRows { found: 0 });
        }

        let of_tails: Vec<Standard> =
            (0..clusters).map(|cluster| Standard::of(tails[cluster..].iter().step_by(clusters).copied(), DEVIATION_FLOOR)).collect();
        let means: Vec<f64> = tails
            .chunks_exact(clusters)
            .map(|row| row.iter().zip(&of_tails).map(|(&error, standard)| standard.apply(error)).sum::<f64>() / clusters as f64)
            .collect();
        let body_floor = BODY_FLOOR / features as f64;
        let mut parts = [Standard { mean: 0.0, deviation: 1.0 }; PARTS];
        let (mut sums, mut count) = (vec![0.0; means.len()], 0.0);
        for (part, values, floor) in [(TAILS, means, MEAN_FLOOR), (BODY, body, body_floor), (PROTOTYPES, distances, DEVIATION_FLOOR)] {
            if !values.is_empty() {
                parts[part] = Standard::of(values.iter().copied(), floor);
                sums.iter_mut().zip(&values).for_each(|(sum, &value)| *sum += parts[part].apply(value));
                count += 1.0;
            }
        }
        parts[COMBINED] = Standard::of(sums.iter().map(|sum| sum / count), MEAN_FLOOR);
        let of_features: Vec<Standard> = off.into_iter().map(|running| running.standard(DEVIATION_FLOOR)).collect();
        let values =
            CalibrationValues { tails: Standard::flat(&of_tails), features: Standard::flat(&of_features), parts: Standard::flat(&parts) };
        Ok(Self::from_values(values, device))
    }

    /// One that changes nothing, of a model that is to be calibrated.
    pub(crate) fn neutral(map: &FeatureMap, device: &B::Device) -> Self {
        let standards = |count| [vec![0.0; count], vec![1.0; count]].concat();
        let values =
            CalibrationValues { tails: standards(map.clusters().len()), features: standards(map.features()), parts: standards(PARTS) };
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

    /// The score of that kind: `[rows]`, higher is stranger, never negative. Of a part that the model lacks it is the tails':
    /// [`Detector::check`] tells.
    pub(crate) fn score(&self, errors: &PartErrors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        if let (ScoreKind::Head, Some(head)) = (kind, &errors.head) {
            return head.clone();
        }
        if let Some(score) = gpu::score(self, errors, kind) {
            return score;
        }
        let tails = || self.part(TAILS, self.standardised_tails(errors.tails.clone()).mean_dim(1).squeeze_dim(1));
        let body = || errors.body.clone().map(|error| self.part(BODY, error));
        let prototypes = || errors.prototypes.clone().map(|distance| self.part(PROTOTYPES, distance));
        let score = match kind {
            ScoreKind::Head | ScoreKind::Tails => None,
            ScoreKind::Body => body(),
            ScoreKind::Prototypes => prototypes(),
            ScoreKind::Combined => {
                let others: Vec<_> = [body(), prototypes()].into_iter().flatten().collect();
                let count = 1.0 + others.len() as f64;
                Some(self.part(COMBINED, others.into_iter().fold(tails(), |sum, part| sum + part) / count))
            }
        };
        softplus(score.unwrap_or_else(tails))
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

    fn part(&self, part: usize, values: Tensor<B, 1>) -> Tensor<B, 1> {
        let standard = |row| self.parts.val().slice([row..row + 1, part..part + 1]).reshape([1]);
        (values - standard(0)) / standard(1)
    }
}

/// `standards` are [2, columns], values [rows, columns].
fn standardised<B: Backend>(standards: &Param<Tensor<B, 2>>, values: Tensor<B, 2>) -> Tensor<B, 2> {
    let standards = standards.val();
    (values - standards.clone().narrow(0, 0, 1)) / standards.narrow(0, 1, 1)
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

    /// [2, standards].
    fn flat(standards: &[Self]) -> Vec<f32> {
        let means = standards.iter().map(|standard| standard.mean as f32);
        means.chain(standards.iter().map(|standard| standard.deviation as f32)).collect()
    }
}

/// Mean and sum of squared differences of values that are not kept (Welford, 1962).
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    fn standard(self, floor: f64) -> Standard {
        Standard { mean: self.mean, deviation: (self.squares / self.count.max(1.0)).sqrt().max(floor) }
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
