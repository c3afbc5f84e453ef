//! How Parquet and Arrow files are read.

use std::path::Path;

use kitsune_data::{Error, Format, Missing, SchemaError, SourceOptions};

use crate::csv::FILL;
use crate::mutator::Random;
use crate::outcome::Outcome;

/// How a file of columns is read.
#[derive(Clone, Debug)]
pub(crate) struct FrameOptions {
    pub(crate) missing: Missing,
    /// Leaves out the columns that are no numbers, and carries them along.
    pub(crate) without_others: bool,
}

impl FrameOptions {
    pub(crate) fn of(random: &mut Random) -> Self {
        let missing = [Missing::Refuse, Missing::Fill(FILL), Missing::Drop][random.below(3)].clone();
        Self { missing, without_others: !random.one_in(4) }
    }

    pub(crate) fn read(&self, path: &Path, format: Format) -> Outcome {
        let source = SourceOptions::new().with_format(format).open(path);
        let source = source.and_then(|source| match source.pass(0).map(drop) {
            Err(Error::Schema(SchemaError::NotNumbers { names, .. })) if self.without_others => source.exclude(&names)?.keep(&names),
            _ => Ok(source),
        });
        Outcome::of(source.map(|source| source.with_missing(self.missing.clone())), path)
    }
}
