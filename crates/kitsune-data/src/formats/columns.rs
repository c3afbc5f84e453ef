//! The columns of the files, and the patterns that choose among them.

use std::collections::HashSet;
use std::ops::Range;

use glob::{MatchOptions, Pattern};

use crate::error::{Error, SchemaError};
use crate::fault::Files;

/// The number of names that a message lists. The others are counted.
const LISTED: usize = 20;

/// The columns of the files. Lists are expanded to one column for each element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// The files that have these columns.
    pub(crate) files: Files,
    /// The name of each column, if the files have names.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) kinds: Vec<Kind>,
    /// The columns as they are stored.
    pub(crate) stored: Vec<StoredColumn>,
}

/// A column as it is stored in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredColumn {
    /// The name of the column, or its number if the files have no names.
    pub(crate) name: String,
    /// The columns that this one is expanded to.
    pub(crate) expanded: Range<usize>,
    /// Whether the column holds lists whose length is unknown, because there is no row.
    pub(crate) unmeasured: bool,
}

/// The kind of values in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number {
        exact_in_f32: bool,
    },
    /// Anything but numbers, with the name of the type.
    Other(String),
}

impl Columns {
    /// Makes columns of plain values, without lists.
    pub(crate) fn plain(files: Files, names: Option<Vec<String>>, kinds: Vec<Kind>) -> Self {
        let name = |column: usize| names.as_ref().map_or_else(|| column.to_string(), |names| names[column].clone());
        let stored =
            (0..kinds.len()).map(|column| StoredColumn { name: name(column), expanded: column..column + 1, unmeasured: false }).collect();
        Self { files, names, kinds, stored }
    }

    pub(crate) fn name(&self, column: usize) -> Option<&String> {
        self.names.as_ref()?.get(column)
    }

    /// The only column with this name, or with this number from 0 if the files have no names.
    pub(crate) fn find(&self, name: &str) -> Result<usize, Error> {
        let Some(names) = &self.names else {
            let number = name.parse().ok().filter(|&column: &usize| column < self.kinds.len());
            return number.ok_or_else(|| self.no_such(vec![name.into()]));
        };
        let mut matches = (0..names.len()).filter(|&column| names[column] == name);
        match (matches.next(), matches.next()) {
            (Some(column), None) => Ok(column),
            (Some(_), Some(_)) => Err(SchemaError::DuplicateNames { files: self.files.clone(), names: vec![name.into()] }.into()),
            (None, _) => Err(self.no_such(vec![name.into()])),
        }
    }

    /// The expanded columns that match any of the patterns, in the order of the files.
    pub(crate) fn matching(&self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<usize>, Error> {
        let mut found = vec![false; self.kinds.len()];
        let mut missing = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let (mut columns, stored) = self.meant(pattern)?;
            columns.extend(stored.into_iter().flat_map(|stored| self.stored[stored].expanded.clone()));
            if columns.is_empty() && !self.stored.iter().any(|stored| stored.name == pattern) {
                missing.push(pattern.to_owned());
            }
            for column in columns {
                found[column] = true;
            }
        }
        if missing.is_empty() { Ok((0..found.len()).filter(|&column| found[column]).collect()) } else { Err(self.no_such(missing)) }
    }

    /// The stored columns that match the patterns, in the order of the patterns, each once. Their names must differ.
    pub(crate) fn stored_matching(&self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<usize>, Error> {
        let mut found: Vec<usize> = Vec::new();
        let mut missing = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let (_, stored) = self.meant(pattern)?;
            if stored.is_empty() {
                missing.push(pattern.to_owned());
            }
            found.extend(stored.into_iter().filter(|stored| !found.contains(stored)).collect::<Vec<_>>());
        }
        if !missing.is_empty() {
            return Err(self.no_such(missing));
        }
        self.check_names(found.iter().map(|&stored| &self.stored[stored].name))?;
        Ok(found)
    }

    /// The expanded columns and the stored columns that a pattern matches. An exact name is tried before a glob, and a glob before a number
    /// or a range of numbers.
    fn meant(&self, pattern: &str) -> Result<(Vec<usize>, Vec<usize>), Error> {
        let names = self.names.as_deref().unwrap_or_default();
        let named: Vec<_> = (0..names.len()).filter(|&column| names[column] == pattern).collect();
        let is_named = |stored: &usize| self.names.is_some() && self.stored[*stored].name == pattern;
        let stored: Vec<_> = (0..self.stored.len()).filter(is_named).collect();
        if !named.is_empty() || !stored.is_empty() {
            return Ok((named, stored));
        }
        if pattern.contains(['*', '?', '[']) {
            let glob = Pattern::new(pattern).map_err(|error| SchemaError::Pattern { pattern: pattern.into(), reason: error.msg.into() })?;
            // A name is not a path, so a star matches dots and slashes too.
            let matches = |name: &str| glob.matches_with(name, MatchOptions::new());
            let named = (0..names.len()).filter(|&column| matches(&names[column])).collect();
            let stored = (0..self.stored.len()).filter(|&stored| self.names.is_some() && matches(&self.stored[stored].name)).collect();
            return Ok((named, stored));
        }
        Ok((Vec::new(), numbers(pattern).filter(|range| range.end <= self.stored.len()).map_or_else(Vec::new, Iterator::collect)))
    }

    /// Whether a name may belong to an element of a list whose length is unknown.
    pub(crate) fn may_hold(&self, name: &str) -> bool {
        element(name).is_some_and(|(list, _)| self.stored.iter().any(|stored| stored.unmeasured && stored.name == list))
    }

    pub(crate) fn no_such(&self, names: Vec<String>) -> Error {
        let columns = match &self.names {
            Some(_) => listed(self.stored.iter().map(|stored| stored.name.as_str())),
            None => format!("0 to {} (they have no names)", self.kinds.len().saturating_sub(1)),
        };
        SchemaError::NoSuchColumn { files: self.files.clone(), names, columns }.into()
    }

    /// Checks that the features are numbers with different names.
    pub(crate) fn check(&self, features: &[usize]) -> Result<(), Error> {
        let mut names = Vec::new();
        let mut columns = Vec::new();
        for &column in features {
            if let Kind::Other(kind) = &self.kinds[column] {
                let name = self.name(column).cloned().unwrap_or_else(|| column.to_string());
                columns.push(format!("{name} ({kind})"));
                names.push(name);
            }
        }
        if !columns.is_empty() {
            return Err(SchemaError::NotNumbers { files: self.files.clone(), columns: columns.join(", "), names }.into());
        }
        self.check_names(features.iter().filter_map(|&column| self.name(column)))
    }

    /// Checks that these names differ.
    fn check_names<'a>(&self, names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        let mut names: Vec<_> = names.filter(|name| !seen.insert(*name)).cloned().collect();
        names.dedup();
        if names.is_empty() { Ok(()) } else { Err(SchemaError::DuplicateNames { files: self.files.clone(), names }.into()) }
    }
}

/// The name of an element of a list.
pub(crate) fn element_name(list: &str, element: usize) -> String {
    format!("{list}[{element}]")
}

/// The name of the list and the number of the element, given the name of an element.
pub(crate) fn element(name: &str) -> Option<(&str, usize)> {
    let (list, number) = name.strip_suffix(']')?.rsplit_once('[')?;
    Some((list, number.parse().ok()?))
}

/// `3` or `3-7`, both ends included.
fn numbers(pattern: &str) -> Option<Range<usize>> {
    let (first, last) = pattern.split_once('-').unwrap_or((pattern, pattern));
    let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then(|| first..last.saturating_add(1))
}

/// The first names and the number of others.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let first = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let kinds = vec![Kind::Number { exact_in_f32: false }; names.len()];
        Columns::plain(Files::default(), Some(names), kinds)
    }

    fn matching(columns: &Columns, pattern: &str) -> Option<Vec<usize>> {
        columns.matching([pattern]).ok()
    }

    #[test]
    fn a_pattern_is_a_name_or_a_glob_or_a_number() {
        let columns = columns(&["id", "flow_bytes", "flow.packets", "2", "a*"]);
        for (pattern, expected) in [
            ("id", Some(vec![0])),
            ("flow*", Some(vec![1, 2])),
            ("*", Some(vec![0, 1, 2, 3, 4])),
            ("a*", Some(vec![4])),
            ("?d", Some(vec![0])),
            ("2", Some(vec![3])),
            ("1", Some(vec![1])),
            ("0-2", Some(vec![0, 1, 2])),
            ("3-9", None),
            ("2-1", None),
            ("ID", None),
            ("x*", None),
            ("-1", None),
        ] {
            assert_eq!(matching(&columns, pattern), expected, "{pattern}");
        }
        let Err(Error::Schema(SchemaError::Pattern { .. })) = columns.matching(["a["]) else { panic!("an open bracket is no pattern") };
    }

    #[test]
    fn a_list_is_meant_by_its_name_and_each_element_by_its_own() {
        let names = vec!["id".to_owned(), "f[0]".to_owned(), "f[1]".to_owned()];
        let stored = [("id", 0..1), ("f", 1..3)];
        let stored = stored.map(|(name, expanded)| StoredColumn { name: name.into(), expanded, unmeasured: false }).into();
        let columns = Columns { names: Some(names), kinds: vec![Kind::Number { exact_in_f32: true }; 3], stored, ..Columns::default() };
        assert_eq!(matching(&columns, "f"), Some(vec![1, 2]));
        assert_eq!(matching(&columns, "f[1]"), Some(vec![2]));
        assert_eq!(matching(&columns, "1"), Some(vec![1, 2]));
        assert_eq!(columns.stored_matching(["f", "id", "*"]).unwrap(), [1, 0]);
        assert!(columns.stored_matching(["f[1]"]).is_err(), "an element is no column of the files");
    }
}
