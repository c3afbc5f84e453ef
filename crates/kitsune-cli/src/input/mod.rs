//! The rows that a command reads.

pub(crate) mod for_model;

use anyhow::{Context, Result};
use kitsune_data::{Location, Missing, Source, SourceOptions};

/// The locations of the rows and how to read them, from the command line.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) locations: Vec<Location>,
    pub(crate) options: SourceOptions,
    pub(crate) label: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) on_missing: Missing,
}

impl Input {
    /// Opens the rows with the columns that the command line chooses.
    pub(crate) fn open(&self) -> Result<Source> {
        self.open_expecting(&[])
    }

    /// Opens the rows of which features with these names are expected.
    pub(crate) fn open_expecting(&self, names: &[String]) -> Result<Source> {
        let mut source = self.options.clone().with_expected_names(names).open_all(&self.locations)?;
        if let Some(label) = &self.label {
            source = source.with_label(label).with_context(|| format!("--label-column {label}"))?;
        }
        if !self.columns.is_empty() {
            source = source.select(&self.columns).context("--columns")?;
        }
        if !self.exclude.is_empty() {
            source = source.exclude(&self.exclude).context("--exclude")?;
        }
        Ok(source)
    }

    /// Splits the input by location.
    pub(crate) fn each_location(self) -> Vec<Self> {
        let alone = |location: &Location| Self { locations: vec![location.clone()], ..self.clone() };
        self.locations.iter().map(alone).collect()
    }

    /// All locations, for messages.
    pub(crate) fn named(&self) -> String {
        self.locations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
