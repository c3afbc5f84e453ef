//! The rows that a command reads.

pub(crate) mod for_model;
pub(crate) mod label_names;
pub(crate) mod reading;
pub(crate) mod trained;

use std::path::PathBuf;

use anyhow::{Context, Result};
use kitsune_data::{Format, Location, Missing, PacketReading, Reading, Source, SourceOptions};

use self::reading::{ReadingOptions, remembered};
use self::trained::Trained;
use crate::process::follow::Follow;

/// The locations of the rows and how to read them, from the command line.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) locations: Vec<Location>,
    pub(crate) options: SourceOptions,
    pub(crate) label: Option<String>,
    /// The file of labels, if they are no column.
    pub(crate) label_file: Option<PathBuf>,
    pub(crate) reading: ReadingOptions,
    pub(crate) columns: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) on_missing: Missing,
}

impl Input {
    /// Whether the rows have labels.
    pub(crate) fn has_labels(&self) -> bool {
        self.label.is_some() || self.label_file.is_some()
    }

    /// Opens the rows with the columns that the command line chooses.
    pub(crate) fn open(&self) -> Result<Source> {
        self.open_as(Reading::default(), &[])
    }

    /// Opens the rows for a model, which remembers how its rows were read.
    pub(crate) fn open_for(&self, model: &impl Trained) -> Result<Source> {
        self.open_as(remembered(model)?, model.columns().unwrap_or_default())
    }

    /// Opens the rows, of which features with these names are expected.
    fn open_as(&self, mut remembered: Reading, names: &[String]) -> Result<Source> {
        remembered.packets = remembered.packets.or_else(|| packets_of(names));
        let mut reading = self.reading.over(remembered);
        let conditions = std::mem::take(&mut reading.conditions);
        let mut source = self.options.clone().with_reading(reading).with_expected_names(names).open_all(&self.locations)?;
        if !conditions.is_empty() {
            source = source.with_conditions(conditions).context("--where")?;
        }
        if let Some(label) = &self.label {
            source = source.with_label(label).with_context(|| format!("--label-column {label}"))?;
        }
        if let Some(file) = &self.label_file {
            source = source.with_labels_from(file).context("--labels")?;
        }
        if !self.columns.is_empty() {
            source = source.select(&self.columns).context("--columns")?;
        }
        if !self.exclude.is_empty() {
            source = source.exclude(&self.exclude).context("--exclude")?;
        }
        Ok(source)
    }

    /// The same for the rows of a file that is followed.
    pub(crate) fn following(&self, file: Follow, format: Option<Format>) -> Self {
        let options = self.options.clone();
        let options = match format {
            Some(format) => options.with_format(format),
            None => options,
        };
        Self { locations: vec![Location::standard_input(file)], options, ..self.clone() }
    }

    /// Whether the options choose the columns.
    pub(crate) fn chooses_columns(&self) -> bool {
        !self.columns.is_empty() || !self.exclude.is_empty()
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

/// How packets become rows that have these features, if a model was trained on statistics that were extracted before.
fn packets_of(names: &[String]) -> Option<PacketReading> {
    let has_source_host = names.iter().any(|name| name.starts_with("H_L"));
    let mut packets = PacketReading::default();
    packets.statistics = 115;
    has_source_host.then_some(packets)
}
