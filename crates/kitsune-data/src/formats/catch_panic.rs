use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::Error;
use crate::format::Format;

/// Turns a panic, which is how Polars answers many malformed files, into an error about the file.
///
/// Polars works on threads of its own, but passes their panics on to the thread that called it. What the closure leaves half done must
/// not be used after an error.
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
