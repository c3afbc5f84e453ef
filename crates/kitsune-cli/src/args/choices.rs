//! How words on the command line become the libraries' choices.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use kitsune_data::Format;

use crate::words::Word;

/// Takes the words of a choice, each of which the help lists with its meaning.
pub(super) fn choice<T: Word + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let possible = |value: &T| {
        let listed = PossibleValue::new(value.word());
        if value.meaning().is_empty() { listed } else { listed.help(value.meaning()) }
    };
    PossibleValuesParser::new(T::ALL.iter().map(possible)).try_map(|word| T::of_word(&word).ok_or("no such word"))
}

/// The formats of files.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArg {
    Csv,
    Parquet,
    /// A JSON object on each line.
    Ndjson,
    /// Apache Arrow's own: files, or streams.
    Ipc,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Self::Csv,
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Ndjson => Self::JsonLines,
            FormatArg::Ipc => Self::Ipc,
        }
    }
}

/// The rows that train a model.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TrainOn {
    /// Only rows whose label is 0.
    Normal,
    /// All rows.
    All,
}
