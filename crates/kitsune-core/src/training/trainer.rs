//! The trainer: one optimizer step after another, for the recipe and for a caller's own loop.

use std::any::Any;

use burn::optim::Optimizer;
use burn::tensor::backend::AutodiffBackend;

use crate::compute::engine::Engine;
use crate::compute::step::{EngineChoice, StepEngine, StepRows, StepSettings};
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::model::ensemble::Ensemble;
use crate::optimizer::RecipeOptimizer;
use crate::optimizer::by_engine::ByEngine;
use crate::progress::Losses;
use crate::random::{Draws, Dropout, Purpose};
use crate::rows::batch_rows::BatchRows;
use crate::rows::host_rows::{HostRows, as_floats};
use crate::rows::raw_rows::RawRows;
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;
use crate::training::checkpoint::State;
use crate::training::score_limit::ScoreLimit;
use crate::training::state_values;

/// Trains an [`Ensemble`] with any Burn optimizer, step by step.
///
/// A step scales the rows, drops inputs out, runs tails, head and body forward and, in closed form, backward, clips the gradient by its
/// global norm, and calls the optimizer. Dropout is drawn from the seed, the step, the row and the feature, so that the same steps give the
/// same weights on every backend. On the CPU backends a step is one pass over the rows; on wgpu and CUDA it is a few kernels of this crate;
/// on every other backend it is tensor operations. The host waits for a device once in 64 steps. If the optimizer is new and the one that
/// the configuration names ([`KitsuneConfig::init_optimizer`]), its update is one pass over all parameters on every backend.
#[derive(Debug)]
pub struct Trainer<B: AutodiffBackend, O> {
    pub(super) engine: StepEngine<B, O>,
    choice: EngineChoice,
    pub(super) scaler: Scaler,
    device_scaler: DeviceScaler<B::InnerBackend>,
    pub(super) device: B::Device,
    pub(super) limit: Option<ScoreLimit<B::InnerBackend>>,
    pub(super) steps: u64,
    pub(super) rows: u64,
    /// The number of steps whose losses were reported.
    reported_steps: u64,
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B> + 'static> Trainer<B, O> {
    /// Makes a trainer of raw rows, which `scaler` brings to 0-1.
    ///
    /// # Errors
    /// [`Error::FeatureCount`] unless the scaler has as many features as the ensemble's map.
    pub fn new(ensemble: Ensemble<B>, scaler: Scaler, optimizer: O) -> Result<Self, Error> {
        let recipe = (&optimizer as &dyn Any).downcast_ref::<RecipeOptimizer<B>>();
        let by_recipe = recipe.is_some_and(|recipe| recipe.is_new_for(ensemble.config()));
        Self::with_choice(ensemble, scaler, optimizer, EngineChoice { by_recipe, tensor_operations: false })
    }

    fn with_choice(ensemble: Ensemble<B>, scaler: Scaler, optimizer: O, choice: EngineChoice) -> Result<Self, Error> {
        let expected = ensemble.feature_map().features();
        if scaler.features() != expected {
            return Err(Error::FeatureCount { row: 0, expected, found: scaler.features() });
        }
        let device = ensemble.tails().weight.device();
        Ok(Self {
            engine: StepEngine::new(ensemble, optimizer, choice),
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
        Self { engine: StepEngine::new(ensemble, optimizer, choice), choice, ..self }
    }

    /// What computes the steps.
    pub fn engine(&self) -> Engine {
        self.engine.engine()
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

    /// Takes one step over a batch of raw rows [rows, features], at least one.
    ///
    /// # Errors
    /// No rows, rows of another width, and host rows that are not finite or that the scaler refuses; in these cases no step was taken. Also
    /// [`Error::Device`], which earlier steps may have caused.
    pub fn step(&mut self, rows: impl Into<RawRows<B>>, learning_rate: f64) -> Result<(), Error> {
        match rows.into() {
            RawRows::Host(rows) => {
                let rows = as_floats(rows);
                let view = HostRows::new(&rows)?;
                let positions: Vec<usize> = (0..view.rows()).collect();
                self.step_host(&BatchRows::new([(view, &positions[..])], view.features()), learning_rate)
            }
            RawRows::Device(rows) => {
                let count = check(&self.scaler, rows.dims())?;
                let settings = settings(self.engine.config(), self.steps, learning_rate);
                let Self { engine, scaler, device_scaler, limit, .. } = self;
                engine.step_on_device(rows.inner(), device_scaler, &step_rows(scaler, limit.as_ref()), settings)?;
                self.count(count);
                Ok(())
            }
        }
    }

    /// Takes one step like [`step`](Self::step), over host rows.
    fn step_host(&mut self, rows: &BatchRows<'_>, learning_rate: f64) -> Result<(), Error> {
        let count = check(&self.scaler, [rows.rows(), rows.features()])?;
        let settings = settings(self.engine.config(), self.steps, learning_rate);
        let Self { engine, scaler, limit, .. } = self;
        engine.step(rows, &step_rows(scaler, limit.as_ref()), settings)?;
        self.count(count);
        Ok(())
    }

    fn count(&mut self, rows: usize) {
        self.steps += 1;
        self.rows += rows as u64;
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
}

impl<B: AutodiffBackend> Trainer<B, ByEngine> {
    /// Makes a trainer whose steps are those of the optimizer that the configuration of the ensemble names.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn by_recipe(ensemble: Ensemble<B>, scaler: Scaler) -> Result<Self, Error> {
        Self::with_choice(ensemble, scaler, ByEngine, EngineChoice { by_recipe: true, tensor_operations: false })
    }

    /// The state from which a trainer of the same ensemble and scaler resumes. It does not include the losses, so take them first.
    pub(crate) fn state(&self) -> State {
        let optimizer = self.engine.state().map_or_else(Vec::new, |state| state.to_bytes());
        State { steps: self.steps, rows: self.rows, ensemble: state_values::of(self.ensemble()), optimizer }
    }

    /// Resumes from a state.
    pub(crate) fn with_state(self, state: State) -> Result<Self, Error> {
        let Self { engine, choice, device, .. } = self;
        let (ensemble, optimizer) = engine.into_parts();
        let mut engine = StepEngine::new(state_values::put_into(ensemble, &state.ensemble, &device)?, optimizer, choice);
        engine.read_state(&state.optimizer)?;
        Ok(Self { engine, device, steps: state.steps, reported_steps: state.steps, rows: state.rows, ..self })
    }
}

/// Checks that there is at least one row and that the width is the model's, and returns the number of rows.
pub(super) fn check(scaler: &Scaler, [count, found]: [usize; 2]) -> Result<usize, Error> {
    let expected = scaler.features();
    if found != expected {
        return Err(Error::FeatureCount { row: 0, expected, found });
    }
    // CUDA launches no kernel for zero rows, and the next operation would report that as an error.
    if count == 0 { Err(Error::TooFewRows { found: 0 }) } else { Ok(count) }
}

/// What is the same in all steps.
pub(super) fn step_rows<'a, B: AutodiffBackend>(scaler: &'a Scaler, limit: Option<&'a ScoreLimit<B::InnerBackend>>) -> StepRows<'a, B> {
    StepRows { scaler, limit: limit.map(ScoreLimit::get) }
}

/// The settings of the next step after `steps` steps.
pub(super) fn settings(config: &KitsuneConfig, steps: u64, learning_rate: f64) -> StepSettings {
    let draws = [Purpose::TailDropout, Purpose::HeadDropout].map(|purpose| Draws::new(config.seed, purpose, steps));
    StepSettings { dropout: Dropout::new(config.dropout).map(|dropout| (dropout, draws)), learning_rate }
}

#[cfg(test)]
mod tests {
    use burn::backend::Autodiff;
    use burn::tensor::TensorData;
    use burn_ndarray::{NdArray, NdArrayDevice};

    use super::*;
    use crate::features::map::{Coverage, FeatureMap};
    use crate::kinds::OptimizerKind;
    use crate::model::tied_autoencoder::TiedAutoencoder;

    type Own<O = RecipeOptimizer<Autodiff<NdArray>>> = Trainer<Autodiff<NdArray>, O>;

    /// Takes three steps on rows drawn from the step's number.
    fn step<O: Optimizer<Ensemble<Autodiff<NdArray>>, Autodiff<NdArray>> + 'static>(trainer: &mut Own<O>) {
        for _ in 0..3 {
            let draws = Draws::new(4, Purpose::Sample, trainer.steps());
            let rows = (0..20).flat_map(|row| (0..6).map(move |feature| draws.row(row).uniform(feature))).collect();
            trainer.step(TensorData::new(rows, [20, 6]), 0.01).unwrap();
        }
    }

    fn weights<O: Optimizer<Ensemble<Autodiff<NdArray>>, Autodiff<NdArray>> + 'static>(trainer: &Own<O>) -> Vec<f32> {
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
    fn a_bad_value_is_named_by_its_row_in_the_batch_wherever_chunks_end_and_rows_are_left_out() {
        let map = FeatureMap::new(6, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap();
        let ensemble = KitsuneConfig::new().init(&map, &NdArrayDevice::default()).unwrap();
        let mut trainer = Own::by_recipe(ensemble, Scaler::identity(6)).unwrap();
        // 170 rows of two chunks make several blocks. Every third row is left out.
        let positions = [(0..70), (0..185)].map(|rows| rows.filter(|row| row % 3 != 1).collect::<Vec<usize>>());
        let split = positions[0].len();
        let count = split + positions[1].len();
        let mut step = |values: &[Vec<f64>; 2]| {
            let data = values.each_ref().map(|values| TensorData::new(values.clone(), [values.len() / 6, 6]));
            let chunks = data.iter().zip(&positions).map(|(data, positions)| (HostRows::new(data).unwrap(), &positions[..]));
            trainer.step_host(&BatchRows::new(chunks, 6), 0.01)
        };
        let good = [vec![0.5; 70 * 6], vec![0.5; 185 * 6]];
        for row in 0..count {
            let (chunk, position) = if row < split { (0, positions[0][row]) } else { (1, positions[1][row - split]) };
            for value in [f64::NAN, 1.5] {
                let mut bad = good.clone();
                bad[chunk][position * 6 + 2] = value;
                let error = step(&bad).unwrap_err();
                let named = match error {
                    Error::NotFinite { row, feature, .. } if value.is_nan() => (row, feature),
                    Error::NotScaled { row, feature, .. } if value == 1.5 => (row, feature),
                    _ => panic!("{error}"),
                };
                assert_eq!(named, (row as u64, 2));
            }
        }
        let mut left_out = good;
        left_out[1][6] = f64::NAN;
        step(&left_out).unwrap();
    }

    #[test]
    fn a_training_goes_on_another_way_than_it_began() {
        let map = FeatureMap::new(6, vec![vec![0, 1, 4], vec![2, 3, 5]], Coverage::Exact).unwrap();
        for kind in [OptimizerKind::Adam, OptimizerKind::Sgd] {
            let config = KitsuneConfig::new().with_optimizer(kind);
            let new = || {
                let ensemble = config.init(&map, &NdArrayDevice::default()).unwrap();
                Own::by_recipe(ensemble, Scaler::identity(6)).unwrap()
            };
            let mut unbroken = new();
            step(&mut unbroken);
            let mut tensors = new().by_tensor_operations().with_state(unbroken.state()).unwrap();
            assert_eq!(weights(&tensors), weights(&unbroken));
            step(&mut unbroken);
            step(&mut tensors);
            let mut host = new().with_state(tensors.state()).unwrap();
            step(&mut unbroken);
            step(&mut host);
            assert_eq!(host.steps(), 9);
            for (found, expected) in weights(&host).iter().zip(weights(&unbroken)) {
                assert!((found - expected).abs() < 1e-4, "{kind:?}: {found} instead of {expected}");
            }
        }
    }
}
