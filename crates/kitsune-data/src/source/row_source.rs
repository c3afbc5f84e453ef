//! A source as rows for kitsune-core.

use kitsune_core::{Chunk, Error, RowSource};

use super::Source;
use super::cached_source::CachedSource;
use super::pass::Pass;
use crate::error::Error as DataError;
use crate::reading::Reading;
use crate::rows::batch::Batch;

impl RowSource for Source {
    /// The rows of [`Source::pass`], with the numbers of [`Batch::numbers`], so that rows can be held out.
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        chunks(Self::pass(self, epoch))
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.names().map(<[String]>::to_vec)
    }

    /// [`Source::reading`] as JSON, if there is anything to remember.
    fn reading(&self) -> Option<serde_json::Value> {
        let reading = Self::reading(self);
        // A struct of texts and numbers is an object of JSON, so this cannot fail.
        if reading == Reading::default() { None } else { serde_json::to_value(reading).ok() }
    }
}

impl RowSource for CachedSource {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        chunks(Self::pass(self, epoch))
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.source().columns()
    }

    fn reading(&self) -> Option<serde_json::Value> {
        RowSource::reading(self.source())
    }
}

fn chunks(pass: Result<Pass, DataError>) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
    let foreign = |error: DataError| Error::Rows(error.into());
    Ok(pass.map_err(foreign)?.map(move |batch| batch.map(Chunk::from).map_err(foreign)))
}

impl From<Batch> for Chunk {
    fn from(batch: Batch) -> Self {
        let (rows, numbers) = batch.into_parts();
        Self::from(rows).with_numbers(numbers)
    }
}
