//! What can be wrong with a checkpoint, told before its path is known.

use std::io;
use std::path::Path;

use crate::error::Error;

/// The kind of file in messages.
const EXPECTED: &str = "checkpoint of Kitsune";

/// Letters of a name from a file that a message shows: a name there can have any length.
const SHOWN_LETTERS: usize = 120;

/// What is wrong with a checkpoint.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is something else. The text says what.
    Foreign(String),
    /// It contradicts itself.
    Damaged(String),
    /// It asks for a call of this function or class.
    Call(String),
    /// It does not say which features each of its tails sees.
    NoClusters { tails: usize },
    /// The system cannot read it.
    Unreadable(io::Error),
}

impl Fault {
    /// A file of something else.
    pub(crate) fn foreign(what: impl Into<String>) -> Self {
        Self::Foreign(what.into())
    }

    /// A file that contradicts itself.
    pub(crate) fn damaged(how: impl Into<String>) -> Self {
        Self::Damaged(how.into())
    }

    /// The error about the file at a path.
    pub(crate) fn of(self, path: &Path) -> Error {
        let origin = || path.display().to_string();
        match self {
            Self::Foreign(reason) => Error::Foreign { origin: origin(), expected: EXPECTED, reason },
            Self::Damaged(reason) => Error::Inconsistent { origin: origin(), reason },
            Self::Call(callable) => Error::Call { path: path.to_owned(), callable },
            Self::NoClusters { tails } => Error::NoClusters { path: path.to_owned(), tails },
            Self::Unreadable(source) => Error::Read { path: path.to_owned(), source },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::damaged("it ends too early") } else { Self::Unreadable(error) }
    }
}

/// A name from a file, as messages show it.
pub(crate) fn shown(name: &str) -> String {
    let mut letters = name.chars();
    let start: String = letters.by_ref().take(SHOWN_LETTERS).collect();
    if letters.next().is_some() { start + "…" } else { start }
}
