//! What Polars does with the whole process: its threads and its warnings.

use std::io;
use std::panic::catch_unwind;

use polars_core::error::set_warning_function;
use polars_core::runtime::RAYON;

use crate::error::Error;

/// Starts the threads that parse and decode files: the pool of Polars, of `POLARS_MAX_THREADS` threads or one for each core. Without this call
/// the first file that is read starts them. It also drops the warnings that Polars writes to stderr, since errors and
/// [notes](crate::Source::notes) say what matters about files.
///
/// # Errors
///
/// [`Error::Thread`] if the system has no threads left. Then no file can be read in this process.
pub fn start_polars() -> Result<(), Error> {
    set_warning_function(|_, _| {});
    // Polars starts its pool when it is asked for the first time, and panics if it cannot.
    catch_unwind(|| RAYON.current_num_threads()).map(drop).map_err(|_| Error::thread(io::Error::other("Polars cannot start its pool")))
}
