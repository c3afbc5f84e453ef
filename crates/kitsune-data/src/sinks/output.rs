//! The buffered target of an encoder.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polars::prelude::PolarsError;

use crate::error::{Error, OutputError};
use crate::format::Format;

/// A buffered target of bytes. Clones share it, because the writers of Polars do not return theirs.
#[derive(Clone)]
pub(super) struct Output {
    shared: Arc<Mutex<Shared>>,
    /// The path, unless the target is a stream.
    path: Option<Arc<Path>>,
}

struct Shared {
    writer: BufWriter<Box<dyn Write + Send>>,
    /// The first error of the operating system. Polars turns some errors into mere text.
    refusal: Option<io::Error>,
}

impl Output {
    pub(super) fn file(file: File, path: &Path) -> Self {
        Self { shared: Shared::new(Box::new(file)), path: Some(path.into()) }
    }

    pub(super) fn stream(out: Box<dyn Write + Send>) -> Self {
        Self { shared: Shared::new(out), path: None }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).map_err(|error| self.refused(error))
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        Write::flush(self).map_err(|error| self.refused(error))
    }

    /// The error for a failure of a writer of Polars: that of the operating system, if there was one.
    pub(super) fn failed(&self, format: Format) -> impl FnOnce(PolarsError) -> Error {
        move |error| match self.shared().refusal.take() {
            Some(refusal) => self.error(refusal),
            None => Error::unwritable(format)(error),
        }
    }

    fn refused(&self, error: io::Error) -> Error {
        let refusal = self.shared().refusal.take();
        self.error(refusal.unwrap_or(error))
    }

    fn error(&self, source: io::Error) -> Error {
        match &self.path {
            Some(path) => Error::Write { path: path.to_path_buf(), source },
            None => OutputError::WriteStream { source }.into(),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // If a writer panicked, the file is never finished.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shared().kept(|writer| writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shared().kept(Write::flush)
    }
}

impl Shared {
    const BUFFER: usize = 64 << 10;

    fn new(out: Box<dyn Write + Send>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { writer: BufWriter::with_capacity(Self::BUFFER, out), refusal: None }))
    }

    /// Stores an error and returns one of the same kind.
    fn kept<T>(&mut self, write: impl FnOnce(&mut BufWriter<Box<dyn Write + Send>>) -> io::Result<T>) -> io::Result<T> {
        write(&mut self.writer).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.refusal.get_or_insert(error);
            }
            kind.into()
        })
    }
}
