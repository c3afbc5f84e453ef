//! The choice of columns: features, label, and columns that are passed through.

use std::collections::HashSet;
use std::ops::Range;

use super::{KnownMeans, KnownNormal, Source};
use crate::condition::{ColumnTest, Condition};
use crate::error::{Error, SchemaError};
use crate::note::Note;
use crate::rows::lags::lagged_name;
use crate::rows::missing::Missing;

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

    /// Yields only the rows that meet the conditions. Of these, all must hold, except that equalities on one column are alternatives. The
    /// other rows are counted by [`PassProgress::unmatched`](crate::PassProgress::unmatched), and have no line in outputs.
    ///
    /// # Errors
    ///
    /// If there is no column of such a name, or more than one. If the files have no names, a column is named by its number, from 0.
    pub fn with_conditions(self, conditions: impl IntoIterator<Item = Condition>) -> Result<Self, Error> {
        let conditions: Vec<_> = conditions.into_iter().collect();
        if self.table.columns().stored.is_empty() {
            // Files without a single row may have no columns either.
            return Ok(Self { conditions, ..self });
        }
        let tests = ColumnTest::all(&conditions, |column| self.table.columns().find(column))?;
        Ok(Self { conditions, tests: tests.into(), means: KnownMeans::default(), known_normal: KnownNormal::default(), ..self })
    }

    /// Makes the columns that match the patterns the only features, in the order of the files. Columns that stand aside (see
    /// [`Source`]) need a pattern that is their own name or number. A name that the first rows of JSON files do not have is a column as well,
    /// which comes last: later rows may have it, and until then it is [missing](Self::with_missing).
    ///
    /// # Errors
    ///
    /// If a pattern matches no column.
    pub fn select(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let patterns: Vec<_> = patterns.into_iter().map(|pattern| pattern.as_ref().to_owned()).collect();
        let columns = self.table.columns();
        let unseen = patterns.iter().filter(|pattern| columns.lacks(pattern)).cloned().collect();
        self = self.with_unseen(unseen);
        let columns = self.table.columns();
        let (chosen, aside): (Vec<_>, Vec<_>) =
            columns.matching(&patterns)?.into_iter().partition(|&column| columns.is_feature_by(column, &patterns));
        let features = chosen.into_iter().filter(|&column| Some(column) != self.label).collect();
        let index = self.notes.iter().find(|note| matches!(note, Note::IndexLeftOut { .. })).filter(|_| !aside.is_empty()).cloned();
        self.pick();
        // A glob asked for the index of a frame as well.
        self.notes.extend(index);
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
        let names: HashSet<_> = excluded.iter().filter_map(|&column| self.table.columns().name(column)).collect();
        let notes = self.notes.iter().cloned().filter_map(|note| note.without(&names)).collect();
        Ok(Self { notes, ..self.clone() }.with_features(features))
    }

    /// Passes the columns that match the patterns through to outputs, whether they are features or not: see
    /// [`Batch::records`](crate::Batch::records). They keep the type that they are stored with; those of CSV files are text.
    ///
    /// # Errors
    ///
    /// If a pattern matches no column, or a column that cannot be read, or if several of the columns have the same name.
    pub fn keep(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        self.kept = self.table.columns().stored_matching(patterns)?;
        Ok(self)
    }

    /// The names of the columns that are [passed through](Self::keep), in their order in outputs.
    pub fn kept_names(&self) -> Vec<&str> {
        let stored = &self.table.columns().stored;
        self.kept.iter().map(|&column| stored[column].name.as_str()).collect()
    }

    /// Makes the columns with these names the only features, in this order: the columns of a model, whatever their order in the files is.
    /// If JSON files have some of them in their first rows, the others are columns as well: see [`select`](Self::select).
    ///
    /// If there is none of these names, but one column of lists or vectors of as many elements, its elements are taken by position, and get
    /// these names: see [`Note::ByPosition`].
    ///
    /// # Errors
    ///
    /// If the files have no names, or lack some of these.
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        let names: Vec<_> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        // The lagged features follow from the others.
        let (names, lagged) = names.split_at(names.len() / (1 + self.lags));
        let known = self.table.columns().names.iter().flatten().collect::<HashSet<_>>();
        // Files that have none of these names hold other rows.
        let has_some = known.is_empty() || names.iter().any(|name| known.contains(name));
        let unseen = names.iter().filter(|name| has_some && !known.contains(name)).cloned().collect();
        self = self.with_unseen(unseen);
        let columns = self.table.columns();
        if columns.names.is_none() {
            return Err(SchemaError::NoNames { files: columns.files.clone() }.into());
        }
        let (mut features, mut missing) = (Vec::new(), Vec::new());
        for name in names {
            match columns.find(name) {
                Ok(column) if Some(column) != self.label => features.push(column),
                Err(Error::Schema(SchemaError::NoSuchColumn { .. })) if columns.may_hold(name) => {}
                Ok(_) | Err(Error::Schema(SchemaError::NoSuchColumn { .. })) => missing.push(name.to_owned()),
                Err(other) => return Err(other),
            }
        }
        let list = columns.list_of(names.len()).filter(|_| missing.len() == names.len() && self.lags == 0);
        let list = list.map(|list| (list.expanded.clone(), list.name.clone()));
        self.pick();
        if !missing.is_empty() {
            return match list {
                Some((elements, column)) => Ok(self.by_position(elements, names.to_vec(), column)),
                None => Err(self.table.columns().no_such(missing)),
            };
        }
        let chosen = self.with_features(features);
        match chosen.names.as_ref().filter(|_| chosen.lags > 0) {
            Some(found) if found[names.len()..] != *lagged => Err(chosen.table.columns().no_such(lagged.to_vec())),
            _ => Ok(chosen),
        }
    }

    /// Takes the elements of a list as the features with these names. Without a row to measure it, the list has no elements.
    fn by_position(self, elements: Range<usize>, names: Vec<String>, column: String) -> Self {
        let note = (!elements.is_empty()).then_some(Note::ByPosition { column, elements: names.len() });
        let mut source = self.with_features(elements.collect());
        if note.is_some() {
            source.names = Some(names);
        }
        source.notes.extend(note);
        source
    }

    /// Makes the columns with these numbers the only features, in this order, the columns of a model of files without names. The numbers are
    /// those in the files, from 0.
    ///
    /// # Errors
    ///
    /// If the files have no column of such a number.
    pub fn with_numbers(mut self, numbers: impl IntoIterator<Item = usize>) -> Result<Self, Error> {
        let columns = self.table.columns();
        let numbers: Vec<_> = numbers.into_iter().collect();
        let missing: Vec<_> = numbers.iter().filter(|&&number| number >= columns.kinds.len()).map(ToString::to_string).collect();
        if !missing.is_empty() {
            return Err(columns.no_such(missing));
        }
        self.pick();
        let features = numbers.into_iter().filter(|&column| Some(column) != self.label).collect();
        Ok(self.with_features(features))
    }

    /// Notes that the features were chosen, so that nobody needs to know what they were by default.
    fn pick(&mut self) {
        self.picked = true;
        self.notes.retain(|note| !note.is_about_defaults());
    }

    /// Adds to the features of each row those of the `lags` rows before it in its file, as the features `NAME_lag_1` to `NAME_lag_LAGS`. Rows
    /// with fewer rows before them are dropped and counted by [`PassProgress::incomplete`](crate::PassProgress::incomplete). Rows that are
    /// left out by their label or by a condition are no rows here.
    #[must_use]
    pub fn with_lags(self, lags: usize) -> Self {
        let features = self.features.clone();
        Self { lags, ..self }.with_features(features)
    }

    /// Adds columns of these names that no row has so far, if the files may have them later.
    fn with_unseen(mut self, mut names: Vec<String>) -> Self {
        if !names.is_empty()
            && let Some(table) = self.table.with_unseen(&names, &self.files)
        {
            let known = table.columns().names.iter().flatten().collect::<HashSet<_>>();
            names.retain(|name| known.contains(name));
            self.unseen.append(&mut names);
            self.table = table;
        }
        self.with_note_of_unseen()
    }

    /// Without a treatment of missing values, the columns that no row has so far are an error, which says the same.
    pub(super) fn with_note_of_unseen(mut self) -> Self {
        self.notes.retain(|note| !matches!(note, Note::Unseen { .. }));
        if self.missing != Missing::Refuse && !self.unseen.is_empty() {
            self.notes.push(Note::Unseen { columns: self.unseen.clone() });
        }
        self
    }

    /// The names of the columns that were chosen, and that no row has so far: those of JSON files may come later.
    pub fn unseen(&self) -> &[String] {
        &self.unseen
    }

    pub(super) fn with_features(mut self, features: Vec<usize>) -> Self {
        self.notes.retain(|note| !matches!(note, Note::ByPosition { .. }));
        let names = self.table.columns().names.as_ref();
        let lagged = |lag| features.iter().map(move |&column| (column, lag)).collect::<Vec<_>>();
        self.names = names.map(|names| (0..=self.lags).flat_map(lagged).map(|(column, lag)| lagged_name(&names[column], lag)).collect());
        Self { features, means: KnownMeans::default(), ..self }
    }
}
