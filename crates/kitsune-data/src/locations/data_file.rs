use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::input::Input;
use super::object::Object;
use super::object_reader::ObjectReader;
use super::random_file::RandomFile;
use super::standard_input::{self, StandardInput};
use crate::error::{Error, LocationError};
use crate::fault::Files;

/// One file of a source, wherever it is.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    name: PathBuf,
    bytes: Option<u64>,
    storage: Storage,
}

#[derive(Clone, Debug)]
enum Storage {
    Local,
    Object(Object),
    StandardInput(Arc<StandardInput>),
}

impl DataFile {
    pub(crate) fn local(path: PathBuf, bytes: u64) -> Self {
        Self { name: path, bytes: Some(bytes), storage: Storage::Local }
    }

    pub(super) fn object(url: String, object: Object) -> Self {
        Self { name: url.into(), bytes: Some(object.bytes), storage: Storage::Object(object) }
    }

    /// With `spool`, waits for the end of the stream, and can be read again and again.
    pub(super) fn standard_input(input: &Arc<StandardInput>, spool: bool) -> Result<Self, Error> {
        let name = PathBuf::from(standard_input::NAME);
        if input.is_taken() {
            return Err(LocationError::ReadOnce.into());
        }
        if spool {
            input.spool().map_err(Error::read(&name))?;
        }
        Ok(Self { name, bytes: input.bytes(), storage: Storage::StandardInput(Arc::clone(input)) })
    }

    /// What it is called in messages: its path, its URL, or standard input.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Its size as it is stored, unless it is still being written.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// What tells whether two names lead to the same file.
    pub(super) fn identity(&self) -> PathBuf {
        match self.storage {
            // Where that fails, so will opening it.
            Storage::Local => self.name.canonicalize().unwrap_or_else(|_| self.name.clone()),
            Storage::Object(_) | Storage::StandardInput(_) => self.name.clone(),
        }
    }

    /// Opens it to look at it: whatever is read, all of it is there for the next who opens it.
    pub(crate) fn open(&self) -> Result<Input, Error> {
        self.opened(|input| Box::new(input.look()))
    }

    /// Opens it to read it from start to end: a live stream is used up by that.
    pub(crate) fn open_for_pass(&self) -> Result<Input, Error> {
        self.opened(StandardInput::take)
    }

    /// Opens it to be read at any place. A live stream is spooled first, which takes until its end.
    ///
    /// What standard input was spooled into has one position for all who open it, so only one may read at a time.
    pub(crate) fn random(&self) -> Result<RandomFile, Error> {
        let opened = match &self.storage {
            Storage::Local => File::open(&self.name).and_then(|file| {
                let len = file.metadata()?.len();
                Ok(RandomFile::local(file, len))
            }),
            Storage::Object(object) => RandomFile::of_object(object.clone()),
            Storage::StandardInput(input) if input.is_taken() => return Err(LocationError::ReadOnce.into()),
            Storage::StandardInput(input) => input.spooled().map(|(file, len)| RandomFile::local(file, len)),
        };
        opened.map_err(Error::read(&self.name))
    }

    fn opened(&self, stream: impl FnOnce(&Arc<StandardInput>) -> Box<dyn Read + Send>) -> Result<Input, Error> {
        let opened: io::Result<Input> = match &self.storage {
            Storage::Local => File::open(&self.name).and_then(|file| Input::new(file, false)),
            Storage::Object(object) => Input::new(ObjectReader::new(object.clone()), false),
            Storage::StandardInput(input) if input.is_taken() => return Err(LocationError::ReadOnce.into()),
            Storage::StandardInput(input) => {
                let live = input.bytes().is_none();
                Input::new(stream(input), live)
            }
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
