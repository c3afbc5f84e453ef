//! Rows as a stream of Arrow.

use kitsune_data::Source;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::failure::guarded;
use crate::input::Input;

/// The features of rows for whoever speaks Arrow. Each reader starts a pass of its own.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Features(Source);

#[pymethods]
impl Features {
    #[new]
    fn new(py: Python<'_>, input: &Input) -> PyResult<Self> {
        guarded(py, || Ok(Self(input.rows.open()?.with_missing(input.rows.on_missing.clone()))))
    }

    /// The names of the features.
    #[getter]
    fn names(&self) -> Vec<String> {
        (0..self.0.features()).map(|feature| self.0.called(feature)).collect()
    }

    /// The stream. The types that a reader asks for are not heeded, as the protocol allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(&self, py: Python<'py>, requested_schema: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let stream = guarded(py, || Ok(self.0.export()?))?;
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
