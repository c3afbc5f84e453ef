//! Panics of Polars as errors.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[cfg(feature = "parquet")]
use polars::prelude::{PolarsError, PolarsResult};

use crate::error::Error;
use crate::format::Format;

thread_local! {
    /// The number of calls on this thread that catch panics.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
}

/// Whether a panic on this thread becomes an error about a file, as most damage does that Polars finds. For the panic hook of a program, which
/// is called before.
///
/// The panic may be located in the standard library, of which Polars asks too much, or in this crate, where it is a bug.
pub fn catches_panics() -> bool {
    CATCHING.get() > 0
}

/// Turns a panic, which is how Polars answers many malformed files, into an error about the file.
///
/// After an error the caller must not use what the closure was changing.
pub(crate) fn catch_panic<T>(file: &Path, format: Format, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    caught(read).unwrap_or_else(|message| Err(Error::Damaged { file: file.into(), format, message }))
}

/// Turns a panic into an error of Polars, where it is known what of a file is read, and on threads of Polars.
#[cfg(feature = "parquet")]
pub(crate) fn panic_as_error<T>(read: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    caught(read).unwrap_or_else(|message| Err(PolarsError::ComputeError(message.into())))
}

/// The answer of a closure, or the message of its panic.
pub(crate) fn caught<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    CATCHING.set(CATCHING.get() + 1);
    let answer = catch_unwind(AssertUnwindSafe(read));
    CATCHING.set(CATCHING.get() - 1);
    answer.map_err(|panic| message(&*panic).into())
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("its content makes no sense")
}
