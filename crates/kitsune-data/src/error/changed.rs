//! The cause of an error: a file that was changed while it was read.

use std::fmt;
use std::io;

/// A file was changed while it was read. Inside of an [`io::Error`] it becomes [`Error::Changed`](crate::Error::Changed).
#[derive(Debug)]
pub(crate) struct FileChanged;

impl FileChanged {
    pub(crate) fn error() -> io::Error {
        io::Error::other(Self)
    }

    /// Whether it is the cause of an error.
    pub(crate) fn is_in(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

impl fmt::Display for FileChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was changed while it was read")
    }
}

impl std::error::Error for FileChanged {}
