//! Fits prototypes and calibration of a detector to a sample of training rows.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::compute::scoring;
use crate::error::Error;
use crate::model::calibration::{Calibration, CalibrationValues};
use crate::model::detector::Detector;
use crate::model::ensemble::Ensemble;
use crate::model::parts::ScorePart;
use crate::model::prototypes::{PrototypeValues, Prototypes};
use crate::model::row_major::on_device;
use crate::rows::batches::Batches;

/// Number of sample rows that go through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// Minimum deviation that divides an error. A tail of constant features has a deviation near 0. With this floor, a change that moves its
/// error by one hundredth of the input range counts as one deviation.
const DEVIATION_FLOOR: f64 = 1e-2;

/// The floor of the body's deviation, to be divided by the number of features. With it, a change of one feature by a tenth of its range
/// counts as one deviation, as in a tail of ten features.
const BODY_FLOOR: f64 = 1e-1;

/// Minimum deviation that divides a mean of standardised errors: a hundredth of the deviation of one error.
const MEAN_FLOOR: f64 = 1e-2;

impl<B: Backend> Detector<B> {
    /// Fits prototypes and calibration to a sample of training rows in 0-1, F32 [rows, features]. A distance is the mean over the `nearest`
    /// prototypes.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] for an empty sample, [`Error::Diverged`] if an error is not finite.
    pub(crate) fn fit(ensemble: Ensemble<B>, sample: TensorData, nearest: usize, device: &B::Device) -> Result<Self, Error> {
        let config = ensemble.config();
        let features = ensemble.feature_map().features();
        let rows: Vec<f32> = sample.iter::<f32>().collect();
        let prototypes = PrototypeValues::fit(&rows, features, config.prototypes, config.seed);
        let prototypes = Prototypes::from_values(prototypes, nearest, device);
        let calibration = Calibration::neutral(ensemble.feature_map(), device);
        Self { ensemble, prototypes, calibration }.recalibrated(sample, device)
    }

    /// Refits the calibration to the errors of another sample, F32 [rows, features] in 0-1.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    pub(crate) fn recalibrated(self, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let calibration = Calibration::fit(&self, sample, device)?;
        Ok(Self { calibration, ..self })
    }
}

impl<B: Backend> Calibration<B> {
    /// Fits the calibration to a sample of training rows in 0-1, F32 [rows, features].
    fn fit(detector: &Detector<B>, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let ensemble = &detector.ensemble;
        let (clusters, features) = (ensemble.feature_map().clusters().len(), ensemble.feature_map().features());
        let (mut tails, mut body, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        let mut off = vec![Running::default(); features];
        for batch in Batches::new(std::iter::once(Ok(sample)), BATCH_ROWS) {
            let x = on_device(batch?, device);
            for row in finite(Some(scoring::reconstruct(ensemble, x.clone()).1), "the reconstructions are")?.chunks_exact(features) {
                off.iter_mut().zip(row).for_each(|(running, &value)| running.push(value));
            }
            let errors = scoring::forward(detector, x);
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
        let mut parts = [Standard { mean: 0.0, deviation: 1.0 }; ScorePart::COUNT];
        let (mut sums, mut count) = (vec![0.0; means.len()], 0.0);
        for (part, values, floor) in [
            (ScorePart::Tails, means, MEAN_FLOOR),
            (ScorePart::Body, body, body_floor),
            (ScorePart::Prototypes, distances, DEVIATION_FLOOR),
        ] {
            if !values.is_empty() {
                parts[part.column()] = Standard::of(values.iter().copied(), floor);
                sums.iter_mut().zip(&values).for_each(|(sum, &value)| *sum += parts[part.column()].apply(value));
                count += 1.0;
            }
        }
        parts[ScorePart::Combined.column()] = Standard::of(sums.iter().map(|sum| sum / count), MEAN_FLOOR);
        let of_features: Vec<Standard> = off.into_iter().map(|running| running.standard(DEVIATION_FLOOR)).collect();
        let values =
            CalibrationValues { tails: Standard::flat(&of_tails), features: Standard::flat(&of_features), parts: Standard::flat(&parts) };
        Ok(Self::from_values(values, device))
    }
}

/// Mean and deviation of a value over a sample.
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

    /// The standards as rows: [2, standards].
    fn flat(standards: &[Self]) -> Vec<f32> {
        let means = standards.iter().map(|standard| standard.mean as f32);
        means.chain(standards.iter().map(|standard| standard.deviation as f32)).collect()
    }
}

/// Running mean and sum of squared differences (Welford, 1962), which needs no stored values.
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

/// The values of a tensor, if there is one. They must be finite.
fn finite<B: Backend, const D: usize>(tensor: Option<Tensor<B, D>>, what: &'static str) -> Result<Vec<f64>, Error> {
    let values: Vec<f64> = tensor.map_or_else(Vec::new, |tensor| tensor.into_data().iter::<f64>().collect());
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(Error::Diverged { what }) }
}
