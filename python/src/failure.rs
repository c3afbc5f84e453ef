//! Errors of the libraries, and panics, as exceptions of Python.

use std::any::Any;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use kitsune_data::LocationError;
use pyo3::exceptions::{PyFileNotFoundError, PyKeyboardInterrupt, PyOSError, PyPermissionError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failure(anyhow::Error);

/// The answer of a call.
pub(crate) type Answer<T> = Result<T, Failure>;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<Failure> for PyErr {
    /// An exception that Python code has raised in between stays what it is; what the system refuses is an `OSError`, and all else a `ValueError`.
    fn from(Failure(error): Failure) -> Self {
        let causes = || error.chain();
        if let Some(raised) = causes().find_map(|cause| cause.downcast_ref::<Self>()) {
            return Python::attach(|py| raised.clone_ref(py));
        }
        if causes().any(|cause| matches!(cause.downcast_ref(), Some(kitsune_core::Error::Stopped))) {
            return PyKeyboardInterrupt::new_err(());
        }
        let message = in_words(&error);
        let is_missing = |cause: &(dyn StdError + 'static)| matches!(cause.downcast_ref(), Some(LocationError::Missing { .. }));
        let of_data = |cause: &(dyn StdError + 'static)| {
            matches!(cause.downcast_ref(), Some(kitsune_data::Error::Location(LocationError::Missing { .. })))
        };
        if causes().any(|cause| is_missing(cause) || of_data(cause)) {
            return PyFileNotFoundError::new_err(message);
        }
        match causes().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
            Some(ErrorKind::NotFound) => PyFileNotFoundError::new_err(message),
            Some(ErrorKind::PermissionDenied) => PyPermissionError::new_err(message),
            Some(_) => PyOSError::new_err(message),
            None => PyValueError::new_err(message),
        }
    }
}

/// The error and its causes, each once.
fn in_words(error: &anyhow::Error) -> String {
    let joined = |text: String, cause: String| match () {
        () if text.contains(&cause) => text,
        () if cause.starts_with(&text) => cause,
        () => format!("{text}: {cause}"),
    };
    error.chain().skip(1).map(ToString::to_string).fold(error.to_string(), joined)
}

/// Computes without the interpreter. A panic becomes a `RuntimeError`.
pub(crate) fn guarded<T: Send>(py: Python<'_>, compute: impl FnOnce() -> Answer<T> + Send) -> PyResult<T> {
    let computed = py.detach(|| {
        start();
        catch_unwind(AssertUnwindSafe(compute))
    });
    match computed {
        Ok(answer) => answer.map_err(PyErr::from),
        Err(panic) => Err(PyRuntimeError::new_err(format!("this is a bug in kitnet, please report it: {}", message(&*panic)))),
    }
}

/// Drops what Polars would warn of on stderr, before the first call that reads. Its threads are not started on import, since a process may be forked after that.
fn start() {
    static STARTED: Once = Once::new();
    // Without threads nothing can be read, which is what the reading then says.
    STARTED.call_once(|| drop(kitsune_data::start_polars()));
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}

/// Leaves panics that become errors about files out of stderr.
pub(crate) fn keep_quiet_about_panics() {
    let usual = take_hook();
    set_hook(Box::new(move |panic| {
        if !kitsune_data::catches_panics() {
            usual(panic);
        }
    }));
}
