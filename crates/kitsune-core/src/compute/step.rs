//! The seam of training: one step by the engine of the backend. The engine owns the parameters that it trains.

use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::tensor::{Tensor, backend::AutodiffBackend};

use crate::compute::cpu::detector::HostDetector;
use crate::compute::cpu::gradient::GradientStep;
use crate::compute::cpu::host_values::HostValues;
use crate::compute::cpu::input::Input;
use crate::compute::cpu::owned::HostEnsemble;
use crate::compute::cpu::training::HostTraining;
use crate::compute::engine::Engine;
use crate::compute::scoring;
use crate::compute::tensor_step::TensorStep;
use crate::compute::tensor_training::TensorTraining;
use crate::config::KitsuneConfig;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::detector::Detector;
use crate::model::ensemble::Ensemble;
use crate::model::row_major::on_device;
use crate::optimizer::state::OptimizerState;
use crate::random::{Draws, Dropout};
use crate::rows::batch_rows::BatchRows;
use crate::rows::host_rows::HostRows;
use crate::scaler::Scaler;
use crate::scaler::device::DeviceScaler;

/// The engine of a training, with the parameters that it trains.
#[derive(Debug)]
pub(crate) enum StepEngine<B: AutodiffBackend, O> {
    /// Parameters in host memory.
    Cpu(Box<HostTraining<B, O>>),
    /// Parameters as tensors on a device.
    Tensors(Box<TensorTraining<B, O>>),
}

/// The choice of the engine, beside the backend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineChoice {
    /// Whether the steps are those of the optimizer that the configuration names, which every engine implements itself.
    pub(crate) by_recipe: bool,
    /// Whether only tensor operations are used, even if the backend has a faster engine.
    pub(crate) tensor_operations: bool,
}

/// The input of a step beside parameters and rows.
pub(crate) struct EngineStep<'a, B: AutodiffBackend> {
    pub(crate) scaler: &'a Scaler,
    /// A rough fit, and the score above which a row trains nothing.
    pub(crate) limit: Option<(&'a Detector<B::InnerBackend>, f32)>,
    /// The dropout rate, with the draws for the features and for the tails' errors.
    pub(crate) dropout: Option<(Dropout, [Draws; 2])>,
}

impl<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>> StepEngine<B, O> {
    pub(crate) fn new(ensemble: Ensemble<B>, optimizer: O, choice: EngineChoice) -> Self {
        let EngineChoice { by_recipe, tensor_operations } = choice;
        let host = if tensor_operations { None } else { HostEnsemble::of(&ensemble.valid()) };
        match host {
            Some(host) => Self::Cpu(Box::new(HostTraining::new(host, ensemble, optimizer, by_recipe))),
            None => Self::Tensors(Box::new(TensorTraining::new(ensemble, optimizer, by_recipe, !tensor_operations))),
        }
    }

    /// What computes the steps.
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Cpu(_) => Engine::Cpu,
            Self::Tensors(tensors) => tensors.engine(),
        }
    }

    /// The ensemble in its current state.
    pub(crate) fn ensemble(&self) -> &Ensemble<B> {
        match self {
            Self::Cpu(host) => host.ensemble(),
            Self::Tensors(tensors) => tensors.ensemble(),
        }
    }

    /// The configuration of the ensemble.
    pub(crate) fn config(&self) -> &KitsuneConfig {
        match self {
            Self::Cpu(host) => host.config(),
            Self::Tensors(tensors) => tensors.ensemble().config(),
        }
    }

    /// The ensemble in its current state, and the optimizer.
    pub(crate) fn into_parts(self) -> (Ensemble<B>, O) {
        match self {
            Self::Cpu(host) => host.into_parts(),
            Self::Tensors(tensors) => tensors.into_parts(),
        }
    }

    /// Takes one step over host rows: at least one raw row of the model's width, F32 or F64.
    ///
    /// # Errors
    /// Rows that are not finite or that the scaler refuses, in which case no step was taken; [`Error::Device`], which earlier steps may have
    /// caused.
    pub(crate) fn step(&mut self, rows: &BatchRows<'_>, step: EngineStep<'_, B>, learning_rate: f64) -> Result<(), Error> {
        match self {
            Self::Cpu(host) => {
                let input = Input::Batch { rows, scaler: step.scaler };
                step_on_cpu(host, input, &step, learning_rate)
            }
            Self::Tensors(tensors) => {
                let x = on_device(
                    step.scaler.transform_view(&HostRows::new(&rows.to_data())?, 0)?.data,
                    &tensors.ensemble().tails().weight.device(),
                );
                tensors.step(&on_tensors(x, step), learning_rate)
            }
        }
    }

    /// Takes one step over rows that are a tensor on the device.
    ///
    /// # Errors
    /// [`Error::Device`], which earlier steps may have caused.
    ///
    /// # Shapes
    /// - rows: [rows, features], raw, at least one row of the model's width
    pub(crate) fn step_on_device(
        &mut self,
        rows: Tensor<B::InnerBackend, 2>,
        device_scaler: &DeviceScaler<B::InnerBackend>,
        step: EngineStep<'_, B>,
        learning_rate: f64,
    ) -> Result<(), Error> {
        match self {
            Self::Cpu(host) => {
                let [_, features] = rows.dims();
                let values = HostValues::of(rows.clone()).unwrap_or_else(|| HostValues::Copied(rows.into_data().iter::<f32>().collect()));
                let input = Input::Unchecked(HostRows::of_f32(values.as_slice(), features), step.scaler);
                step_on_cpu(host, input, &step, learning_rate)
            }
            Self::Tensors(tensors) => tensors.step(&on_tensors(device_scaler.forward(rows), step), learning_rate),
        }
    }

    /// Sums of the mean losses of tails, head and body since the last call; the last is `None` without a body. Waits for the device.
    pub(crate) fn take_losses(&mut self) -> [Option<f64>; 3] {
        match self {
            Self::Cpu(host) => host.take_losses(),
            Self::Tensors(tensors) => tensors.take_losses(),
        }
    }

    /// The state of the recipe's optimizer; `None` if another optimizer takes the steps.
    pub(crate) fn state(&self) -> Option<OptimizerState> {
        match self {
            Self::Cpu(host) => host.state(),
            Self::Tensors(tensors) => tensors.state(),
        }
    }

    /// Restores the state of the recipe's optimizer from the bytes of [`state`](Self::state), if it takes the steps.
    pub(crate) fn read_state(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Cpu(host) => host.read_state(bytes),
            Self::Tensors(tensors) => tensors.read_state(bytes),
        }
    }
}

fn step_on_cpu<B: AutodiffBackend, O: Optimizer<Ensemble<B>, B>>(
    host: &mut HostTraining<B, O>,
    input: Input<'_>,
    step: &EngineStep<'_, B>,
    learning_rate: f64,
) -> Result<(), Error> {
    let EngineStep { scaler, limit, dropout } = step;
    let detector = limit.and_then(|(detector, _)| HostDetector::of(detector, detector.parts_of(ScoreKind::Combined)));
    let limit = detector.as_ref().zip(limit.map(|(_, limit)| limit));
    host.step(GradientStep { input, features: scaler.features(), dropout: *dropout, limit }, learning_rate)
}

/// Computes the share of each row [rows, features] in 0-1.
fn on_tensors<B: AutodiffBackend>(x: Tensor<B::InnerBackend, 2>, step: EngineStep<'_, B>) -> TensorStep<B::InnerBackend> {
    let EngineStep { limit, dropout, .. } = step;
    let [rows, _] = x.dims();
    let shares = match limit {
        Some((detector, limit)) => scoring::shares_within(detector, x.clone(), limit),
        None => Tensor::full([rows], 1.0 / rows as f64, &x.device()),
    };
    TensorStep { x, shares, dropout }
}
