//! What a reader of messages should know about files, although it is no error.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fault::{listed, shown};

/// What whoever reads messages should know about a source, although it is no error: see [`Source::notes`](crate::Source::notes).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Note {
    /// Columns that the files call the index of a frame of pandas are no features, since nobody chose them by name.
    IndexLeftOut {
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// Several columns have one name. The second one is called `NAME (2)`, and so on.
    NewNames {
        /// The new names.
        columns: Vec<String>,
    },
    /// The last column has neither a name nor a value, as where each row ends with a delimiter, and is no feature, since nobody chose it.
    EmptyColumn {
        /// The name of the column, or its number if the files have no names.
        column: String,
    },
    /// Columns that the files declare to be something else than numbers are no features.
    NotNumbers {
        /// The name of each column with its type.
        columns: Vec<String>,
    },
    /// A stream cannot be read before its end, so that it was copied to a temporary file.
    Spooled {
        /// The name of the stream.
        file: PathBuf,
    },
    /// The names of a model are not in the files, which have one column of as many elements: these were taken by position.
    ByPosition {
        /// The name of the column.
        column: String,
        /// The number of its elements.
        elements: usize,
    },
    /// Columns of JSON files whose numbers are strings, at least in some of the first rows. They are read as numbers.
    NumbersInStrings {
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// Columns that were chosen by name, and that none of the first rows has. They are missing in each row without them.
    Unseen {
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// The packets of captures begin with another header than those that were read before, so that the same packet has another length.
    OtherLinkTypes {
        /// The link types that were read before, by name or number.
        before: Vec<String>,
        /// Those of these captures.
        found: Vec<String>,
    },
}

impl Note {
    /// The note without these columns, which were left out by name; `None` if it is about no others.
    pub(crate) fn without(self, names: &HashSet<&String>) -> Option<Self> {
        match self {
            Self::IndexLeftOut { mut columns } => {
                columns.retain(|name| !names.contains(name));
                (!columns.is_empty()).then_some(Self::IndexLeftOut { columns })
            }
            Self::NotNumbers { mut columns } => {
                // Each name has the type of the column behind it.
                columns.retain(|column| {
                    !names.iter().any(|name| column.strip_prefix(name.as_str()).is_some_and(|kind| kind.starts_with(" (")))
                });
                (!columns.is_empty()).then_some(Self::NotNumbers { columns })
            }
            other => Some(other),
        }
    }

    /// Whether it says which columns are no features as long as nobody chooses.
    pub(crate) fn is_about_defaults(&self) -> bool {
        matches!(self, Self::IndexLeftOut { .. } | Self::EmptyColumn { .. } | Self::NotNumbers { .. })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexLeftOut { columns } => {
                write!(f, "pandas' index is no feature unless it is chosen by name: {}", listed(columns))
            }
            Self::NewNames { columns } => {
                write!(f, "several columns have one name, so that the second and later ones are called {}", listed(columns))
            }
            Self::EmptyColumn { column } => {
                write!(
                    f,
                    "the last column has neither a name nor a value, and is no feature unless it is chosen by name: {}",
                    shown(column)
                )
            }
            Self::NotNumbers { columns } => {
                write!(f, "these columns hold no numbers, as the files say, and are no features: {}", listed(columns))
            }
            Self::Spooled { file } => {
                write!(f, "{} is an Arrow file that can be read from its end only: it was copied to a temporary file first", file.display())
            }
            Self::ByPosition { column, elements } => {
                write!(
                    f,
                    "the {elements} elements of {} are taken by position, since they do not have the names of the model's columns",
                    shown(column)
                )
            }
            Self::NumbersInStrings { columns } => write!(f, "numbers in strings are read as numbers: {}", listed(columns)),
            Self::Unseen { columns } => {
                write!(f, "no row so far has these columns, which are missing until they come: {}", listed(columns))
            }
            Self::OtherLinkTypes { before, found } => {
                write!(
                    f,
                    "the packets are of link type {}, but those that were read before were of {}: the same packet has another length there",
                    listed(found),
                    listed(before)
                )
            }
        }
    }
}
