//! The rows that somebody describes.

use std::io::Read;
use std::path::PathBuf;

use super::error::{InputError, about};
use super::option::InputOption;
use super::reading::{ReadingOptions, packets_of, remembered};
use super::trained::Trained;
use crate::error::Error;
use crate::format::Format;
#[cfg(feature = "ipc")]
use crate::formats::memory::rows::MemoryRows;
use crate::locations::location::Location;
use crate::reading::Reading;
use crate::rows::missing::Missing;
use crate::source::Source;
use crate::source::options::SourceOptions;

/// The locations of rows, or rows in memory, and how to read them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Input {
    /// Where the rows are, unless they are in memory.
    pub locations: Vec<Location>,
    /// The rows, if they are in memory.
    #[cfg(feature = "ipc")]
    pub memory: Option<MemoryRows>,
    /// How to open files.
    pub options: SourceOptions,
    /// The column of labels.
    pub label: Option<String>,
    /// The file of labels, if they are no column.
    pub label_file: Option<PathBuf>,
    /// How rows are read, as far as it is not left to a model.
    pub reading: ReadingOptions,
    /// The columns that are features; all if there is none.
    pub columns: Vec<String>,
    /// The columns that are none.
    pub exclude: Vec<String>,
    /// What happens to missing values.
    pub on_missing: Missing,
}

impl Input {
    /// Rows at these locations, of which all columns are features.
    pub fn new(locations: Vec<Location>) -> Self {
        Self { locations, ..Self::default() }
    }

    /// Rows in memory, of which all columns are features.
    #[cfg(feature = "ipc")]
    pub fn in_memory(rows: MemoryRows) -> Self {
        Self { memory: Some(rows), ..Self::default() }
    }

    /// Whether the rows have labels.
    pub fn has_labels(&self) -> bool {
        self.label.is_some() || self.label_file.is_some()
    }

    /// Opens the rows with the columns that were chosen.
    ///
    /// # Errors
    ///
    /// If the rows cannot be opened, or do not have what the options name.
    pub fn open(&self) -> Result<Source, InputError> {
        self.open_as(Reading::default(), &[])
    }

    /// Opens the rows for a model, which remembers how its rows were read.
    pub(super) fn open_like(&self, model: &impl Trained) -> Result<Source, InputError> {
        self.open_as(remembered(model)?, model.columns().unwrap_or_default())
    }

    /// Opens the rows, of which features with these names are expected.
    fn open_as(&self, mut remembered: Reading, names: &[String]) -> Result<Source, InputError> {
        remembered.packets = remembered.packets.or_else(|| packets_of(names));
        let mut reading = self.reading.over(remembered);
        let conditions = std::mem::take(&mut reading.conditions);
        let mut source = self.opened(&self.options.clone().with_reading(reading).with_expected_names(names))?;
        if !conditions.is_empty() {
            source = about(InputOption::Where, None, source.with_conditions(conditions))?;
        }
        if let Some(label) = &self.label {
            source = about(InputOption::LabelColumn, Some(label), source.with_label(label))?;
        }
        if let Some(file) = &self.label_file {
            source = about(InputOption::Labels, None, source.with_labels_from(file))?;
        }
        if !self.columns.is_empty() {
            source = about(InputOption::Columns, None, source.select(&self.columns))?;
        }
        if !self.exclude.is_empty() {
            source = about(InputOption::Exclude, None, source.exclude(&self.exclude))?;
        }
        Ok(source)
    }

    fn opened(&self, options: &SourceOptions) -> Result<Source, Error> {
        #[cfg(feature = "ipc")]
        if let Some(rows) = &self.memory {
            return options.open_rows(rows);
        }
        options.open_all(&self.locations)
    }

    /// The same for the rows of a stream, in the format of an earlier one if that is known.
    #[must_use]
    pub fn following(&self, stream: impl Read + Send + 'static, format: Option<Format>) -> Self {
        let options = self.options.clone();
        let options = match format {
            Some(format) => options.with_format(format),
            None => options,
        };
        Self { locations: vec![Location::standard_input(stream)], options, ..self.clone() }
    }

    /// Whether the options choose the columns.
    pub(super) fn chooses_columns(&self) -> bool {
        !self.columns.is_empty() || !self.exclude.is_empty()
    }

    /// Splits the input by location.
    pub fn each_location(self) -> Vec<Self> {
        let alone = |location: &Location| Self { locations: vec![location.clone()], ..self.clone() };
        self.locations.iter().map(alone).collect()
    }

    /// All locations, for messages.
    pub fn named(&self) -> String {
        #[cfg(feature = "ipc")]
        if let Some(rows) = &self.memory {
            return rows.name().display().to_string();
        }
        self.locations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
