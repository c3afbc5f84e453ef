//! One optimizer step after the other.

use burn::module::{AutodiffModule, Module};
use burn::optim::{GradientsParams, Optimizer};
use burn::record::{DoublePrecisionSettings, NamedMpkBytesRecorder, Recorder, RecorderError};
use burn::tensor::{Tensor, TensorData, backend::AutodiffBackend, backend::Backend};

use crate::checkpoint::State;
use crate::config::{HeadInput, KitsuneConfig};
use crate::detector::{Detector, NEAREST};
use crate::device_scaler::DeviceScaler;
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::gradient_clipping::clip_global_norm;
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::random::{Draws, Dropout, Purpose};
use crate::rough_fit::RoughFit;
use crate::rows::{HostRows, as_floats};
use crate::scaler::Scaler;

/// Records of a checkpoint: exact on backends of f32 and of f64 alike, and an error, not a panic, where the bytes are no record.
type Records = NamedMpkBytesRecorder<DoublePrecisionSettings>;

/// Raw rows for a [`Trainer`]: on the host ([`TensorData`], scaled exactly in f64) or on the device (a [`Tensor`], f32 already).
#[derive(Debug, Clone)]
pub enum RawRows<B: Backend> {
    /// [rows, features] of any number type.
    Host(TensorData),
    /// [rows, features].
    Device(Tensor<B, 2>),
}

impl<B: Backend> From<TensorData> for RawRows<B> {
    fn from(rows: TensorData) -> Self {
        Self::Host(rows)
    }
}

impl<B: Backend> From<Tensor<B, 2>> for RawRows<B> {
    fn from(rows: Tensor<B, 2>) -> Self {
        Self::Device(rows)
    }
}

/// Mean losses of the steps since they were last read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// Mean over rows of the sum over clusters of the tails' errors.
    pub tails: f64,
    /// Mean over rows of the head's error.
    pub head: f64,
    /// Mean over rows of the body's error, where there is a body.
    pub body: Option<f64>,
}

/// Trains an [`Ensemble`] with any Burn optimizer, step by step.
///
/// A step: scale, drop inputs out, tails, head and body forward, one backward pass (the losses have no parameter in common), clipping by the
/// global norm, the optimizer. Nothing waits for the device, and dropout is drawn from the seed, the step, the row and the feature: the same
/// steps give the same weights on every backend.
#[derive(Debug)]
pub struct Trainer<B: AutodiffBackend, O> {
    ensemble: Ensemble<B>,
    optimizer: O,
    scaler: Scaler,
    device_scaler: DeviceScaler<B>,
    device: B::Device,
    rough_fit: Option<RoughFit<B::InnerBackend>>,
    steps: u64,
    rows: u64,
    /// Sums of the losses of tails, head and body, and over how many steps.
    loss_sums: Option<[Option<Tensor<B::InnerBackend, 1>>; 3]>,
    summed_steps: u64,
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>> Trainer<B, O> {
    /// A trainer of raw rows that `scaler` brings to 0-1.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] unless the scaler is for as many features as the ensemble's map.
    pub fn new(ensemble: Ensemble<B>, scaler: Scaler, optimizer: O) -> Result<Self, Error> {
        let expected = ensemble.feature_map().features();
        if scaler.features() != expected {
            return Err(Error::FeatureCount { row: 0, expected, found: scaler.features() });
        }
        let device = ensemble.tails().weight.device();
        let device_scaler = DeviceScaler::new(&scaler, &device);
        Ok(Self {
            ensemble,
            optimizer,
            scaler,
            device_scaler,
            device,
            rough_fit: None,
            steps: 0,
            rows: 0,
            loss_sums: None,
            summed_steps: 0,
        })
    }

    /// Leaves out the rows that the rough fit finds too strange.
    pub(crate) fn with_rough_fit(self, rough_fit: Option<RoughFit<B::InnerBackend>>) -> Self {
        Self { rough_fit, ..self }
    }

    /// The ensemble as it is now.
    pub fn ensemble(&self) -> &Ensemble<B> {
        &self.ensemble
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Rows that went through these steps.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// What a trainer of the same ensemble, scaler and optimizer needs to go on; without the losses, which are to be taken first.
    pub(crate) fn state(&self) -> Result<State, Error> {
        Ok(State {
            steps: self.steps,
            rows: self.rows,
            ensemble: Records::default().record(self.ensemble.clone().into_record(), ()).map_err(unfit)?,
            optimizer: Records::default().record(self.optimizer.to_record(), ()).map_err(unfit)?,
        })
    }

    /// Goes on from there. The optimizer's record knows the parameters by their ids, which are in that of the ensemble.
    pub(crate) fn with_state(self, state: State) -> Result<Self, Error> {
        let State { steps, rows, ensemble, optimizer } = state;
        Ok(Self {
            ensemble: self.ensemble.load_record(Records::default().load(ensemble, &self.device).map_err(unfit)?),
            optimizer: self.optimizer.load_record(Records::default().load(optimizer, &self.device).map_err(unfit)?),
            steps,
            rows,
            ..self
        })
    }

    /// One step over a batch of raw rows [rows, features], at least one.
    ///
    /// # Errors
    /// Rows that are none, of another width, or, on the host, not finite or refused by the scaler; then no step was taken.
    pub fn step(&mut self, rows: impl Into<RawRows<B>>, learning_rate: f64) -> Result<(), Error> {
        let x = self.scale(rows.into())?;
        let [rows, features] = x.dims();
        if rows == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        let clusters = self.ensemble.feature_map().clusters().len();

        let weights = match &self.rough_fit {
            Some(fit) => Some(Tensor::<B, 1>::from_inner(fit.weights(x.clone().inner())?)),
            None => None,
        };
        let dropout = self.dropout(Purpose::TailDropout, rows, features);
        let body = self.ensemble.body_error(x.clone(), dropout.clone());
        let tails = self.ensemble.tail_errors(x, dropout);
        if self.ensemble.config().head_input == HeadInput::MinMax {
            self.ensemble = self.ensemble.clone().with_head_range_of(tails.clone(), weights.clone());
        }
        let head = self.ensemble.head_error(tails.clone(), self.dropout(Purpose::HeadDropout, rows, clusters));

        let mean = |errors: Tensor<B, 1>| match &weights {
            Some(weights) => (errors * weights.clone()).sum() / weights.clone().sum().clamp_min(1.0),
            None => errors.mean(),
        };
        let losses = [Some(mean(tails.sum_dim(1).squeeze_dim(1))), Some(mean(head)), body.map(mean)];
        self.add_losses(losses.clone().map(|loss| loss.map(Tensor::inner)));
        let Some(loss) = losses.into_iter().flatten().reduce(|sum, loss| sum + loss) else { return Ok(()) };

        let grads = GradientsParams::from_grads(loss.backward(), &self.ensemble);
        let grads = clip_global_norm(&self.ensemble, grads, self.ensemble.config().clip_norm);
        self.ensemble = self.optimizer.step(learning_rate, self.ensemble.clone(), grads);
        self.steps += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// Mean losses of the steps since this was last called, `None` without a step. Waits for the device.
    pub fn take_losses(&mut self) -> Option<Losses> {
        let sums = self.loss_sums.take()?;
        let steps = std::mem::take(&mut self.summed_steps) as f64;
        let read = |sum: Tensor<B::InnerBackend, 1>| sum.into_data().iter::<f64>().next().unwrap_or(f64::NAN) / steps;
        let [tails, head, body] = sums.map(|sum| sum.map(read));
        Some(Losses { tails: tails?, head: head?, body })
    }

    /// The finished model. `sample` are raw training rows [rows, features], over which its scores are standardised:
    /// [`FeatureMapper::sample`](crate::FeatureMapper::sample).
    ///
    /// # Errors
    /// An empty or unfit sample; [`Error::Diverged`] if a weight or an error is no longer finite.
    pub fn finish(&self, sample: TensorData) -> Result<Kitsune<B::InnerBackend>, Error> {
        let sampled = sample.shape[0];
        let kept = self.scaler.transform(self.ordinary(sample)?)?.data;
        let trimmed = 1.0 - kept.shape[0] as f64 / sampled.max(1) as f64;
        let detector = Detector::fit(self.ensemble.valid(), kept, NEAREST, &self.device)?;
        let summary = TrainingSummary { steps: self.steps, rows_seen: self.rows, trimmed, ..TrainingSummary::default() };
        let card = Card { scaler: self.scaler.clone(), columns: None, means: None, normal_scores: None, threshold: None, summary };
        Ok(Kitsune::assemble(detector, card, &self.device))
    }

    /// Those of raw rows [rows, features] that do not look too strange to learn from.
    fn ordinary(&self, rows: TensorData) -> Result<TensorData, Error> {
        let Some(fit) = &self.rough_fit else { return Ok(rows) };
        let rows = as_floats(rows);
        let positions = fit.ordinary(self.scaler.transform(rows.clone())?.data, &self.device)?;
        Ok(HostRows::new(&rows)?.take(&positions))
    }

    fn scale(&self, rows: RawRows<B>) -> Result<Tensor<B, 2>, Error> {
        match rows {
            RawRows::Host(data) => Ok(Tensor::from_data(self.scaler.transform(data)?.data, &self.device)),
            RawRows::Device(rows) => {
                let [_, found] = rows.dims();
                if found != self.scaler.features() {
                    return Err(Error::FeatureCount { row: 0, expected: self.scaler.features(), found });
                }
                Ok(self.device_scaler.forward(rows).detach())
            }
        }
    }

    /// The factors of this step's inputs: [rows, features].
    fn dropout(&self, purpose: Purpose, rows: usize, features: usize) -> Option<Tensor<B, 2>> {
        let KitsuneConfig { dropout, seed, .. } = self.ensemble.config();
        let dropout = Dropout::new(*dropout)?;
        let draws = Draws::new(*seed, purpose, self.steps);
        let mut kept = vec![0.0; rows * features];
        for (row, kept) in kept.chunks_exact_mut(features).enumerate() {
            draws.row(row as u64).keep(dropout, kept);
        }
        Some(Tensor::from_data(TensorData::new(kept, [rows, features]), &self.device))
    }

    fn add_losses(&mut self, losses: [Option<Tensor<B::InnerBackend, 1>>; 3]) {
        self.loss_sums = Some(match self.loss_sums.take() {
            Some(sums) => {
                let mut losses = losses.into_iter();
                sums.map(|sum| losses.next().flatten().zip(sum).map(|(loss, sum)| sum + loss))
            }
            None => losses,
        });
        self.summed_steps += 1;
    }
}

fn unfit(error: RecorderError) -> Error {
    Error::Inconsistent { place: "the checkpoint".to_owned(), reason: error.to_string() }
}
