//! One optimizer step after the other.

use std::any::Any;

use burn::module::{AutodiffModule, Module};
use burn::optim::Optimizer;
use burn::record::{DoublePrecisionSettings, NamedMpkBytesRecorder, Recorder, RecorderError};
use burn::tensor::{Tensor, TensorData, backend::AutodiffBackend};

use crate::training::checkpoint::{State, unlike};
use crate::config::{KitsuneConfig, ScoreKind};
use crate::model::detector::{Detector, NEAREST, Parts};
use crate::scaler::device::DeviceScaler;
use crate::model::ensemble::Ensemble;
use crate::error::Error;
use crate::compute::cpu::{HostDetector, HostTraining, HostValues, Input, Step};
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::random::{Draws, Dropout, Purpose};
use crate::rows::raw_rows::RawRows;
use crate::optimizer::RecipeOptimizer;
use crate::training::rough_fit::RoughFit;
use crate::model::row_major::on_device;
use crate::rows::{HostRows, as_floats};
use crate::scaler::Scaler;
use crate::compute::tensors::training::{TensorStep, TensorTraining};

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
/// A step: scale, drop inputs out, tails, head and body forward and, in closed form, backward, clipping by the global norm, the optimizer. The host
/// waits for the device once in 64 steps, and dropout is drawn from the seed, the step, the row and the feature: the same steps give the same
/// weights on every backend. On the CPU backends a step is one pass over the rows instead, without tensor operations but those of the optimizer; on wgpu
/// and CUDA it goes by kernels of our own. Where the optimizer is that of the configuration ([`KitsuneConfig::init_optimizer`]), and new, it is
/// one pass over all parameters, on every backend.
#[derive(Debug)]
pub struct Trainer<B: AutodiffBackend, O> {
    ensemble: Ensemble<B>,
    optimizer: O,
    scaler: Scaler,
    device_scaler: DeviceScaler<B::InnerBackend>,
    device: B::Device,
    rough_fit: Option<RoughFit<B::InnerBackend>>,
    /// Whether the optimizer is that of the recipe.
    is_own: bool,
    way: Way<B>,
    steps: u64,
    rows: u64,
    /// Steps whose losses were told.
    told_steps: u64,
}

/// How steps are taken.
#[derive(Debug)]
enum Way<B: AutodiffBackend> {
    /// Where the numbers lie there; then the trainer's ensemble is only what they began with.
    Host(Box<HostTraining<B>>),
    Tensors(TensorTraining<B>),
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
        let own = (&optimizer as &dyn Any).downcast_ref::<RecipeOptimizer<B>>();
        let is_own = own.is_some_and(|own| own.is_new_for(ensemble.config()));
        Ok(Self {
            way: match HostTraining::of(&ensemble, is_own) {
                Some(host) => Way::Host(Box::new(host)),
                None => Way::Tensors(TensorTraining::of(&ensemble, is_own, true)),
            },
            is_own,
            ensemble,
            optimizer,
            scaler,
            device_scaler,
            device,
            rough_fit: None,
            steps: 0,
            rows: 0,
            told_steps: 0,
        })
    }

    /// Leaves out the rows that a rough fit to a sample finds too strange to learn from, at most the share that `trim` of the configuration says;
    /// otherwise all rows train. `steps` are those that the training is to take.
    ///
    /// # Shapes
    /// - sample: raw training rows [rows, features], [`FeatureMapper::sample`](crate::FeatureMapper::sample)
    ///
    /// # Errors
    /// An empty or unfit sample.
    pub fn trimming(self, sample: TensorData, steps: u64) -> Result<Self, Error> {
        self.trimming_unless(sample, steps, &mut || Ok(()))
    }

    /// The same; `go_on` is asked before each step of the rough fit.
    pub(crate) fn trimming_unless(
        self,
        sample: TensorData,
        steps: u64,
        go_on: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let (config, map) = (self.ensemble.config(), self.ensemble.feature_map());
        let sample = self.scaler.transform(sample)?.data;
        let rough_fit = RoughFit::new(config, map, &sample, steps, &self.device, go_on)?;
        Ok(Self { rough_fit, ..self })
    }

    /// Steps by batched tensor operations from now on, also where the backend has a faster way: the same but for rounding. To be called before the
    /// first step, for the optimizer begins afresh.
    #[must_use]
    pub fn by_tensor_operations(self) -> Self {
        let ensemble = self.ensemble().clone();
        Self { way: Way::Tensors(TensorTraining::of(&ensemble, self.is_own, false)), ensemble, ..self }
    }

    /// The ensemble as it is now.
    pub fn ensemble(&self) -> &Ensemble<B> {
        match &self.way {
            Way::Host(host) => host.ensemble(&self.ensemble),
            Way::Tensors(_) => &self.ensemble,
        }
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
        let own = match &self.way {
            Way::Host(host) => host.state(),
            Way::Tensors(tensors) => tensors.state(),
        };
        Ok(State {
            steps: self.steps,
            rows: self.rows,
            ensemble: Records::default().record(self.ensemble().clone().into_record(), ()).map_err(unfit)?,
            optimizer: match own {
                Some(state) => state.to_bytes(),
                None => Records::default().record(self.optimizer.to_record(), ()).map_err(unfit)?,
            },
        })
    }

    /// Goes on from there. The optimizer's record knows the parameters by their ids, which are in that of the ensemble.
    pub(crate) fn with_state(self, state: State) -> Result<Self, Error> {
        let Self { ensemble, mut optimizer, mut way, .. } = self;
        let ensemble = ensemble.load_record(Records::default().load(state.ensemble, &self.device).map_err(unfit)?);
        match &mut way {
            Way::Host(host) => host.resume(&ensemble, &state.optimizer)?,
            Way::Tensors(tensors) => tensors.resume(&ensemble, &state.optimizer)?,
        }
        if !self.is_own {
            optimizer = optimizer.load_record(Records::default().load(state.optimizer, &self.device).map_err(unlike)?);
        }
        Ok(Self { ensemble, optimizer, way, steps: state.steps, told_steps: state.steps, rows: state.rows, ..self })
    }

    /// One step over a batch of raw rows [rows, features], at least one.
    ///
    /// # Errors
    /// Rows that are none, of another width, or, on the host, not finite or refused by the scaler: then no step was taken. And
    /// [`Error::Device`], which may be due to steps before.
    pub fn step(&mut self, rows: impl Into<RawRows<B>>, learning_rate: f64) -> Result<(), Error> {
        let rows = match rows.into() {
            RawRows::Host(rows) => RawRows::Host(as_floats(rows)),
            rows @ RawRows::Device(_) => rows,
        };
        let KitsuneConfig { dropout, seed, .. } = self.ensemble.config();
        let draws = [Purpose::TailDropout, Purpose::HeadDropout].map(|purpose| Draws::new(*seed, purpose, self.steps));
        let dropout = Dropout::new(*dropout).map(|dropout| (dropout, draws));
        let Self { ensemble, optimizer, scaler, rough_fit, way, .. } = self;
        let rows = match way {
            Way::Host(host) => {
                let values;
                let (view, input) = match &rows {
                    RawRows::Host(rows) => {
                        let view = HostRows::new(rows)?;
                        (view, Input::Raw(view, scaler))
                    }
                    RawRows::Device(rows) => {
                        let [_, found] = rows.dims();
                        let rows = rows.clone().inner();
                        values =
                            HostValues::of(rows.clone()).unwrap_or_else(|| HostValues::Copied(rows.into_data().iter::<f32>().collect()));
                        let view = HostRows::of_f32(values.as_slice(), found);
                        (view, Input::Unchecked(view, scaler))
                    }
                };
                let features = scaler.features();
                view.check_features(features, 0)?;
                check_rows(view.rows())?;
                let rough_fit = rough_fit.as_ref().map(RoughFit::limit);
                let limit = rough_fit.map(|(_, limit)| limit);
                let detector = rough_fit.and_then(|(detector, _)| HostDetector::of(detector, Parts::of(ScoreKind::Combined)));
                let step = Step { input, features, dropout, rough_fit: detector.as_ref().zip(limit) };
                host.step(step, learning_rate, ensemble, optimizer)?;
                view.rows()
            }
            Way::Tensors(tensors) => {
                let x = scale(rows, scaler, &self.device_scaler, &self.device)?;
                let [rows, _] = x.dims();
                let shares = match rough_fit {
                    Some(fit) => fit.shares(x.clone())?,
                    None => Tensor::full([rows], 1.0 / rows as f64, &self.device),
                };
                tensors.step(&TensorStep { x, shares, dropout }, learning_rate, ensemble, optimizer)?;
                rows
            }
        };
        self.steps += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// Mean losses of the steps since this was last called, `None` without a step. Waits for the device.
    pub fn take_losses(&mut self) -> Option<Losses> {
        let steps = self.steps - std::mem::replace(&mut self.told_steps, self.steps);
        if steps == 0 {
            return None;
        }
        let sums = match &mut self.way {
            Way::Host(host) => host.take_losses(),
            Way::Tensors(tensors) => tensors.take_losses(self.ensemble.body().is_some()),
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
}

/// Raw rows, at least one, in 0-1, on the device.
fn scale<B: AutodiffBackend>(
    rows: RawRows<B>,
    scaler: &Scaler,
    device_scaler: &DeviceScaler<B::InnerBackend>,
    device: &B::Device,
) -> Result<Tensor<B::InnerBackend, 2>, Error> {
    match rows {
        RawRows::Host(data) => {
            let scaled = scaler.transform(data)?.data;
            check_rows(scaled.shape[0])?;
            Ok(on_device(scaled, device))
        }
        RawRows::Device(rows) => {
            let [number, found] = rows.dims();
            // CUDA launches no kernel for no rows, and what it says of that would be told by whatever comes next.
            check_rows(number)?;
            if found != scaler.features() {
                return Err(Error::FeatureCount { row: 0, expected: scaler.features(), found });
            }
            Ok(device_scaler.forward(rows.inner()))
        }
    }
}

fn check_rows(rows: usize) -> Result<(), Error> {
    if rows == 0 { Err(Error::TooFewRows { found: 0 }) } else { Ok(()) }
}

fn unfit(error: RecorderError) -> Error {
    Error::Inconsistent { place: "the checkpoint".to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use burn::backend::Autodiff;
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;
    use crate::config::OptimizerKind;
    use crate::features::map::{Coverage, FeatureMap};
    use crate::model::tied_autoencoder::TiedAutoencoder;

    type Own = Trainer<Autodiff<NdArray>, RecipeOptimizer<Autodiff<NdArray>>>;

    /// Three steps, by rows that depend on their number.
    fn step(trainer: &mut Own) {
        for _ in 0..3 {
            let draws = Draws::new(4, Purpose::Sample, trainer.steps());
            let rows = (0..20).flat_map(|row| (0..6).map(move |feature| draws.row(row).uniform(feature))).collect();
            trainer.step(TensorData::new(rows, [20, 6]), 0.01).unwrap();
        }
    }

    fn weights(trainer: &Own) -> Vec<f32> {
        let params = trainer.ensemble().parts().flat_map(TiedAutoencoder::parameters);
        params.flat_map(|param| param.val().into_data().iter::<f32>().collect::<Vec<_>>()).collect()
    }

    #[test]
    fn an_optimizer_is_what_it_says_whatever_the_model_was_configured_with() {
        let map = FeatureMap::new(6, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap();
        let adam = KitsuneConfig::new();
        let descent = KitsuneConfig::new().with_optimizer(OptimizerKind::Sgd).with_momentum(0.5);
        let trained = |config: &KitsuneConfig, of_optimizer: &KitsuneConfig| {
            let mut trainer =
                Own::new(config.init(&map, &NdArrayDevice::default()).unwrap(), Scaler::identity(6), of_optimizer.init_optimizer())
                    .unwrap();
            for _ in 0..4 {
                step(&mut trainer);
            }
            weights(&trainer)
        };
        let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let expected = trained(&descent, &descent);
        for config in [&adam, &descent.clone().with_momentum(0.9)] {
            assert!(apart(&trained(config, &descent), &expected) < 1e-5);
            assert!(apart(&trained(config, config), &expected) > 1e-4);
        }
    }

    #[test]
    fn a_training_goes_on_another_way_than_it_began() {
        let map = FeatureMap::new(6, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap();
        for kind in [OptimizerKind::Adam, OptimizerKind::Sgd] {
            let config = KitsuneConfig::new().with_optimizer(kind);
            let new = || {
                let ensemble = config.init(&map, &NdArrayDevice::default()).unwrap();
                Own::new(ensemble, Scaler::identity(6), config.init_optimizer()).unwrap()
            };
            let mut unbroken = new();
            step(&mut unbroken);
            let mut tensors = new().by_tensor_operations().with_state(unbroken.state().unwrap()).unwrap();
            assert_eq!(weights(&tensors), weights(&unbroken));
            step(&mut unbroken);
            step(&mut tensors);
            let mut host = new().with_state(tensors.state().unwrap()).unwrap();
            step(&mut unbroken);
            step(&mut host);
            assert_eq!(host.steps(), 9);
            for (found, expected) in weights(&host).iter().zip(weights(&unbroken)) {
                assert!((found - expected).abs() < 1e-4, "{kind:?}: {found} instead of {expected}");
            }
        }
    }
}
