//! Where the errors of ordinary rows lie, and the scores that follow from it.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::config::ScoreKind;
use crate::ensemble::{Ensemble, Errors};
use crate::error::Error;
use crate::rows::Batches;

/// Rows of the sample that go through the ensemble at once.
const BATCH_ROWS: usize = 1_024;

/// Least deviation by which a tail's error is divided. A tail of constant features has next to none: with this floor a change that moves
/// its error by one hundredth of the input range counts as one deviation.
const DEVIATION_FLOOR: f64 = 1e-2;

/// Least deviation by which the mean over the tails is divided: a hundredth of one tail's deviation.
const SUM_FLOOR: f64 = 1e-2;

/// Mean and deviation of the tails' errors over the training rows.
#[derive(Module, Debug)]
pub(crate) struct Calibration<B: Backend> {
    /// [1, clusters].
    pub(crate) tail_mean: Param<Tensor<B, 2>>,
    /// [1, clusters], at least the floor.
    pub(crate) tail_deviation: Param<Tensor<B, 2>>,
    /// Mean and deviation of the mean of the standardised errors: [2].
    pub(crate) sum: Param<Tensor<B, 1>>,
}

impl<B: Backend> Calibration<B> {
    /// Over a sample of training rows in 0-1, F32 [rows, features].
    pub(crate) fn fit(ensemble: &Ensemble<B>, sample: TensorData, device: &B::Device) -> Result<Self, Error> {
        let mut errors = Vec::new();
        for batch in Batches::new(std::iter::once(Ok(sample)), BATCH_ROWS) {
            let forward = ensemble.forward(Tensor::from_data(batch?, device));
            errors.extend(forward.tails.into_data().iter::<f64>());
            if forward.head.into_data().iter::<f64>().any(|error| !error.is_finite()) {
                return Err(Error::Diverged { what: "the head's errors are" });
            }
        }
        let clusters = ensemble.feature_map().clusters().len();
        if errors.is_empty() {
            return Err(Error::TooFewRows { found: 0 });
        }
        if errors.iter().any(|error| !error.is_finite()) {
            return Err(Error::Diverged { what: "the tails' errors are" });
        }

        let (means, deviations): (Vec<f64>, Vec<f64>) = (0..clusters)
            .map(|cluster| mean_and_deviation(errors[cluster..].iter().step_by(clusters).copied()))
            .map(|(mean, deviation)| (mean, deviation.max(DEVIATION_FLOOR)))
            .unzip();
        let standardised = errors.chunks_exact(clusters).map(|row| {
            row.iter().zip(&means).zip(&deviations).map(|((error, mean), deviation)| (error - mean) / deviation).sum::<f64>()
                / clusters as f64
        });
        let (mean, deviation) = mean_and_deviation(standardised);
        let to_f32 = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        Ok(Self::from_values(&to_f32(&means), &to_f32(&deviations), [mean as f32, deviation.max(SUM_FLOOR) as f32], device))
    }

    pub(crate) fn from_values(mean: &[f32], deviation: &[f32], sum: [f32; 2], device: &B::Device) -> Self {
        let row = |values: &[f32]| Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), device);
        Self {
            tail_mean: Param::from_tensor(row(mean)).set_require_grad(false),
            tail_deviation: Param::from_tensor(row(deviation)).set_require_grad(false),
            sum: Param::from_tensor(Tensor::from_data(sum, device)).set_require_grad(false),
        }
    }

    /// The score of that kind: `[rows]`, higher is stranger, never negative.
    pub(crate) fn score(&self, errors: Errors<B>, kind: ScoreKind) -> Tensor<B, 1> {
        match kind {
            ScoreKind::Head => errors.head,
            ScoreKind::Tails => {
                let standardised = (errors.tails - self.tail_mean.val()) / self.tail_deviation.val();
                let sum = standardised.mean_dim(1).squeeze_dim(1);
                softplus((sum - self.sum.val().narrow(0, 0, 1)) / self.sum.val().narrow(0, 1, 1))
            }
        }
    }
}

/// `ln(1 + exp(x))` without overflow: positive, and in the order of `x`.
fn softplus<B: Backend>(x: Tensor<B, 1>) -> Tensor<B, 1> {
    let magnitude = x.clone().max_pair(x.clone().neg());
    x.clamp_min(0.0) + magnitude.neg().exp().log1p()
}

fn mean_and_deviation(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    (mean, (values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt())
}
