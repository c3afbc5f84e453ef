//! The detector that learns row by row.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::TensorData;
use kitsune_core::RowSource;
use kitsune_core::online::{Observation, OnlineConfig, OnlineKitsune, OnlineState};
use kitsune_data::input::{open_for, with_missing_for};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::backend::{AnyModel, Built, Task, check};
use crate::config::online_config;
use crate::failure::{Answer, Failure, guarded};
use crate::input::Input;
use crate::matrix::Slice;
use crate::model::{Model, on};
use crate::watcher::Watcher;

/// A detector that learns from rows and scores them one by one. Calls of several threads wait for each other.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Online(Mutex<OnlineKitsune>);

/// Scores, verdicts, tail probabilities, and whether each row shows a change; NaN and `false` for rows of the grace period, and for those that were dropped.
type Observed = (Vec<f64>, Vec<bool>, Vec<f64>, Vec<bool>);

#[pymethods]
impl Online {
    /// A detector for rows like these, of which none is taken.
    #[staticmethod]
    fn start(py: Python<'_>, settings: &Bound<'_, PyDict>, input: &Input) -> PyResult<Self> {
        let config = online_config(settings)?;
        guarded(py, || Ok(Self(Mutex::new(started(config, input)?))))
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        guarded(py, || Self::of_rows(OnlineKitsune::load(path)?))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        guarded(py, || Self::of_rows(OnlineKitsune::from_bytes(bytes)?))
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        guarded(py, || Ok(self.detector().save(path)?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || Ok(self.detector().to_bytes()?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Takes rows: learns during the grace period, and scores and watches afterwards.
    fn observe(&self, py: Python<'_>, input: &Input) -> PyResult<Observed> {
        guarded(py, || {
            let mut observed = Observed::default();
            self.each_batch(input, |detector, lines, rows, data| {
                let first = observed.0.len();
                observed.0.resize(first + rows, f64::NAN);
                observed.1.resize(first + rows, false);
                observed.2.resize(first + rows, f64::NAN);
                observed.3.resize(first + rows, false);
                let mut lines = lines.iter();
                detector.observe_batch(data, 0..data.shape[0], None, |_, _, found| {
                    if let (Some(Observation { score, is_anomaly, tail_probability, drift, .. }), Some(line)) = (found, lines.next()) {
                        let row = first + line;
                        observed.0[row] = score;
                        observed.1[row] = is_anomaly.unwrap_or(false);
                        observed.2[row] = tail_probability;
                        observed.3[row] = drift;
                    }
                    Ok::<_, kitsune_core::Error>(())
                })?;
                Ok(())
            })?;
            Ok(observed)
        })
    }

    /// Takes rows: learns during the grace period, and scores afterwards. With `only_score` it learns nothing.
    fn process(&self, py: Python<'_>, input: &Input, only_score: bool) -> PyResult<Vec<f64>> {
        guarded(py, || {
            let mut scores = Vec::new();
            self.each_batch(input, |detector, lines, rows, data| {
                if only_score {
                    detector.check_ready()?;
                }
                let first = scores.len();
                scores.resize(first + rows, f64::NAN);
                let found = detector.process_batch(data)?;
                lines.iter().zip(found).for_each(|(line, score)| scores[first + line] = score.unwrap_or(f64::NAN));
                Ok(())
            })?;
            Ok(scores)
        })
    }

    /// The model of the detector as it stands, which scores rows in batches.
    fn to_model(&self, py: Python<'_>, backend: String) -> PyResult<Model> {
        check(&backend)?;
        let model = guarded(py, || on(&backend, Export(&self.detector())))?;
        Ok(Model::new(model, backend))
    }

    /// What it does with the next row, and how many rows of that phase are to come.
    #[getter]
    fn state(&self) -> (&'static str, u64) {
        match self.detector().state() {
            OnlineState::Mapping { rows_left } => ("mapping", rows_left),
            OnlineState::Training { rows_left } => ("training", rows_left),
            _ => ("executing", 0),
        }
    }

    #[getter]
    fn threshold(&self) -> Option<f64> {
        self.detector().threshold()
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.detector().rows()
    }

    #[getter]
    fn features(&self) -> usize {
        self.detector().features()
    }

    #[getter]
    fn columns(&self) -> Option<Vec<String>> {
        self.detector().columns().map(<[String]>::to_vec)
    }
}

impl Online {
    /// A detector whose scores are those of rows: these have no senders, by which scores could be pooled.
    fn of_rows(detector: OnlineKitsune) -> Answer<Self> {
        if detector.config().pool.is_some() {
            return Err(anyhow::anyhow!("its scores are those of hosts, which kitnet does not pool: kitsune online goes on with it").into());
        }
        Ok(Self(Mutex::new(detector)))
    }

    fn detector(&self) -> MutexGuard<'_, OnlineKitsune> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows each batch of rows to the detector: the line of each row among so many, and the rows.
    fn each_batch(
        &self,
        input: &Input,
        mut take: impl FnMut(&mut OnlineKitsune, &[usize], usize, &TensorData) -> Answer<()>,
    ) -> Answer<()> {
        let watcher = Watcher::new(None);
        let mut detector = self.detector();
        // A few rows take less time than the threads of a pass.
        if let Some(matrix) = input.matrix.as_ref().filter(|matrix| detector.reading().is_none() && matrix.columns() == detector.features())
        {
            let data = match matrix.slice() {
                Slice::F32(numbers) if numbers.iter().all(|number| number.is_finite()) => {
                    Some(TensorData::new(numbers.to_vec(), matrix.shape()))
                }
                Slice::F64(numbers) if numbers.iter().all(|number| number.is_finite()) => {
                    Some(TensorData::new(numbers.to_vec(), matrix.shape()))
                }
                _ => None,
            };
            if let Some(data) = data {
                let rows = matrix.shape()[0];
                return take(&mut detector, &(0..rows).collect::<Vec<_>>(), rows, &data);
            }
        }
        let source = with_missing_for(open_for(&input.rows, &*detector)?, &input.rows, &*detector)?;
        for batch in source.pass(0)? {
            let batch = batch?;
            take(&mut detector, &batch.lines(), batch.records().rows(), batch.data())?;
            if watcher.look().is_break() {
                return watcher.answer(Err(Failure::from(kitsune_core::Error::Stopped)));
            }
        }
        Ok(())
    }
}

fn started(config: OnlineConfig, input: &Input) -> Answer<OnlineKitsune> {
    let source = input.rows.open()?;
    source.check()?;
    let detector = OnlineKitsune::new(config, source.features())?.with_reading(RowSource::reading(&source))?;
    Ok(match source.names() {
        Some(names) => detector.with_columns(names.to_vec())?,
        None => detector,
    })
}

struct Export<'a>(&'a OnlineKitsune);

impl Task for Export<'_> {
    type Output = Answer<AnyModel>;

    fn run<B: Built>(self, device: &B::Device) -> Self::Output {
        Ok(B::wrapped(self.0.to_kitsune(device)?))
    }
}
