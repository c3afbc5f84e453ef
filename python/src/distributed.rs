//! Training whose rows are on other machines, in bytes that these exchange.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kitsune_core::training::Progress;
use kitsune_core::training::distributed::{DistributedTraining, PartStatistics, PartWeights, Round};
use kitsune_core::{Error, KitsuneConfig};
use kitsune_data::input::open_to_train;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::backend::{AnyModel, Built, Task, check, dispatch};
use crate::config::of_dict;
use crate::failure::{Answer, Failure, guarded};
use crate::input::Input;
use crate::model::Model;
use crate::watcher::Watcher;

/// Checks hyper-parameters of a training whose rows are on other machines.
#[pyfunction]
pub(crate) fn check_part(hyper_parameters: &Bound<'_, PyDict>) -> PyResult<()> {
    Ok(PartStatistics::check(&of_dict(hyper_parameters)?).map_err(Failure::from)?)
}

/// The statistics of the rows of a part, as bytes; `None` without rows.
#[pyfunction]
pub(crate) fn part_statistics<'py>(
    py: Python<'py>,
    hyper_parameters: &Bound<'py, PyDict>,
    backend: &str,
    part: u32,
    input: &Input,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    check(backend)?;
    let config = &of_dict(hyper_parameters)?;
    let bytes = guarded(py, || {
        let taken = dispatch(backend, TakeStatistics { config, part, input }).transpose()?.flatten();
        Ok(taken.map(|taken| taken.to_bytes()).transpose()?)
    })?;
    Ok(bytes.map(|bytes| PyBytes::new(py, &bytes)))
}

struct TakeStatistics<'a> {
    config: &'a KitsuneConfig,
    part: u32,
    input: &'a Input,
}

impl Task for TakeStatistics<'_> {
    type Output = Answer<Option<PartStatistics>>;

    fn run<B: Built>(self, _: &B::Device) -> Self::Output {
        let watcher = Watcher::new(None);
        let source = open_to_train::<B>(&self.input.rows, None, self.config, false)?;
        let taken = PartStatistics::take_observed(self.config, self.part, &source, &mut |_| watcher.look());
        watcher.answer(taken.map_err(Into::into))
    }
}

/// A round of such a training, as a part sees it.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct PartRound(Mutex<Box<dyn Steps>>);

#[pymethods]
impl PartRound {
    /// Reads the bytes of a round.
    #[new]
    fn new(py: Python<'_>, round: &[u8], backend: &str) -> PyResult<Self> {
        check(backend)?;
        let missing = || anyhow::anyhow!("this build has no backend {backend:?}");
        guarded(py, || Ok(Self(Mutex::new(dispatch(backend, ReadRound(round)).ok_or_else(missing)??))))
    }

    /// The number of passes over its rows that a part takes.
    fn passes(&self, part: u32) -> usize {
        self.steps().passes(part)
    }

    /// The weights of a part after its steps, as bytes; `None` without rows.
    fn train<'py>(&self, py: Python<'py>, part: u32, input: &Input) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let bytes = guarded(py, || Ok(self.steps().train(part, input)?.map(|trained| trained.to_bytes()).transpose()?))?;
        Ok(bytes.map(|bytes| PyBytes::new(py, &bytes)))
    }
}

impl PartRound {
    fn steps(&self) -> MutexGuard<'_, Box<dyn Steps>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ReadRound<'a>(&'a [u8]);

impl Task for ReadRound<'_> {
    type Output = Answer<Box<dyn Steps>>;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output {
        Ok(Box::new(Round::<B>::from_bytes(self.0, device)?))
    }
}

/// A round on any backend.
trait Steps: Debug + Send {
    fn passes(&self, part: u32) -> usize;

    fn train(&self, part: u32, input: &Input) -> Answer<Option<PartWeights>>;
}

impl<B: Built> Steps for Round<B> {
    fn passes(&self, part: u32) -> usize {
        Self::passes(self, part)
    }

    fn train(&self, part: u32, input: &Input) -> Answer<Option<PartWeights>> {
        let watcher = Watcher::new(None);
        let source = open_to_train::<B>(&input.rows, None, self.config(), false)?;
        let trained = self.train_observed(part, &source, &mut |_| watcher.look());
        watcher.answer(trained.map_err(Into::into))
    }
}

/// The statistics of all parts, which are given in ascending order.
#[pyfunction]
pub(crate) fn merged_statistics(py: Python<'_>, parts: Vec<Vec<u8>>) -> PyResult<Bound<'_, PyBytes>> {
    let bytes = guarded(py, || Ok(merged(&parts, PartStatistics::from_bytes, PartStatistics::merge)?.to_bytes()?))?;
    Ok(PyBytes::new(py, &bytes))
}

/// The weights of all parts, which are given in ascending order.
#[pyfunction]
pub(crate) fn merged_weights(py: Python<'_>, parts: Vec<Vec<u8>>) -> PyResult<Bound<'_, PyBytes>> {
    let bytes = guarded(py, || Ok(merged(&parts, PartWeights::from_bytes, PartWeights::merge)?.to_bytes()?))?;
    Ok(PyBytes::new(py, &bytes))
}

/// What the parts have computed, as one.
fn merged<T>(
    parts: &[Vec<u8>],
    read: impl Fn(&[u8]) -> Result<T, Error>,
    merge: impl Fn(&mut T, T) -> Result<(), Error>,
) -> Result<T, Error> {
    let (first, later) = parts.split_first().ok_or(Error::TooFewRows { found: 0 })?;
    let mut merged = read(first)?;
    for part in later {
        merge(&mut merged, read(part)?)?;
    }
    Ok(merged)
}

/// A training whose rows are on other machines.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Distributed {
    /// `None` once it is finished, or failed.
    training: Mutex<Option<Box<dyn Rounds>>>,
    /// The number of all rounds.
    rounds: u64,
    backend: String,
}

#[pymethods]
impl Distributed {
    /// A training by the statistics of all parts.
    #[new]
    fn new(py: Python<'_>, statistics: &[u8], rounds: usize, backend: String) -> PyResult<Self> {
        check(&backend)?;
        let training = guarded(py, || dispatch(&backend, Start { statistics, rounds }).transpose())?;
        let rounds = training.as_ref().map_or(0, |training| training.rounds().1);
        Ok(Self { training: Mutex::new(training), rounds, backend })
    }

    /// The next round, as bytes; `None` if all are complete.
    fn next_round<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let round = guarded(py, || self.training().as_ref().map_or(Ok(None), |training| training.next()))?;
        Ok(round.map(|round| PyBytes::new(py, &round)))
    }

    /// Goes on from the weights of all parts.
    fn complete_round(&self, py: Python<'_>, weights: &[u8]) -> PyResult<()> {
        guarded(py, || {
            let weights = PartWeights::from_bytes(weights)?;
            let mut training = self.training();
            // Other weights leave the training as it was.
            training.as_ref().map_or(Ok(()), |running| running.check(&weights))?;
            let running = training.take().ok_or_else(|| anyhow::anyhow!("the training is over"))?;
            *training = Some(running.completed(weights)?);
            Ok(())
        })
    }

    /// The finished model.
    fn finish(&self, py: Python<'_>) -> PyResult<Model> {
        let model = guarded(py, || {
            let training = self.training().take().ok_or_else(|| anyhow::anyhow!("the training is over"))?;
            training.finished()
        })?;
        Ok(Model::new(model, self.backend.clone()))
    }

    /// The numbers of rounds: complete ones, and all.
    #[getter]
    fn rounds(&self) -> (u64, u64) {
        self.training().as_ref().map_or((self.rounds, self.rounds), |training| training.rounds())
    }
}

impl Distributed {
    fn training(&self) -> MutexGuard<'_, Option<Box<dyn Rounds>>> {
        self.training.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Start<'a> {
    statistics: &'a [u8],
    rounds: usize,
}

impl Task for Start<'_> {
    type Output = Answer<Box<dyn Rounds>>;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output {
        let watcher = Watcher::new(None);
        let statistics = PartStatistics::from_bytes(self.statistics)?;
        let training = DistributedTraining::<B>::new_observed(statistics, self.rounds, device, &mut |_: Progress| watcher.look());
        Ok(Box::new(watcher.answer(training.map_err(Into::into))?))
    }
}

/// A distributed training on any backend.
trait Rounds: Debug + Send {
    fn next(&self) -> Answer<Option<Vec<u8>>>;

    fn check(&self, weights: &PartWeights) -> Answer<()>;

    fn completed(self: Box<Self>, weights: PartWeights) -> Answer<Box<dyn Rounds>>;

    fn finished(self: Box<Self>) -> Answer<AnyModel>;

    fn rounds(&self) -> (u64, u64);
}

impl<B: Built> Rounds for DistributedTraining<B> {
    fn next(&self) -> Answer<Option<Vec<u8>>> {
        Ok(self.next_round().map(|round| round.to_bytes()).transpose()?)
    }

    fn check(&self, weights: &PartWeights) -> Answer<()> {
        Ok(Self::check(self, weights)?)
    }

    fn completed(self: Box<Self>, weights: PartWeights) -> Answer<Box<dyn Rounds>> {
        Ok(Box::new(self.complete_round(weights)?))
    }

    fn finished(self: Box<Self>) -> Answer<AnyModel> {
        Ok(B::wrapped(self.finish()?))
    }

    fn rounds(&self) -> (u64, u64) {
        (self.complete_rounds(), Self::rounds(self))
    }
}
