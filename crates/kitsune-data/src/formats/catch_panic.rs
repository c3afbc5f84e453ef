//! Panics of Polars as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::Error;
use crate::format::Format;

/// Turns a panic, which is how Polars answers many malformed files, into an error about the file.
///
/// Polars has threads of its own, but their panics reach the calling thread. After an error the caller must not use what the closure was
/// changing.
pub(crate) fn catch_panic<T>(file: &Path, format: Format, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let message = message(&*panic).into();
        Err(Error::Damaged { file: file.into(), format, message })
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("its content makes no sense")
}
