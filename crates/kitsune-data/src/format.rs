use std::fmt;
use std::path::Path;

/// How the files of a [`Source`](crate::Source) are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Numbers separated by commas, one row per line (`.csv`).
    Csv,
    /// Apache Parquet (`.parquet`).
    Parquet,
}

/// Whether the first row of each CSV file holds the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Header {
    /// The first row holds names, even where they look like numbers.
    Present,
    /// The first row is a row like any other.
    Absent,
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::Csv, Self::Parquet];

    /// The extension of such files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// The format that the extension of `path` stands for, in upper or lower case.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        Self::ALL.into_iter().find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
        })
    }
}
