//! The rows of a command, with the columns and replacements of a model.

use std::collections::HashSet;

use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;

use super::error::InputError;
use super::option::InputOption;
use super::reading::remembered;
use super::rows::Input;
use super::trained::Trained;
use crate::note::Note;
use crate::rows::lags::lagged_name;
use crate::rows::missing::Missing;
use crate::source::Source;

/// Opens the rows with the columns of the model, by name if both have names. Other columns are ignored.
///
/// # Errors
///
/// If the rows cannot be opened, or cannot become rows of the model.
pub fn open_for(input: &Input, model: &impl Trained) -> Result<Source, InputError> {
    selected(opened(input, model)?, input, model)
}

/// Opens the rows, and refuses packets that would become other rows than those of the model.
fn opened(input: &Input, model: &impl Trained) -> Result<Source, InputError> {
    let source = input.open_like(model)?;
    if let (Some(found), Some(expected)) = (source.reading().packets, remembered(model)?.packets) {
        let (found, expected) = ((found.statistics, found.inner), (expected.statistics, expected.inner));
        if found.0 != expected.0 {
            return Err(InputError::OtherNumber { option: InputOption::Statistics, expected: expected.0, found: found.0 });
        }
        if found.1 != expected.1 {
            return Err(InputError::OuterAddresses);
        }
    }
    Ok(source)
}

/// Opens the rows for a training that continues a model. Other columns are an error, since the training would ignore them silently.
///
/// # Errors
///
/// Those of [`open_for`], and columns that the model does not know.
pub fn open_all_for<B: Backend>(input: &Input, model: &Kitsune<B>) -> Result<Source, InputError> {
    let source = opened(input, model)?;
    let chosen = model.columns().and_then(|columns| source.clone().with_names(columns).ok());
    if let Some(names) = source.names()
        && chosen.as_ref().and_then(by_position).is_none()
    {
        let unseen = chosen.iter().flat_map(Source::unseen).cloned();
        let unlike = model.check_columns(&names.iter().cloned().chain(unseen).collect::<Vec<_>>());
        if unlike.is_err() {
            check_lags(&source, model)?;
        }
        unlike.map_err(|error| InputError::OtherColumns(error.into()))?;
    }
    selected(source, input, model)
}

/// The list whose elements are taken for the columns of the model.
fn by_position(source: &Source) -> Option<&String> {
    source.notes().iter().find_map(|note| if let Note::ByPosition { column, .. } = note { Some(column) } else { None })
}

fn selected(mut source: Source, input: &Input, model: &impl Trained) -> Result<Source, InputError> {
    if source.features() == 0 {
        // Files without a single row may have no columns either. If the options leave out all columns, the pass reports it.
        return Ok(source);
    }
    if let (Some(columns), Some(names)) = (model.columns(), source.names()) {
        if let Some(label) = input.label.as_ref().filter(|label| columns.contains(label)) {
            return Err(InputError::LabelIsFeature { label: label.clone() });
        }
        // The index of a frame is left out by default only.
        let index = |note: &Note| if let Note::IndexLeftOut { columns } = note { columns.clone() } else { Vec::new() };
        let offered: HashSet<_> = names.iter().cloned().chain(source.notes().iter().flat_map(index)).collect();
        let lags = check_lags(&source, model);
        let found = source.with_names(columns);
        if found.is_err() {
            lags?;
        }
        source = found.map_err(|error| InputError::LackOfColumns(error.into()))?;
        let is_left_out = |name: &&String| !offered.contains(*name) && !source.unseen().contains(name);
        let left_out: Vec<_> = match by_position(&source) {
            Some(list) => Some(list).filter(|list| !offered.contains(&format!("{list}[0]"))).cloned().into_iter().collect(),
            None => source.names().unwrap_or_default().iter().filter(is_left_out).cloned().collect(),
        };
        if !left_out.is_empty() {
            // What nobody left out is no number, such as a column of a log whose type is that of words.
            return Err(InputError::LeftOut { rows: input.named(), columns: left_out, by_choice: input.chooses_columns() });
        }
    } else {
        if source.names().is_none() && !input.chooses_columns() {
            source = by_numbers(source, &remembered(model)?.columns, input.label.as_deref())?;
        }
        let (found, expected) = (source.features(), model.features());
        if found != expected {
            return Err(InputError::Width { rows: input.named(), found, expected });
        }
    }
    if model.takes_scaled_rows() {
        source = source.with_range(0.0, 1.0);
    }
    Ok(source)
}

/// Refuses other lags than those of the model, whose columns are then others.
fn check_lags(source: &Source, model: &impl Trained) -> Result<(), InputError> {
    let (lags, expected) = (source.reading().lags, remembered(model)?.lags);
    if lags == expected { Ok(()) } else { Err(InputError::OtherNumber { option: InputOption::Lags, expected, found: lags }) }
}

/// The columns whose numbers a model remembers. Files that lack some of these may hold nothing but the features.
fn by_numbers(source: Source, numbers: &[usize], label: Option<&str>) -> Result<Source, InputError> {
    let is_feature = |label: &&str| label.parse().is_ok_and(|label| numbers.contains(&label));
    if numbers.is_empty() {
        return Ok(source);
    }
    match (source.clone().with_numbers(numbers.iter().copied()), label.filter(is_feature)) {
        (Ok(_), Some(label)) => Err(InputError::LabelIsFeature { label: label.into() }),
        (chosen, _) => Ok(chosen.unwrap_or(source)),
    }
}

/// The names of the features of a model; where the training rows had no names, the numbers of their columns.
pub fn feature_names(model: &impl Trained) -> Vec<String> {
    if let Some(names) = model.columns() {
        return names.to_vec();
    }
    let features = model.features();
    // A model that remembers nothing has all columns of its files.
    let numbers = remembered(model).map(|reading| reading.columns).ok().filter(|numbers| !numbers.is_empty());
    let numbers = numbers.unwrap_or_else(|| (0..features).collect());
    (0..features).map(|feature| lagged_name(&format!("column {}", numbers[feature % numbers.len()]), feature / numbers.len())).collect()
}

/// The rows with their missing values replaced. A mean is the mean of the training rows, from the model.
///
/// # Errors
///
/// If means are wanted that the model does not know.
pub fn with_missing_for(source: Source, input: &Input, model: &impl Trained) -> Result<Source, InputError> {
    if source.features() == 0 {
        // Files without a single row may have no columns either.
        return Ok(source);
    }
    Ok(source.with_missing(match &input.on_missing {
        Missing::Mean => {
            let means = model.means().ok_or(InputError::NoMeans)?;
            Missing::FillEach(means.to_vec())
        }
        other => other.clone(),
    }))
}
