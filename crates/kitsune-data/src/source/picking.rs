//! The choice of columns: features, label, and columns that are passed through.

use super::{KnownMeans, Source};
use crate::error::{Error, SchemaError};

impl Source {
    /// Makes a column the label, which is not a feature. If the files have no names, `name` is the number of the column, from 0.
    ///
    /// # Errors
    ///
    /// If there is no such column, or more than one.
    pub fn with_label(mut self, name: &str) -> Result<Self, Error> {
        let label = self.table.columns().find(name)?;
        self.label = Some(label);
        let features = self.features.iter().copied().filter(|&column| column != label).collect();
        Ok(self.with_features(features))
    }

    /// Makes the columns that match the patterns the only features, in the order of the files.
    ///
    /// # Errors
    ///
    /// If a pattern matches no column.
    pub fn select(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let columns = self.table.columns().matching(patterns)?;
        self.picked = true;
        let features = columns.into_iter().filter(|&column| Some(column) != self.label).collect();
        Ok(self.with_features(features))
    }

    /// Removes the columns that match the patterns from the features.
    ///
    /// # Errors
    ///
    /// If a pattern matches no column.
    pub fn exclude(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let excluded = self.table.columns().matching(patterns)?;
        let features = self.features.iter().copied().filter(|column| excluded.binary_search(column).is_err()).collect();
        Ok(self.with_features(features))
    }

    /// Passes the columns that match the patterns through to outputs, whether they are features or not: see
    /// [`Batch::records`](crate::Batch::records). They keep the type that they are stored with; those of CSV files are text.
    ///
    /// # Errors
    ///
    /// If a pattern matches no column, or if several of the columns have the same name.
    pub fn keep(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        self.kept = self.table.columns().stored_matching(patterns)?;
        Ok(self)
    }

    /// Makes the columns with these names the only features, in this order: the columns of a model, whatever their order in the files is.
    ///
    /// # Errors
    ///
    /// If the files have no names, or lack some of these.
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let columns = self.table.columns();
        if columns.names.is_none() {
            return Err(SchemaError::NoNames { files: columns.files.clone() }.into());
        }
        let (mut features, mut missing) = (Vec::new(), Vec::new());
        for name in names {
            let name = name.as_ref();
            match columns.find(name) {
                Ok(column) if Some(column) != self.label => features.push(column),
                Err(Error::Schema(SchemaError::NoSuchColumn { .. })) if columns.may_hold(name) => {}
                Ok(_) | Err(Error::Schema(SchemaError::NoSuchColumn { .. })) => missing.push(name.to_owned()),
                Err(other) => return Err(other),
            }
        }
        if !missing.is_empty() {
            return Err(columns.no_such(missing));
        }
        self.picked = true;
        Ok(self.with_features(features))
    }

    fn with_features(mut self, features: Vec<usize>) -> Self {
        let columns = self.table.columns();
        self.names = columns.names.as_ref().map(|names| features.iter().map(|&column| names[column].clone()).collect());
        Self { features, means: KnownMeans::default(), ..self }
    }
}
