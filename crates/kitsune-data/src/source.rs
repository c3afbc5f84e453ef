use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::columns::{Columns, Kind};
use crate::csv::CsvTable;
use crate::files::{self, DataFile};
use crate::parquet::ParquetTable;
use crate::rows::Precision;
use crate::table::{Range, Request, Table};
use crate::{Error, Format, Header, Pass};

/// Files that hold rows: described once, passed through as often as needed.
///
/// The features are all columns of the files, in their order, unless [`label`](Self::label) and [`select`](Self::select) say otherwise.
/// A list, an array or a Spark vector counts as one column for each of its elements.
#[derive(Clone, Debug)]
pub struct Source {
    files: Arc<[DataFile]>,
    paths: Arc<[PathBuf]>,
    table: Arc<dyn Table>,
    features: Vec<usize>,
    names: Option<Vec<String>>,
    label: Option<usize>,
    normal_only: bool,
    range: Range,
    seed: Option<u64>,
}

/// How to open a [`Source`] where the files do not tell.
///
/// | Name | Default | Purpose |
/// | --- | --- | --- |
/// | `format` | from the extensions | what the files are |
/// | `header` | from the first row of the first CSV file | whether CSV files start with names |
#[derive(Clone, Debug, Default)]
pub struct SourceOptions {
    format: Option<Format>,
    header: Option<Header>,
}

impl SourceOptions {
    /// Everything is guessed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads files of this format only: in a folder those with its extension, or a single file whatever its name.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Says whether CSV files start with the names of the columns.
    #[must_use]
    pub fn header(mut self, header: Header) -> Self {
        self.header = Some(header);
        self
    }

    /// Finds the files and looks at the start of each.
    ///
    /// # Errors
    ///
    /// If there are no files, if they cannot be read, or if they do not go together: [`Error`] lists it all.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Source, Error> {
        let (format, files) = files::find(path.as_ref(), self.format)?;
        let table: Arc<dyn Table> = match format {
            Format::Csv => Arc::new(CsvTable::open(&files, self.header)?),
            Format::Parquet => Arc::new(ParquetTable::open(&files)?),
        };
        Ok(Source::new(files, table))
    }
}

impl Source {
    /// Opens a file, or a folder with all that is in it, guessing format and header.
    ///
    /// # Errors
    ///
    /// Those of [`SourceOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        SourceOptions::new().open(path)
    }

    pub(crate) fn new(files: Vec<DataFile>, table: Arc<dyn Table>) -> Self {
        let Columns { names, kinds } = table.columns().clone();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let features = (0..kinds.len()).collect();
        Self { files: files.into(), paths, table, features, names, label: None, normal_only: false, range: Range::FINITE, seed: None }
    }

    /// The names of the features, unless the files have none.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The number of features.
    pub fn features(&self) -> usize {
        self.features.len()
    }

    /// The files in the order in which an unshuffled pass reads them.
    pub fn files(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The format of the files.
    pub fn format(&self) -> Format {
        self.table.format()
    }

    /// Takes a column of labels out of the features. Where the files have no names, `name` is the number of the column, from 0.
    ///
    /// # Errors
    ///
    /// If there is no such column, or several.
    pub fn label(mut self, name: &str) -> Result<Self, Error> {
        let label = self.table.columns().find(name)?;
        self.label = Some(label);
        let features = self.features.iter().copied().filter(|&column| column != label).collect();
        Ok(self.with_features(features))
    }

    /// Yields only the rows whose label is 0 or false: the normal ones. Without this, labels are not looked at.
    #[must_use]
    pub fn normal_only(mut self) -> Self {
        self.normal_only = true;
        self
    }

    /// Takes these features, in this order, and no others.
    ///
    /// # Errors
    ///
    /// If the files have no names, or lack some of these.
    pub fn select(self, names: &[String]) -> Result<Self, Error> {
        let columns = self.table.columns();
        if columns.names.is_none() {
            return Err(Error::NoNames);
        }
        let (mut features, mut missing) = (Vec::with_capacity(names.len()), Vec::new());
        for name in names {
            match columns.find(name) {
                Ok(column) if Some(column) != self.label => features.push(column),
                Ok(_) | Err(Error::NoSuchColumn { .. }) => missing.push(name.clone()),
                Err(other) => return Err(other),
            }
        }
        if missing.is_empty() { Ok(self.with_features(features)) } else { Err(columns.no_such(missing)) }
    }

    /// Makes values outside `low` to `high` an error.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.range = Range { low: low.max(f64::MIN), high: high.min(f64::MAX) };
        self
    }

    /// Mixes the rows of each pass but the first, which is always in the order of the files.
    ///
    /// Files come in a random order, and their rows go through a buffer of 32 MiB, or of 1,000 rows where these are more. The order
    /// depends on the seed and the epoch, and on nothing else.
    #[must_use]
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts to read all rows once, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If a feature is not a number, if names are not unique, or if no feature is left. What is wrong inside the files is told by the
    /// items of the pass.
    pub fn pass(&self, epoch: usize) -> Result<Pass, Error> {
        let columns = self.table.columns();
        columns.check(&self.features)?;
        if self.features.is_empty() && !columns.kinds.is_empty() {
            return Err(Error::NoFeatures);
        }
        let request =
            Request { features: self.features.clone(), label: self.checked_label()?, range: self.range, precision: self.precision() };
        let seed = self.seed.filter(|_| epoch > 0);
        Pass::start(Arc::clone(&self.files), Arc::clone(&self.table), request, seed.map(|seed| (seed, epoch)))
    }

    fn with_features(mut self, features: Vec<usize>) -> Self {
        let columns = self.table.columns();
        self.names = columns.names.as_ref().map(|names| features.iter().map(|&column| names[column].clone()).collect());
        self.features = features;
        self
    }

    fn checked_label(&self) -> Result<Option<usize>, Error> {
        if !self.normal_only {
            return Ok(None);
        }
        let columns = self.table.columns();
        let label = self.label.ok_or(Error::NoLabel)?;
        match &columns.kinds[label] {
            Kind::Number { .. } => Ok(Some(label)),
            Kind::Other(kind) => {
                let name = columns.name(label).cloned().unwrap_or_else(|| label.to_string());
                Err(Error::LabelKind { name, kind: kind.clone() })
            }
        }
    }

    fn precision(&self) -> Precision {
        let kinds = &self.table.columns().kinds;
        let exact = self.features.iter().all(|&column| kinds[column] == Kind::Number { exact_in_f32: true });
        if exact { Precision::F32 } else { Precision::F64 }
    }
}
