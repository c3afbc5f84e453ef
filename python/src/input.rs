//! Rows as Python has them: arrays, tables of Arrow, iterators of these, and paths.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::sync::Arc;

use kitsune_data::input::Input as Rows;
use kitsune_data::{ArrowStream, Location, Matrix, MemoryRows};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyIterator};

use crate::failure::{Failure, guarded};
use crate::matrix::PyMatrix;
use crate::options::apply;

/// What messages call rows in memory.
const ARRAY: &str = "the array";
const TABLE: &str = "the table";

/// Rows and how they are read. The plain Python around has looked at what they are.
#[pyclass(frozen, module = "kitnet._kitnet")]
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) rows: Rows,
    /// The rows, if they are a single array as it is.
    pub(crate) matrix: Option<Arc<PyMatrix>>,
    /// Whether the rows have to be converted or parsed, so that keeping them saves later passes.
    pub(crate) is_costly: bool,
}

#[pymethods]
impl Input {
    /// Rows at locations that the command would take. `repeated` says that they will be read more than once.
    #[staticmethod]
    fn paths(paths: Vec<OsString>, options: &Bound<'_, PyDict>, repeated: bool) -> PyResult<Self> {
        let locations: Result<Vec<_>, _> = paths.into_iter().map(Location::parse).collect();
        let mut rows = Rows::new(locations.map_err(Failure::from)?);
        apply(&mut rows, options, repeated)?;
        Ok(Self { rows, matrix: None, is_costly: true })
    }

    /// The rows of an array, which is C-contiguous and of float32 or float64.
    #[staticmethod]
    fn array(array: &Bound<'_, PyAny>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let matrix = Arc::new(PyMatrix::of(array)?);
        let part: Arc<dyn Matrix> = Arc::clone(&matrix) as _;
        let memory = MemoryRows::matrices(ARRAY, part, std::iter::empty()).kept().map_err(Failure::from)?;
        let mut rows = Rows::in_memory(memory);
        let is_plain = apply(&mut rows, options, false)?;
        Ok(Self { rows, matrix: Some(matrix).filter(|_| is_plain), is_costly: false })
    }

    /// The number of features.
    fn features(&self, py: Python<'_>) -> PyResult<usize> {
        guarded(py, || Ok(self.rows.open()?.features()))
    }

    /// The rows of the parts that an iterator yields: such arrays, or what has the methods of Arrow. `repeated` says that they will be read more than once.
    #[staticmethod]
    fn parts(py: Python<'_>, parts: &Bound<'_, PyIterator>, options: &Bound<'_, PyDict>, repeated: bool) -> PyResult<Self> {
        let mut parts = Parts(parts.clone().unbind());
        let (memory, is_costly) = match parts.next() {
            None => return Err(PyValueError::new_err("there are no rows: the iterator yields nothing")),
            Some(Err(raised)) => return Err(raised),
            Some(Ok(Part::Table(stream))) => {
                let others = parts.map(|part| match part? {
                    Part::Table(stream) => Ok(stream),
                    Part::Array(_) => Err(other_kind("array", "table")),
                });
                (guarded(py, || Ok(MemoryRows::arrow(TABLE, stream, others)?))?, true)
            }
            Some(Ok(Part::Array(matrix))) => {
                let others = parts.map(|part| match part? {
                    Part::Array(matrix) => Ok(Arc::new(matrix) as Arc<dyn Matrix>),
                    Part::Table(_) => Err(other_kind("table", "array")),
                });
                (MemoryRows::matrices(ARRAY, Arc::new(matrix), others), false)
            }
        };
        let memory = if repeated { guarded(py, || Ok(memory.kept()?))? } else { memory };
        let mut rows = Rows::in_memory(memory);
        apply(&mut rows, options, repeated)?;
        Ok(Self { rows, matrix: None, is_costly })
    }
}

fn other_kind(found: &str, first: &str) -> Box<dyn StdError + Send + Sync> {
    format!("a later part is an {found}, but the first one is a {first}")
        .replace("an table", "a table")
        .replace("a array", "an array")
        .into()
}

/// Some rows that an iterator of Python yields.
enum Part {
    Array(PyMatrix),
    Table(ArrowStream),
}

struct Parts(Py<PyIterator>);

impl Iterator for Parts {
    type Item = PyResult<Part>;

    fn next(&mut self) -> Option<Self::Item> {
        Python::attach(|py| {
            let mut parts = self.0.bind(py).clone();
            parts.next().map(|part| part.and_then(|part| Part::of(&part)))
        })
    }
}

impl Part {
    fn of(part: &Bound<'_, PyAny>) -> PyResult<Self> {
        if part.hasattr("__arrow_c_stream__")? {
            let capsule = part.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?;
            return stream_of(&capsule).map(Self::Table);
        }
        if part.hasattr("__arrow_c_array__")? {
            let (schema, array) = part.call_method0("__arrow_c_array__")?.extract::<(Bound<'_, PyCapsule>, Bound<'_, PyCapsule>)>()?;
            return batch_of(&schema, &array).map(Self::Table);
        }
        PyMatrix::of(part).map(Self::Array).map_err(|_| PyTypeError::new_err("a part of the rows is neither an array nor a table of Arrow"))
    }
}

#[expect(unsafe_code, reason = "the Arrow PyCapsule protocol hands over pointers")]
fn stream_of(capsule: &Bound<'_, PyCapsule>) -> PyResult<ArrowStream> {
    let stream = capsule.pointer_checked(Some(c"arrow_array_stream"))?;
    // SAFETY: the protocol gives a capsule of this name a valid stream, and the capsule is ours.
    Ok(unsafe { ArrowStream::from_c_stream(stream) }.map_err(Failure::from)?)
}

#[expect(unsafe_code, reason = "the Arrow PyCapsule protocol hands over pointers")]
fn batch_of(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> PyResult<ArrowStream> {
    let (schema, array) = (schema.pointer_checked(Some(c"arrow_schema"))?, array.pointer_checked(Some(c"arrow_array"))?);
    // SAFETY: the protocol gives capsules of these names a valid schema and a valid array of it, and the capsules are ours.
    Ok(unsafe { ArrowStream::from_c_array(schema, array) }.map_err(Failure::from)?)
}
