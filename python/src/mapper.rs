//! The statistics of rows, of which a feature map is made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kitsune_core::FeatureMapper;
use kitsune_core::kinds::CorrelationDistance;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::config::choice;
use crate::failure::{Answer, guarded};
use crate::input::Input;
use crate::watcher::Watcher;

/// Running statistics, which can be merged with those of other rows.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Mapper(Mutex<FeatureMapper>);

#[pymethods]
impl Mapper {
    /// Statistics of no rows yet, of which the first one will be row `first_row` of all.
    #[new]
    fn new(features: usize, seed: u64, mapper_rows: Option<u64>, first_row: u64) -> Self {
        Self(Mutex::new(FeatureMapper::new(features, seed).with_mapper_rows(mapper_rows).starting_at(first_row)))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        guarded(py, || Ok(Self(Mutex::new(FeatureMapper::from_bytes(bytes)?))))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || Ok(self.mapper().to_bytes()?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Adds rows.
    fn partial_fit(&self, py: Python<'_>, input: &Input) -> PyResult<()> {
        guarded(py, || {
            let watcher = Watcher::new(None);
            // What is added is added at the end only, so that an error leaves the statistics as they were.
            let mut mapper = self.mapper().clone();
            for batch in input.rows.open()?.with_missing(input.rows.on_missing.clone()).pass(0)? {
                mapper.partial_fit(batch?.data())?;
                let goes_on: Answer<()> = if watcher.look().is_break() { Err(kitsune_core::Error::Stopped.into()) } else { Ok(()) };
                watcher.answer(goes_on)?;
            }
            *self.mapper() = mapper;
            Ok(())
        })
    }

    /// Adds the statistics of other rows.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        guarded(py, || {
            let other = other.mapper().clone();
            Ok(self.mapper().merge(&other)?)
        })
    }

    /// The features of each cluster.
    fn clusters(&self, py: Python<'_>, largest: usize, smallest: usize, distance: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<usize>>> {
        let distance = choice::<CorrelationDistance>("map_distance", distance)?;
        guarded(py, || Ok(self.mapper().feature_map(largest, smallest, distance)?.clusters().to_vec()))
    }

    #[getter]
    fn features(&self) -> usize {
        self.mapper().features()
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.mapper().rows()
    }

    #[getter]
    fn means(&self) -> Vec<f64> {
        self.mapper().means()
    }
}

impl Mapper {
    fn mapper(&self) -> MutexGuard<'_, FeatureMapper> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
