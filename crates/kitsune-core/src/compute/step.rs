//! The seam of training: one step by the engine of the backend. The engine owns the parameters that it trains.

use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::tensor::{Tensor, backend::AutodiffBackend};

use crate::compute::cpu::ahead::{ReadyStep, steps_ahead};
use crate::compute::cpu::detector::HostDetector;
use crate::compute::cpu::gradient::StepDropout;
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

/// What is the same in all steps over rows.
pub(crate) struct StepRows<'a, B: AutodiffBackend> {
    pub(crate) scaler: &'a Scaler,
    /// A rough fit, and the score above which a row trains nothing.
    pub(crate) limit: Option<(&'a Detector<B::InnerBackend>, f32)>,
}

/// What a step has of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepSettings {
    pub(crate) dropout: StepDropout,
    pub(crate) learning_rate: f64,
}

/// Takes a batch: at least one raw row of the model's width, F32 or F64.
pub(crate) type TakeBatch<'a> = &'a mut dyn FnMut(&BatchRows<'_>, StepSettings) -> Result<(), Error>;

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
    pub(crate) fn step(&mut self, batch: &BatchRows<'_>, rows: &StepRows<'_, B>, settings: StepSettings) -> Result<(), Error> {
        match self {
            Self::Cpu(host) => {
                let limit = HostLimit::of(rows);
                host.step_over(|step| limit.fill(step, Input::Batch { rows: batch, scaler: rows.scaler }, rows.scaler, settings))
            }
            Self::Tensors(tensors) => {
                let device = tensors.ensemble().tails().weight.device();
                let scaled = rows.scaler.transform_view(&HostRows::new(&batch.to_data())?, 0)?;
                tensors.step(&on_tensors(on_device(scaled.data, &device), rows, settings), settings.learning_rate)
            }
        }
    }

    /// Takes a step over each batch that `next` hands over, until it returns that there are no more, and calls `taken` with the number of rows after each
    /// step. In host memory the next batches are made ready while a step is taken.
    ///
    /// # Errors
    /// Those of [`step`](Self::step), `next` and `taken`.
    pub(crate) fn steps(
        &mut self,
        rows: &StepRows<'_, B>,
        mut next: impl FnMut(TakeBatch<'_>) -> Result<bool, Error>,
        mut taken: impl FnMut(usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let Self::Cpu(host) = self {
            let limit = HostLimit::of(rows);
            let ready = |step: &mut ReadyStep| {
                next(&mut |batch, settings| limit.fill(step, Input::Batch { rows: batch, scaler: rows.scaler }, rows.scaler, settings))
            };
            return steps_ahead(ready, |step| host.step(step), taken);
        }
        let mut count = 0;
        while next(&mut |batch, settings| {
            count = batch.rows();
            self.step(batch, rows, settings)
        })? {
            taken(count)?;
        }
        Ok(())
    }

    /// Takes one step over rows that are a tensor on the device.
    ///
    /// # Errors
    /// [`Error::Device`], which earlier steps may have caused.
    ///
    /// # Shapes
    /// - x: [rows, features], raw, at least one row of the model's width
    pub(crate) fn step_on_device(
        &mut self,
        x: Tensor<B::InnerBackend, 2>,
        device_scaler: &DeviceScaler<B::InnerBackend>,
        rows: &StepRows<'_, B>,
        settings: StepSettings,
    ) -> Result<(), Error> {
        match self {
            Self::Cpu(host) => {
                let [_, features] = x.dims();
                let values = HostValues::of(x.clone()).unwrap_or_else(|| HostValues::Copied(x.into_data().iter::<f32>().collect()));
                let input = Input::Unchecked(HostRows::of_f32(values.as_slice(), features), rows.scaler);
                let limit = HostLimit::of(rows);
                host.step_over(|step| limit.fill(step, input, rows.scaler, settings))
            }
            Self::Tensors(tensors) => tensors.step(&on_tensors(device_scaler.forward(x), rows, settings), settings.learning_rate),
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

/// A rough fit whose parameters are in host memory, and the score above which a row trains nothing.
struct HostLimit<'a>(Option<(HostDetector<'a>, f32)>);

impl<'a> HostLimit<'a> {
    fn of<B: AutodiffBackend>(rows: &StepRows<'a, B>) -> Self {
        let host = |(detector, limit): (&'a Detector<B::InnerBackend>, f32)| {
            Some((HostDetector::of(detector, detector.parts_of(ScoreKind::Combined))?, limit))
        };
        Self(rows.limit.and_then(host))
    }

    /// Makes a step ready.
    fn fill(&self, step: &mut ReadyStep, input: Input<'_>, scaler: &Scaler, settings: StepSettings) -> Result<(), Error> {
        let StepSettings { dropout, learning_rate } = settings;
        (step.dropout, step.learning_rate) = (dropout, learning_rate);
        step.rows.fill(input, scaler.features(), self.0.as_ref().map(|(detector, limit)| (detector, *limit)))
    }
}

/// Computes the share of each row [rows, features] in 0-1.
fn on_tensors<B: AutodiffBackend>(
    x: Tensor<B::InnerBackend, 2>,
    rows: &StepRows<'_, B>,
    settings: StepSettings,
) -> TensorStep<B::InnerBackend> {
    let [count, _] = x.dims();
    let shares = rows.limit.map_or_else(
        || Tensor::full([count], 1.0 / count as f64, &x.device()),
        |(detector, limit)| scoring::shares_within(detector, x.clone(), limit),
    );
    TensorStep { x, shares, dropout: settings.dropout }
}
