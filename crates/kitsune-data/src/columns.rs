use std::collections::HashSet;

use crate::Error;

/// So many names are listed in a message; the rest is counted.
const LISTED: usize = 20;

/// The columns of the files, after lists were expanded to one column for each element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// A name for each, unless the files have none.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) kinds: Vec<Kind>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number {
        exact_in_f32: bool,
    },
    /// Something else, by the name of its type.
    Other(String),
}

impl Columns {
    pub(crate) fn name(&self, column: usize) -> Option<&String> {
        self.names.as_ref()?.get(column)
    }

    /// The only column of that name, or, where there are no names, of that number, from 0.
    pub(crate) fn find(&self, name: &str) -> Result<usize, Error> {
        let Some(names) = &self.names else {
            let number = name.parse().ok().filter(|&column: &usize| column < self.kinds.len());
            return number.ok_or_else(|| self.no_such(vec![name.into()]));
        };
        let mut matches = (0..names.len()).filter(|&column| names[column] == name);
        match (matches.next(), matches.next()) {
            (Some(column), None) => Ok(column),
            (Some(_), Some(_)) => Err(Error::DuplicateNames { names: vec![name.into()] }),
            (None, _) => Err(self.no_such(vec![name.into()])),
        }
    }

    pub(crate) fn no_such(&self, names: Vec<String>) -> Error {
        let columns = match &self.names {
            Some(names) => listed(names.iter().map(String::as_str)),
            None => format!("0 to {} (they have no names)", self.kinds.len().saturating_sub(1)),
        };
        Error::NoSuchColumn { names, columns }
    }

    /// Checks that the features are numbers and have names of their own.
    pub(crate) fn check(&self, features: &[usize]) -> Result<(), Error> {
        let others: Vec<_> = features
            .iter()
            .filter_map(|&column| match &self.kinds[column] {
                Kind::Number { .. } => None,
                Kind::Other(kind) => Some(format!("{} ({kind})", self.name(column).map_or("", |name| name))),
            })
            .collect();
        if !others.is_empty() {
            return Err(Error::NotNumbers { columns: others.join(", ") });
        }
        let mut seen = HashSet::new();
        let names = features.iter().filter_map(|&column| self.name(column));
        let mut names: Vec<String> = names.filter(|name| !seen.insert(*name)).cloned().collect();
        names.dedup();
        if names.is_empty() { Ok(()) } else { Err(Error::DuplicateNames { names }) }
    }
}

/// The first names, and how many there are besides.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let first = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}
