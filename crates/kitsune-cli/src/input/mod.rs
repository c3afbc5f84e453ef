//! The rows that a command reads.

pub(crate) mod for_model;

use anyhow::{Context, Result};
use kitsune_data::{Location, Source, SourceOptions};

/// Where rows are and what is wanted of them, as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) locations: Vec<Location>,
    pub(crate) options: SourceOptions,
    pub(crate) label: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) on_missing: OnMissing,
}

/// What becomes of missing values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum OnMissing {
    Error,
    Drop,
    Fill(f64),
    /// The mean of the training rows.
    Mean,
}

impl Input {
    /// The rows with the columns that were asked for.
    pub(crate) fn open(&self) -> Result<Source> {
        self.open_expecting(&[])
    }

    /// The same where features of these names are expected.
    pub(crate) fn open_expecting(&self, names: &[String]) -> Result<Source> {
        let mut source = self.options.clone().expecting(names).open_all(&self.locations)?;
        if let Some(label) = &self.label {
            source = source.label(label).with_context(|| format!("--label-column {label}"))?;
        }
        if !self.columns.is_empty() {
            source = source.columns(&self.columns).context("--columns")?;
        }
        if !self.exclude.is_empty() {
            source = source.exclude(&self.exclude).context("--exclude")?;
        }
        Ok(source)
    }

    /// The rows of each place by themselves.
    pub(crate) fn each_location(self) -> Vec<Self> {
        let alone = |location: &Location| Self { locations: vec![location.clone()], ..self.clone() };
        self.locations.iter().map(alone).collect()
    }

    /// All places, as they are told to people.
    pub(crate) fn named(&self) -> String {
        self.locations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
