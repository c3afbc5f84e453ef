//! The parts of rows in memory.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, LocationError};

/// Parts that an iterator yields once.
pub(super) type Yielded<T> = Box<dyn Iterator<Item = Result<T, Error>> + Send>;

/// Parts of rows that are kept, or that come once.
pub(super) enum Parts<T> {
    Kept(Vec<T>),
    /// `None` once a pass has taken them.
    Once(Mutex<Option<Yielded<T>>>),
}

impl<T> fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept(_) => "Kept",
            Self::Once(_) => "Once",
        })
    }
}

impl<T: Clone + Send + 'static> Parts<T> {
    pub(super) fn once(parts: Yielded<T>) -> Self {
        Self::Once(Mutex::new(Some(parts)))
    }

    /// The parts, one after another.
    pub(super) fn pass(&self, name: &Path) -> Result<Box<dyn Iterator<Item = Result<T, Error>> + '_>, Error> {
        match self {
            Self::Kept(parts) => Ok(Box::new(parts.iter().cloned().map(Ok))),
            Self::Once(parts) => {
                let parts = parts.lock().unwrap_or_else(PoisonError::into_inner).take();
                let parts = parts.ok_or_else(|| LocationError::YieldedOnce { rows: name.into() })?;
                Ok(parts)
            }
        }
    }
}
