//! Standard input for a command that a signal can stop while it waits for rows.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};

/// Standard input. On Unix, a signal that asks the command to stop ends the wait for bytes with an error that holds [`Stopped`].
pub(crate) fn reader() -> io::Result<Box<dyn Read + Send>> {
    #[cfg(unix)]
    return Ok(Box::new(unix::Interruptible::new()?));
    #[cfg(not(unix))]
    return Ok(Box::new(io::stdin()));
}

/// Whether an error is that of a wait that a signal has ended.
pub(crate) fn was_stopped(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Stopped>)
}

/// The error of a wait for bytes that a signal has ended.
pub(crate) fn stopped() -> io::Error {
    io::Error::other(Stopped)
}

/// A signal has ended the wait for bytes.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the command was asked to stop")
    }
}

impl Error for Stopped {}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, ErrorKind, PipeReader, Read};
    use std::os::fd::{AsFd, AsRawFd};

    use crate::process::interrupt;

    /// Standard input without a buffer, since no poll sees what is in one.
    pub(super) struct Interruptible {
        input: File,
        /// Can be read once a signal has come.
        signals: PipeReader,
    }

    impl Interruptible {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self { input: File::from(io::stdin().as_fd().try_clone_to_owned()?), signals: interrupt::pipe()? })
        }

        /// Waits until there are bytes, or the end.
        #[expect(unsafe_code, reason = "the standard library cannot wait for two files")]
        fn wait(&self) -> io::Result<()> {
            let wanted = |file: i32| libc::pollfd { fd: file, events: libc::POLLIN, revents: 0 };
            let mut files = [wanted(self.signals.as_raw_fd()), wanted(self.input.as_raw_fd())];
            // SAFETY: both files are open, and there are as many descriptions as the call is told.
            while unsafe { libc::poll(files.as_mut_ptr(), files.len() as libc::nfds_t, -1) } < 0 {
                let error = io::Error::last_os_error();
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            if files[0].revents == 0 { Ok(()) } else { Err(super::stopped()) }
        }
    }

    impl Read for Interruptible {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.wait()?;
            self.input.read(buffer)
        }
    }
}
