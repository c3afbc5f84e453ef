//! One optimizer step after the other.

use std::any::Any;

use burn::module::{AutodiffModule, Module};
use burn::optim::{GradientsParams, Optimizer};
use burn::record::{DoublePrecisionSettings, NamedMpkBytesRecorder, Recorder, RecorderError};
use burn::tensor::{Tensor, TensorData, backend::AutodiffBackend};

use crate::checkpoint::{State, other_backend};
use crate::config::{HeadInput, KitsuneConfig, ScoreKind};
use crate::detector::{Detector, NEAREST, Parts};
use crate::device_scaler::DeviceScaler;
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::fused::{HostDetector, HostTraining, HostValues, Input, Step};
use crate::gradient_clipping::clip_global_norm;
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::random::{Draws, Dropout, Purpose};
use crate::raw_rows::RawRows;
use crate::recipe_optimizer::RecipeOptimizer;
use crate::rough_fit::RoughFit;
use crate::rows::{HostRows, as_floats};
use crate::scaler::Scaler;

/// Records of a checkpoint: exact on backends of f32 and of f64 alike, and an error, not a panic, where the bytes are no record.
type Records = NamedMpkBytesRecorder<DoublePrecisionSettings>;

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
/// steps give the same weights on every backend. On the CPU backends a step is one pass over the rows instead, without tensor operations but
/// those of the optimizer, and without these where it is that of the configuration ([`KitsuneConfig::init_optimizer`]).
#[derive(Debug)]
pub struct Trainer<B: AutodiffBackend, O> {
    ensemble: Ensemble<B>,
    optimizer: O,
    scaler: Scaler,
    device_scaler: DeviceScaler<B>,
    device: B::Device,
    rough_fit: Option<RoughFit<B::InnerBackend>>,
    /// Takes the steps where the numbers lie on the host; then `ensemble` is only what they began with.
    host: Option<HostTraining<B>>,
    steps: u64,
    rows: u64,
    /// Sums of the losses of tails, head and body since the steps that were told of, of steps by tensor operations.
    loss_sums: Option<[Option<Tensor<B::InnerBackend, 1>>; 3]>,
    told_steps: u64,
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B> + 'static> Trainer<B, O> {
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
        let is_own = (&optimizer as &dyn Any).is::<RecipeOptimizer<B>>();
        Ok(Self {
            host: HostTraining::of(&ensemble, is_own),
            ensemble,
            optimizer,
            scaler,
            device_scaler,
            device,
            rough_fit: None,
            steps: 0,
            rows: 0,
            loss_sums: None,
            told_steps: 0,
        })
    }

    /// Leaves out the rows that the rough fit finds too strange.
    pub(crate) fn with_rough_fit(self, rough_fit: Option<RoughFit<B::InnerBackend>>) -> Self {
        Self { rough_fit, ..self }
    }

    /// Steps by batched tensor operations from now on also where the numbers lie on the host: slower, and the same but for rounding. To be called
    /// before the first step, for the optimizer begins afresh.
    #[must_use]
    pub fn by_tensor_operations(self) -> Self {
        Self { ensemble: self.ensemble().clone(), host: None, ..self }
    }

    /// The ensemble as it is now.
    pub fn ensemble(&self) -> &Ensemble<B> {
        self.host.as_ref().map_or(&self.ensemble, |host| host.ensemble(&self.ensemble))
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
            ensemble: Records::default().record(self.ensemble().clone().into_record(), ()).map_err(unfit)?,
            optimizer: match self.host.as_ref().and_then(HostTraining::optimizer) {
                Some(optimizer) => optimizer.to_bytes(),
                None => Records::default().record(self.optimizer.to_record(), ()).map_err(unfit)?,
            },
        })
    }

    /// Goes on from there. The optimizer's record knows the parameters by their ids, which are in that of the ensemble.
    pub(crate) fn with_state(self, state: State) -> Result<Self, Error> {
        let Self { ensemble, mut optimizer, mut host, .. } = self;
        let ensemble = ensemble.load_record(Records::default().load(state.ensemble, &self.device).map_err(unfit)?);
        if let Some(host) = &mut host {
            host.resume(&ensemble, &state.optimizer)?;
        }
        if host.as_ref().and_then(HostTraining::optimizer).is_none() {
            optimizer = optimizer.load_record(Records::default().load(state.optimizer, &self.device).map_err(other_backend)?);
        }
        Ok(Self { ensemble, optimizer, host, steps: state.steps, told_steps: state.steps, rows: state.rows, ..self })
    }

    /// One step over a batch of raw rows [rows, features], at least one.
    ///
    /// # Errors
    /// Rows that are none, of another width, or, on the host, not finite or refused by the scaler; then no step was taken.
    pub fn step(&mut self, rows: impl Into<RawRows<B>>, learning_rate: f64) -> Result<(), Error> {
        let rows = match rows.into() {
            RawRows::Host(rows) => RawRows::Host(as_floats(rows)),
            rows @ RawRows::Device(_) => rows,
        };
        let rows = match self.step_on_host(&rows, learning_rate)? {
            Some(rows) => rows,
            None => self.step_on_tensors(rows, learning_rate)?,
        };
        self.steps += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// Takes the step, if it is to be taken there; how many rows it had.
    fn step_on_host(&mut self, rows: &RawRows<B>, learning_rate: f64) -> Result<Option<usize>, Error> {
        let Self { ensemble, optimizer, scaler, rough_fit, host, steps, .. } = self;
        let Some(host) = host else { return Ok(None) };
        let features = scaler.features();
        let values;
        let input = match rows {
            RawRows::Host(rows) => Input::Raw(HostRows::new(rows)?, scaler),
            RawRows::Device(rows) => {
                let [_, found] = rows.dims();
                let rows = rows.clone().inner();
                values = HostValues::of(rows.clone()).unwrap_or_else(|| HostValues::Copied(rows.into_data().iter::<f32>().collect()));
                Input::Unchecked(HostRows::of_f32(values.as_slice(), found), scaler)
            }
        };
        let (Input::Raw(view, _) | Input::Unchecked(view, _)) = &input else { return Ok(None) };
        view.check_features(features, 0)?;
        let rows = view.rows();
        if rows == 0 {
            return Err(Error::TooFewRows { found: 0 });
        }
        let KitsuneConfig { dropout, seed, .. } = ensemble.config();
        let draws = [Purpose::TailDropout, Purpose::HeadDropout].map(|purpose| Draws::new(*seed, purpose, *steps));
        let dropout = Dropout::new(*dropout).map(|dropout| (dropout, draws));
        let rough_fit = rough_fit.as_ref().map(RoughFit::limit);
        let limit = rough_fit.map(|(_, limit)| limit);
        let detector = rough_fit.and_then(|(detector, _)| HostDetector::of(detector, Parts::of(ScoreKind::Combined)));
        let step = Step { input, features, dropout, rough_fit: detector.as_ref().zip(limit) };
        host.step(step, learning_rate, ensemble, optimizer)?;
        Ok(Some(rows))
    }

    /// Takes the step by tensor operations; how many rows it had.
    fn step_on_tensors(&mut self, rows: RawRows<B>, learning_rate: f64) -> Result<usize, Error> {
        let x = self.scale(rows)?;
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
        let Some(loss) = losses.into_iter().flatten().reduce(|sum, loss| sum + loss) else { return Ok(rows) };

        let grads = GradientsParams::from_grads(loss.backward(), &self.ensemble);
        let grads = clip_global_norm(&self.ensemble, grads, self.ensemble.config().clip_norm);
        self.ensemble = self.optimizer.step(learning_rate, self.ensemble.clone(), grads);
        Ok(rows)
    }

    /// Mean losses of the steps since this was last called, `None` without a step. Waits for the device.
    pub fn take_losses(&mut self) -> Option<Losses> {
        let steps = self.steps - std::mem::replace(&mut self.told_steps, self.steps);
        if steps == 0 {
            return None;
        }
        let read = |sum: Tensor<B::InnerBackend, 1>| sum.into_data().iter::<f64>().next().unwrap_or(f64::NAN);
        let sums = match &mut self.host {
            Some(host) => host.take_losses(),
            None => self.loss_sums.take()?.map(|sum| sum.map(read)),
        };
        let [tails, head, body] = sums.map(|sum| sum.map(|sum| sum / steps as f64));
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
        let detector = Detector::fit(self.ensemble().valid(), kept, NEAREST, &self.device)?;
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
    }
}

fn unfit(error: RecorderError) -> Error {
    Error::Inconsistent { place: "the checkpoint".to_owned(), reason: error.to_string() }
}
