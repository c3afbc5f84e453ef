//! The lock of a folder, which one process at a time holds.

use std::fs::{File, TryLockError};
use std::ops::ControlFlow;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// The time between two attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock of a folder, until it is dropped or the process ends. It binds only those who ask for it.
///
/// Where a folder cannot be locked, as on Windows and on some network file systems, everyone gets the lock, and it is not [held](Self::is_held).
#[derive(Debug)]
pub(crate) struct FolderLock {
    held: Option<File>,
}

impl FolderLock {
    /// Takes the lock, or returns `None` if another process holds it.
    pub(crate) fn try_take(folder: &Path) -> Option<Self> {
        let Some(open) = opened(folder) else { return Some(Self { held: None }) };
        match open.try_lock() {
            Ok(()) => Some(Self { held: Some(open) }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(Self { held: None }),
        }
    }

    /// Takes the lock. While another process holds it, calls `waiting` again and again, and returns `None` if that breaks.
    pub(crate) fn take(folder: &Path, mut waiting: impl FnMut() -> ControlFlow<()>) -> Option<Self> {
        loop {
            if let Some(lock) = Self::try_take(folder) {
                return Some(lock);
            }
            if waiting().is_break() {
                return None;
            }
            sleep(PAUSE);
        }
    }

    /// Whether nobody else can have the lock.
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }
}

/// A folder that is open for its lock, where the system opens folders.
fn opened(folder: &Path) -> Option<File> {
    if cfg!(unix) { File::open(folder).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn one_waits_for_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path(), || panic!("nobody holds it")).unwrap();
        assert!(first.is_held() && FolderLock::try_take(folder.path()).is_none());
        assert!(FolderLock::take(folder.path(), || ControlFlow::Break(())).is_none());
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                FolderLock::take(folder.path(), || {
                    sender.send(()).unwrap();
                    ControlFlow::Continue(())
                })
            });
            receiver.recv().unwrap();
            drop(first);
            assert!(second.join().unwrap().unwrap().is_held());
        });
        assert!(FolderLock::try_take(folder.path()).is_some());
    }
}
