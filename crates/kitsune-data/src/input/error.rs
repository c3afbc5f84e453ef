//! Why rows cannot be opened as somebody describes them, or as a model needs them.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use super::option::InputOption;
use crate::error::Error;

/// Why rows cannot be opened as an [`Input`](super::Input) describes them, or as a model needs them.
///
/// A message names options like arguments of a function, `label_column`; [`told`](Self::told) names them otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum InputError {
    /// The rows cannot be opened.
    Rows(Box<Error>),
    /// What an option says does not fit the rows.
    Option {
        /// The option.
        option: InputOption,
        /// What it says, if the error does not say it.
        value: Option<String>,
        /// What is wrong.
        source: Box<Error>,
    },
    /// The model says in an unknown way how its rows were read.
    Reading(serde_json::Error),
    /// The model was trained with another number.
    OtherNumber {
        /// What the number is of.
        option: InputOption,
        /// The number of the model.
        expected: usize,
        /// The number that was asked for.
        found: usize,
    },
    /// The model was trained by the outer addresses of tunnels.
    OuterAddresses,
    /// The labels are said to be in a column that is a feature of the model.
    LabelIsFeature {
        /// The column.
        label: String,
    },
    /// The rows have columns that the model does not know, and a training would ignore them.
    OtherColumns(Box<kitsune_core::Error>),
    /// The rows lack columns of the model.
    LackOfColumns(Box<Error>),
    /// Columns of the model are left out.
    LeftOut {
        /// The rows.
        rows: String,
        /// The columns.
        columns: Vec<String>,
        /// Whether the caller left them out; otherwise the files do not declare them as numbers.
        by_choice: bool,
    },
    /// The rows have no names, and another number of columns than the model.
    Width {
        /// The rows.
        rows: String,
        /// Their number of columns.
        found: usize,
        /// That of the model.
        expected: usize,
    },
    /// The model does not know the means of its training rows.
    NoMeans,
}

impl InputError {
    /// The message, with the names that `name` gives to options.
    pub fn told(&self, name: &dyn Fn(InputOption) -> String) -> String {
        match self {
            Self::Rows(error) => error.to_string(),
            Self::Option { option, value: Some(value), .. } => format!("{} {value}", name(*option)),
            Self::Option { option, value: None, .. } => name(*option),
            Self::Reading(_) => "the model says in another way than this version knows how its rows were read".into(),
            Self::OtherNumber { option, expected, found } => {
                let option = name(*option);
                format!("the model was trained with {option} {expected}, and cannot have {option} {found}")
            }
            Self::OuterAddresses => {
                let inner = name(InputOption::Inner);
                format!("the model was trained without {inner}, by the outer addresses of tunnels, and cannot have it")
            }
            Self::LabelIsFeature { label } => format!(
                "the model was trained with column {label} as a feature, so that it cannot be the label: train again with {}",
                name(InputOption::LabelColumn)
            ),
            Self::OtherColumns(error) => error.to_string(),
            Self::LackOfColumns(_) => "the data lack columns that the model was trained on".into(),
            Self::LeftOut { rows, columns, by_choice: true } => format!(
                "{rows}: the model needs {}, which {} or {} leaves out",
                columns.join(", "),
                name(InputOption::Columns),
                name(InputOption::Exclude)
            ),
            Self::LeftOut { rows, columns, by_choice: false } => {
                format!("{rows}: the model needs {}, which the file does not declare as numbers", columns.join(", "))
            }
            Self::Width { rows, found, expected } => format!(
                "{rows} has {}, but the model was trained on {expected} (a column of labels is left out by {})",
                if *found == 1 { "1 column".into() } else { format!("{found} columns") },
                name(InputOption::LabelColumn)
            ),
            Self::NoMeans => format!("the model does not know the means of its training rows ({} mean)", name(InputOption::OnMissing)),
        }
    }
}

impl Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.told(&|option| option.to_string()))
    }
}

impl StdError for InputError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Rows(source) | Self::Option { source, .. } | Self::LackOfColumns(source) => Some(&**source),
            Self::OtherColumns(source) => Some(&**source),
            Self::Reading(source) => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for InputError {
    fn from(error: Error) -> Self {
        Self::Rows(error.into())
    }
}

/// Says which option an error is about.
pub(super) fn about<T>(option: InputOption, value: Option<&str>, result: Result<T, Error>) -> Result<T, InputError> {
    result.map_err(|source| InputError::Option { option, value: value.map(str::to_owned), source: source.into() })
}
