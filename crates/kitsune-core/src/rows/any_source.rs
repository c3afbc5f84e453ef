//! A source of rows of any type, behind a pointer.

use std::fmt;

use crate::error::Error;
use crate::rows::source::{Chunk, InMemory, RowSource};

/// The chunks of a pass.
type Chunks<'a> = Box<dyn Iterator<Item = Result<Chunk, Error>> + 'a>;

/// A source of rows of any type. What takes it is compiled once and not for each type of source.
pub(crate) struct AnySource<'a> {
    pass: Box<dyn Fn(usize) -> Result<Chunks<'a>, Error> + 'a>,
    columns: Option<Vec<String>>,
    reading: Option<serde_json::Value>,
    in_memory: Option<InMemory<'a>>,
}

impl fmt::Debug for AnySource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnySource").finish_non_exhaustive()
    }
}

impl<'a> AnySource<'a> {
    pub(crate) fn new(source: &'a (impl RowSource + ?Sized)) -> Self {
        Self {
            pass: Box::new(|epoch| Ok(Box::new(source.pass(epoch)?))),
            columns: source.columns(),
            reading: source.reading(),
            in_memory: source.in_memory(),
        }
    }
}

impl RowSource for AnySource<'_> {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        (self.pass)(epoch)
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.columns.clone()
    }

    fn reading(&self) -> Option<serde_json::Value> {
        self.reading.clone()
    }

    fn in_memory(&self) -> Option<InMemory<'_>> {
        self.in_memory
    }
}
