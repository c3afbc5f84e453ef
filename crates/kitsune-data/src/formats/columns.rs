//! The columns of the files, and the patterns that choose among them.

use std::collections::HashSet;
use std::ops::Range;

use glob::{MatchOptions, Pattern};

use crate::error::{Error, SchemaError};
use crate::fault::{Files, shown};
use crate::formats::distinct_names::DistinctNames;

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
    /// The columns that are no features unless they are chosen by name, ascending.
    pub(crate) aside: Vec<usize>,
    /// The names that the files do not have, since they have an earlier column of the same name.
    pub(crate) new_names: Vec<String>,
}

/// A column as it is stored in the files. Those that are structs as a whole come after all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredColumn {
    /// The name of the column, or its number if the files have no names.
    pub(crate) name: String,
    /// The columns that this one is expanded to.
    pub(crate) expanded: Range<usize>,
    pub(crate) shape: Shape,
    /// Whether the column holds lists whose length is unknown, because there is no row.
    pub(crate) unmeasured: bool,
    /// The name of the type, if values of this type cannot be read.
    pub(crate) unreadable: Option<String>,
    /// Whether the files call the column the index of a frame.
    pub(crate) is_index: bool,
}

/// What one value of a stored column consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    Single,
    /// A list, an array or a vector, each element of which is a column.
    List,
    /// A struct as a whole. Its fields are columns of their own.
    Struct,
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
    pub(crate) fn plain(files: Files, names: Option<DistinctNames>, kinds: Vec<Kind>) -> Self {
        let (names, new_names) = names.map_or_else(Default::default, |DistinctNames { names, new }| (Some(names), new));
        let name = |column: usize| names.as_ref().map_or_else(|| column.to_string(), |names| names[column].clone());
        let stored = |column| StoredColumn { name: name(column), expanded: column..column + 1, ..StoredColumn::default() };
        let stored = (0..kinds.len()).map(stored).collect();
        Self { files, names, kinds, stored, aside: Vec::new(), new_names }
    }

    /// Marks the columns with these names as the index of a frame.
    #[must_use]
    pub(crate) fn with_index(mut self, names: &[String]) -> Self {
        for stored in &mut self.stored {
            stored.is_index = names.contains(&stored.name);
        }
        self.aside = self.index().collect();
        self
    }

    /// The expanded columns of the index of a frame.
    pub(crate) fn index(&self) -> impl Iterator<Item = usize> {
        self.stored.iter().filter(|stored| stored.is_index).flat_map(|stored| stored.expanded.clone())
    }

    /// The only column of lists with this number of elements.
    pub(crate) fn list_of(&self, elements: usize) -> Option<&StoredColumn> {
        let mut lists = self.stored.iter().filter(|stored| stored.shape == Shape::List && stored.expanded.len() == elements);
        lists.next().filter(|_| lists.next().is_none())
    }

    pub(crate) fn name(&self, column: usize) -> Option<&String> {
        self.names.as_ref()?.get(column)
    }

    /// The name of a column for choosing it, or its number if the files have no names, and the kind of its values unless these are numbers.
    pub(crate) fn described(&self, column: usize) -> String {
        let name = self.name(column).map_or_else(|| column.to_string(), |name| shown(name).into_owned());
        match &self.kinds[column] {
            Kind::Number { .. } => name,
            Kind::Other(kind) => format!("{name} ({kind})"),
        }
    }

    /// Whether a column is a feature if only these patterns are known: it is, unless it stands aside and none of them is its own name or
    /// number.
    pub(crate) fn is_feature_by<S: AsRef<str>>(&self, column: usize, patterns: &[S]) -> bool {
        let is_own = |pattern: &S| self.name(column).is_some_and(|name| name == pattern.as_ref()) || column.to_string() == pattern.as_ref();
        self.aside.binary_search(&column).is_err() || patterns.iter().any(is_own)
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
        let unreadable = found.iter().filter_map(|&stored| {
            let StoredColumn { name, unreadable, .. } = &self.stored[stored];
            unreadable.as_ref().map(|kind| format!("{} ({kind})", shown(name)))
        });
        let unreadable: Vec<_> = unreadable.collect();
        if !unreadable.is_empty() {
            return Err(SchemaError::Unreadable { files: self.files.clone(), columns: unreadable.join(", ") }.into());
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
            let is_meant = |&stored: &usize| self.names.is_some() && matches(&self.stored[stored].name);
            return Ok((named, (0..self.single()).filter(is_meant).collect()));
        }
        Ok((Vec::new(), numbers(pattern).filter(|range| range.end <= self.single()).map_or_else(Vec::new, Iterator::collect)))
    }

    /// The number of stored columns that are no structs as a whole.
    fn single(&self) -> usize {
        self.stored.partition_point(|stored| stored.shape != Shape::Struct)
    }

    /// Whether a pattern is a name that no column has.
    pub(crate) fn lacks(&self, pattern: &str) -> bool {
        let is_plain = !pattern.contains(['*', '?', '[']) || element(pattern).is_some();
        let matches_none = || self.meant(pattern).is_ok_and(|(columns, stored)| columns.is_empty() && stored.is_empty());
        self.names.is_some() && is_plain && numbers(pattern).is_none() && matches_none()
    }

    /// Whether a name may belong to an element of a list whose length is unknown.
    pub(crate) fn may_hold(&self, name: &str) -> bool {
        element(name).is_some_and(|(list, _)| self.stored.iter().any(|stored| stored.unmeasured && stored.name == list))
    }

    pub(crate) fn no_such(&self, names: Vec<String>) -> Error {
        let columns = match &self.names {
            Some(_) => listed(self.stored[..self.single()].iter().map(|stored| stored.name.as_str())),
            None => format!("0 to {} (they have no names)", self.kinds.len().saturating_sub(1)),
        };
        SchemaError::NoSuchColumn { files: self.files.clone(), names, columns }.into()
    }

    /// Checks that the features are numbers with different names.
    pub(crate) fn check(&self, features: &[usize]) -> Result<(), Error> {
        let mut names = Vec::new();
        let mut columns = Vec::new();
        for &column in features {
            if matches!(self.kinds[column], Kind::Other(_)) {
                columns.push(self.described(column));
                names.push(self.name(column).cloned().unwrap_or_else(|| column.to_string()));
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
    let first = names.take(LISTED).map(shown).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let kinds = vec![Kind::Number { exact_in_f32: false }; names.len()];
        Columns::plain(Files::default(), Some(DistinctNames::of(names)), kinds)
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
        let stored = stored.map(|(name, expanded)| StoredColumn { name: name.into(), expanded, ..StoredColumn::default() }).into();
        let columns = Columns { names: Some(names), kinds: vec![Kind::Number { exact_in_f32: true }; 3], stored, ..Columns::default() };
        assert_eq!(matching(&columns, "f"), Some(vec![1, 2]));
        assert_eq!(matching(&columns, "f[1]"), Some(vec![2]));
        assert_eq!(matching(&columns, "1"), Some(vec![1, 2]));
        assert_eq!(columns.stored_matching(["f", "id", "*"]).unwrap(), [1, 0]);
        assert!(columns.stored_matching(["f[1]"]).is_err(), "an element is no column of the files");
    }

    #[test]
    fn a_struct_is_meant_by_its_name_alone_and_stands_for_its_fields() {
        let names = ["id", "s.a", "s.b"].map(str::to_owned).to_vec();
        let shapes = [("id", 0..1, Shape::Single), ("s.a", 1..2, Shape::Single), ("s.b", 2..3, Shape::Single), ("s", 1..3, Shape::Struct)];
        let stored = shapes.map(|(name, expanded, shape)| StoredColumn { name: name.into(), expanded, shape, ..StoredColumn::default() });
        let kinds = vec![Kind::Number { exact_in_f32: true }; 3];
        let columns = Columns { names: Some(names), kinds, stored: stored.into(), ..Columns::default() };
        assert_eq!(matching(&columns, "s"), Some(vec![1, 2]));
        assert_eq!(matching(&columns, "s*"), Some(vec![1, 2]));
        assert_eq!(columns.stored_matching(["s", "*"]).unwrap(), [3, 0, 1, 2]);
        assert_eq!(matching(&columns, "0-2"), Some(vec![0, 1, 2]));
        assert_eq!(matching(&columns, "3"), None, "the struct has no number");
        assert!(columns.no_such(vec!["x".into()]).to_string().ends_with("the columns are id, s.a, s.b"));
    }
}
