//! One file of a source, and the ways to open it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::input::Input;
use super::object::Object;
use super::random_file::RandomFile;
use super::stamp::{Passes, Watch, WatchedFile};
use super::standard_input::StandardInput;
use crate::error::{Error, LocationError};
use crate::fault::Files;

/// One file of a source: a local file, an object or standard input.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    name: PathBuf,
    bytes: Option<u64>,
    storage: Storage,
}

#[derive(Clone, Debug)]
enum Storage {
    Local(Passes),
    Object(Object),
    StandardInput(Arc<StandardInput>),
    /// Rows that lie in memory, which have no bytes to read.
    #[cfg(feature = "ipc")]
    Memory,
}

impl DataFile {
    pub(crate) fn local(path: PathBuf, bytes: u64) -> Self {
        Self { name: path, bytes: Some(bytes), storage: Storage::Local(Passes::default()) }
    }

    pub(super) fn object(url: String, object: Object) -> Self {
        Self { name: url.into(), bytes: Some(object.bytes()), storage: Storage::Object(object) }
    }

    /// With `spool`, reads the stream to its end, so that the file can be read any number of times.
    pub(super) fn standard_input(input: &Arc<StandardInput>, spool: bool) -> Result<Self, Error> {
        let name = PathBuf::from(input.name());
        if input.is_taken() {
            return Err(LocationError::ReadOnce { name: input.name().into() }.into());
        }
        if spool {
            input.spool().map_err(Error::read(&name))?;
        }
        Ok(Self { name, bytes: input.bytes(), storage: Storage::StandardInput(Arc::clone(input)) })
    }

    /// Rows in memory, which a table has without reading a file.
    #[cfg(feature = "ipc")]
    pub(crate) fn in_memory(name: PathBuf) -> Self {
        Self { name, bytes: None, storage: Storage::Memory }
    }

    /// The name in messages: a path, a URL, or standard input.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// The size as it is stored, unless the file is still being written.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// A name that two paths share if they lead to the same file.
    pub(super) fn identity(&self) -> PathBuf {
        match self.storage {
            // If this fails, opening the file fails as well.
            Storage::Local(_) => self.name.canonicalize().unwrap_or_else(|_| self.name.clone()),
            _ => self.name.clone(),
        }
    }

    /// Opens the file for a look at its start. The next reader still begins at the first byte.
    pub(crate) fn open(&self) -> Result<Input, Error> {
        self.opened(|input| Box::new(input.look()), Passes::look)
    }

    /// Opens the file to read it from start to end. A live stream can be read only once like this.
    ///
    /// A file that was changed since an earlier pass began is an error, here or at its end.
    pub(crate) fn open_for_pass(&self) -> Result<Input, Error> {
        self.opened(StandardInput::take, Passes::begin)
    }

    /// Opens the file for random access. A live stream is spooled first, to its end.
    ///
    /// All readers of spooled standard input share one file position, so only one may read at a time.
    pub(crate) fn random(&self) -> Result<RandomFile, Error> {
        self.opened_at_random(Passes::look)
    }

    /// Opens the file for random access to all of its rows.
    ///
    /// A file that was changed since an earlier pass began is an error, here or in [`RandomFile::check_unchanged`].
    pub(crate) fn random_for_pass(&self) -> Result<RandomFile, Error> {
        self.opened_at_random(Passes::begin)
    }

    /// Ends a pass that has read so many rows of the file. All passes must read the same number.
    pub(crate) fn end_pass(&self, rows: u64) -> Result<(), Error> {
        match &self.storage {
            Storage::Local(passes) => passes.end(rows).map_err(Error::read(&self.name)),
            _ => Ok(()),
        }
    }

    /// The error of a pass: if the file was changed since the first pass began, that is what is wrong.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let is_about_bytes =
            matches!(error, Error::Damaged { .. } | Error::Read { .. } | Error::Text(_) | Error::Value { .. } | Error::Schema(_));
        // The end of a file that grows may be no end yet.
        let may_grow = !matches!(error, Error::Damaged { .. });
        match &self.storage {
            Storage::Local(passes) if is_about_bytes && passes.is_another(&self.name, may_grow) => {
                Error::Changed { file: self.name.clone() }
            }
            _ => error,
        }
    }

    fn opened_at_random(&self, watch: impl FnOnce(&Passes, &File) -> io::Result<Watch>) -> Result<RandomFile, Error> {
        let opened = match &self.storage {
            Storage::Local(passes) => File::open(&self.name).and_then(|file| {
                let (watch, len) = (watch(passes, &file)?, file.metadata()?.len());
                Ok(RandomFile::local(file, len).watched(watch))
            }),
            Storage::Object(object) => object.random(),
            Storage::StandardInput(input) if input.is_taken() => return Err(LocationError::ReadOnce { name: input.name().into() }.into()),
            Storage::StandardInput(input) => input.spooled().map(|(file, len)| RandomFile::local(file, len)),
            #[cfg(feature = "ipc")]
            Storage::Memory => Err(io::ErrorKind::Unsupported.into()),
        };
        opened.map_err(Error::read(&self.name))
    }

    fn opened(
        &self,
        stream: impl FnOnce(&Arc<StandardInput>) -> Box<dyn Read + Send>,
        watch: impl FnOnce(&Passes, &File) -> io::Result<Watch>,
    ) -> Result<Input, Error> {
        let opened: io::Result<Input> = match &self.storage {
            Storage::Local(passes) => File::open(&self.name).and_then(|file| {
                let watch = watch(passes, &file)?;
                Input::new(WatchedFile::new(file, watch), false)
            }),
            Storage::Object(object) => Input::new(object.reader(), false),
            Storage::StandardInput(input) if input.is_taken() => return Err(LocationError::ReadOnce { name: input.name().into() }.into()),
            Storage::StandardInput(input) => {
                let live = input.bytes().is_none();
                Input::new(stream(input), live)
            }
            #[cfg(feature = "ipc")]
            Storage::Memory => Err(io::ErrorKind::Unsupported.into()),
        };
        opened.map_err(Error::read(&self.name))
    }
}

impl Files {
    pub(crate) fn of(files: &[DataFile]) -> Self {
        let first = files.first().map(|file| file.name().to_owned()).unwrap_or_default();
        Self { first, others: files.len().saturating_sub(1) }
    }
}
