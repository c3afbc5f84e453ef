//! How words on the command line become the libraries' choices.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use kitsune_core::kinds::Named;
use kitsune_data::Format;

use crate::output::content::WRITTEN;
use crate::scoring::pooling::PoolBy;

/// Takes the names of a choice, each of which the help lists with its meaning.
pub(super) fn choice<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    choice_of(T::ALL)
}

/// Takes the names of some values of a choice.
pub(super) fn choice_of<T: Named + Send + Sync>(values: &[T]) -> impl TypedValueParser<Value = T> + use<T> {
    let possible = |value: &T| {
        let listed = PossibleValue::new(value.name());
        if value.meaning().is_empty() { listed } else { listed.help(value.meaning()) }
    };
    PossibleValuesParser::new(values.iter().map(possible)).try_map(|word| T::from_name(&word))
}

/// Takes the names of the formats of files.
pub(super) fn format() -> impl TypedValueParser<Value = Format> {
    format_of(Format::ALL.iter().copied())
}

/// Takes the names of the formats in which results are written.
pub(super) fn output_format() -> impl TypedValueParser<Value = Format> {
    format_of(Format::ALL.iter().copied().filter(|format| WRITTEN.contains(format)))
}

fn format_of(formats: impl Iterator<Item = Format>) -> impl TypedValueParser<Value = Format> {
    let possible: Vec<_> = formats.map(|format| PossibleValue::new(format.name()).help(format.meaning())).collect();
    PossibleValuesParser::new(possible).try_map(|name| name.parse::<Format>())
}

/// Takes whose scores are pooled.
pub(super) fn pool() -> impl TypedValueParser<Value = PoolBy> {
    let host = PossibleValue::new("host").help("A packet has the damped mean of the scores of its source's packets");
    let none = PossibleValue::new("none").help("Each packet has its own score");
    PossibleValuesParser::new([host, none]).map(|word| if word == "host" { PoolBy::Host } else { PoolBy::Nothing })
}

/// The rows that train a model.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TrainOn {
    /// Only normal rows, by their labels.
    Normal,
    /// All rows.
    All,
}
