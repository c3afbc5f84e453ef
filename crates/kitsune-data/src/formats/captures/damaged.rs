//! Errors about captures.

use std::path::Path;

use crate::error::Error;
use crate::format::Format;
use crate::packets::capture::CaptureError;

/// The error about a file that is no capture, or cannot be read.
pub(super) fn damaged(path: &Path) -> impl Fn(CaptureError) -> Error + '_ {
    move |error| match error {
        CaptureError::Read(error) => Error::read(path)(error),
        error => Error::Damaged { file: path.into(), format: Format::Capture, message: error.to_string() },
    }
}
