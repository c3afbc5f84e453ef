//! The trainer: one optimizer step after another, for the recipe and for a caller's own loop.

use std::any::Any;

use burn::module::{AutodiffModule, Module};
use burn::optim::Optimizer;
use burn::record::{DoublePrecisionSettings, NamedMpkBytesRecorder, Recorder, RecorderError};
use burn::tensor::{TensorData, backend::AutodiffBackend};

use crate::compute::step::{Engine, EngineChoice, EngineStep};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kitsune::{Card, Kitsune, TrainingSummary};
use crate::model::detector::{Detector, NEAREST};
use crate::model::ensemble::Ensemble;
use crate::optimizer::RecipeOptimizer;
use crate::progress::Losses;
use crate::random::{Draws, Dropout, Purpose};
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::matrix::RowMatrix;
use crate::rows::raw_rows::RawRows;
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;
use crate::training::checkpoint::State;
use crate::training::score_limit::ScoreLimit;

/// The recorder of checkpoints. It is exact on backends of f32 and of f64, and bytes that are no record are an error and not a panic.
type CheckpointRecorder = NamedMpkBytesRecorder<DoublePrecisionSettings>;

/// Trains an [`Ensemble`] with any Burn optimizer, step by step.
///
/// A step scales the rows, drops inputs out, runs tails, head and body forward and, in closed form, backward, clips the gradient by its
/// global norm, and calls the optimizer. Dropout is drawn from the seed, the step, the row and the feature, so that the same steps give the
/// same weights on every backend. On the CPU backends a step is one pass over the rows; on wgpu and CUDA it is a few kernels of this crate;
/// on every other backend it is tensor operations. The host waits for a device once in 64 steps. If the optimizer is new and the one that
/// the configuration names ([`KitsuneConfig::init_optimizer`]), its update is one pass over all parameters on every backend.
#[derive(Debug)]
pub struct Trainer<B: AutodiffBackend, O> {
    engine: Engine<B, O>,
    choice: EngineChoice,
    scaler: Scaler,
    device_scaler: DeviceScaler<B::InnerBackend>,
    pub(super) device: B::Device,
    limit: Option<ScoreLimit<B::InnerBackend>>,
    steps: u64,
    rows: u64,
    /// The number of steps whose losses were reported.
    reported_steps: u64,
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B> + 'static> Trainer<B, O> {
    /// Makes a trainer of raw rows, which `scaler` brings to 0-1.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] unless the scaler has as many features as the ensemble's map.
    pub fn new(ensemble: Ensemble<B>, scaler: Scaler, optimizer: O) -> Result<Self, Error> {
        let expected = ensemble.feature_map().features();
        if scaler.features() != expected {
            return Err(Error::FeatureCount { row: 0, expected, found: scaler.features() });
        }
        let device = ensemble.tails().weight.device();
        let recipe = (&optimizer as &dyn Any).downcast_ref::<RecipeOptimizer<B>>();
        let by_recipe = recipe.is_some_and(|recipe| recipe.is_new_for(ensemble.config()));
        let choice = EngineChoice { by_recipe, tensor_operations: false };
        Ok(Self {
            engine: Engine::new(ensemble, optimizer, choice),
            choice,
            device_scaler: DeviceScaler::new(scaler.table(), &device),
            scaler,
            device,
            limit: None,
            steps: 0,
            rows: 0,
            reported_steps: 0,
        })
    }

    /// Takes all steps by batched tensor operations, even if the backend has a faster engine. The results differ by rounding only. Call it
    /// before the first step, since the optimizer starts anew.
    #[must_use]
    pub fn by_tensor_operations(self) -> Self {
        let choice = EngineChoice { tensor_operations: true, ..self.choice };
        let (ensemble, optimizer) = self.engine.into_parts();
        Self { engine: Engine::new(ensemble, optimizer, choice), choice, ..self }
    }

    pub(super) fn with_limit(self, limit: Option<ScoreLimit<B::InnerBackend>>) -> Self {
        Self { limit, ..self }
    }

    /// The ensemble in its current state.
    pub fn ensemble(&self) -> &Ensemble<B> {
        self.engine.ensemble()
    }

    pub(super) fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Rows in these steps.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The state from which a trainer of the same ensemble, scaler and optimizer resumes. It does not include the losses, so take them
    /// first.
    pub(crate) fn state(&self) -> Result<State, Error> {
        Ok(State {
            steps: self.steps,
            rows: self.rows,
            ensemble: CheckpointRecorder::default().record(self.ensemble().clone().into_record(), ()).map_err(damaged)?,
            optimizer: match self.engine.state() {
                Some(state) => state.to_bytes(),
                None => CheckpointRecorder::default().record(self.engine.optimizer().to_record(), ()).map_err(damaged)?,
            },
        })
    }

    /// Resumes from a state. The optimizer's record identifies the parameters by their ids, which are in the ensemble's record.
    pub(crate) fn with_state(self, state: State) -> Result<Self, Error> {
        let Self { engine, choice, device, .. } = self;
        let (ensemble, mut optimizer) = engine.into_parts();
        let ensemble = ensemble.load_record(CheckpointRecorder::default().load(state.ensemble, &device).map_err(damaged)?);
        if !choice.by_recipe {
            let record = CheckpointRecorder::default().load(state.optimizer.clone(), &device).map_err(Error::foreign_optimizer)?;
            optimizer = optimizer.load_record(record);
        }
        let mut engine = Engine::new(ensemble, optimizer, choice);
        engine.read_state(&state.optimizer)?;
        Ok(Self { engine, device, steps: state.steps, reported_steps: state.steps, rows: state.rows, ..self })
    }

    /// Takes one step over a batch of raw rows [rows, features], at least one.
    ///
    /// # Errors
    /// No rows, rows of another width, and host rows that are not finite or that the scaler refuses; in these cases no step was taken. Also
    /// [`Error::Device`], which earlier steps may have caused.
    pub fn step(&mut self, rows: impl Into<RawRows<B>>, learning_rate: f64) -> Result<(), Error> {
        let rows = match rows.into() {
            RawRows::Host(rows) => RawRows::Host(as_floats(rows)),
            rows @ RawRows::Device(_) => rows,
        };
        let count = self.check(&rows)?;
        let KitsuneConfig { dropout, seed, .. } = self.engine.config();
        let draws = [Purpose::TailDropout, Purpose::HeadDropout].map(|purpose| Draws::new(*seed, purpose, self.steps));
        let dropout = Dropout::new(*dropout).map(|dropout| (dropout, draws));
        let Self { engine, scaler, device_scaler, limit, .. } = self;
        let limit = limit.as_ref().map(ScoreLimit::get);
        engine.step(EngineStep { rows, scaler, device_scaler, limit, dropout }, learning_rate)?;
        self.steps += 1;
        self.rows += count as u64;
        Ok(())
    }

    /// Checks that there is at least one row and that the width is the model's, and returns the number of rows.
    fn check(&self, rows: &RawRows<B>) -> Result<usize, Error> {
        let expected = self.scaler.features();
        let (count, found) = match rows {
            RawRows::Host(rows) => {
                let view = HostRows::new(rows)?;
                (view.rows(), view.features())
            }
            RawRows::Device(rows) => {
                let [count, found] = rows.dims();
                (count, found)
            }
        };
        if found != expected {
            return Err(Error::FeatureCount { row: 0, expected, found });
        }
        // CUDA launches no kernel for zero rows, and the next operation would report that as an error.
        if count == 0 { Err(Error::TooFewRows { found: 0 }) } else { Ok(count) }
    }

    /// Returns the mean losses of the steps since the last call, or `None` without a step. Waits for the device.
    pub fn take_losses(&mut self) -> Option<Losses> {
        let steps = self.steps - std::mem::replace(&mut self.reported_steps, self.steps);
        if steps == 0 {
            return None;
        }
        let [tails, head, body] = self.engine.take_losses().map(|sum| sum.map(|sum| sum / steps as f64));
        Some(Losses { tails: tails?, head: head?, body })
    }

    /// Finishes the model. `sample` are raw training rows [rows, features], which standardise its scores:
    /// [`FeatureMapper::sample`](crate::FeatureMapper::sample).
    ///
    /// # Errors
    /// An empty or invalid sample; [`Error::Diverged`] if a weight or an error is no longer finite.
    pub fn finish(&self, sample: TensorData) -> Result<Kitsune<B::InnerBackend>, Error> {
        let sampled = sample.shape[0];
        let ordinary = self.scaler.transform(self.ordinary(sample)?)?.data;
        let trimmed = 1.0 - ordinary.shape[0] as f64 / sampled.max(1) as f64;
        let detector = Detector::fit(self.ensemble().valid(), ordinary, NEAREST, &self.device)?;
        let summary = TrainingSummary { steps: self.steps, rows_seen: self.rows, trimmed, ..TrainingSummary::default() };
        let card = Card { scaler: self.scaler.clone(), columns: None, means: None, normal_scores: None, threshold: None, summary };
        Ok(Kitsune::assemble(detector, card, &self.device))
    }

    /// Returns the raw rows [rows, features] that the rough fit does not find too strange.
    fn ordinary(&self, rows: TensorData) -> Result<TensorData, Error> {
        let Some(limit) = &self.limit else { return Ok(rows) };
        let rows = as_floats(rows);
        let positions = limit.ordinary(&self.scaler.transform(rows.clone())?.data, &self.device)?;
        Ok(RowMatrix::of(&HostRows::new(&rows)?, &positions).into_data())
    }
}

fn damaged(error: RecorderError) -> Error {
    Error::Inconsistent { origin: Error::CHECKPOINT.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use burn::backend::Autodiff;
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;
    use crate::features::map::{Coverage, FeatureMap};
    use crate::kinds::OptimizerKind;
    use crate::model::tied_autoencoder::TiedAutoencoder;

    type Own = Trainer<Autodiff<NdArray>, RecipeOptimizer<Autodiff<NdArray>>>;

    /// Takes three steps on rows drawn from the step's number.
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
