//! The rows of a command, with the columns and replacements of a model.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_data::{Missing, Note, Source, lagged_name};

use crate::console::counted;
use crate::input::Input;
use crate::input::reading::remembered;
use crate::input::trained::Trained;

/// Opens the rows with the columns of the model, by name if both have names. Other columns are ignored.
pub(crate) fn open_for(input: &Input, model: &impl Trained) -> Result<Source> {
    selected(opened(input, model)?, input, model)
}

/// Opens the rows, and refuses packets that would become other rows than those of the model.
fn opened(input: &Input, model: &impl Trained) -> Result<Source> {
    let source = input.open_for(model)?;
    if let (Some(found), Some(expected)) = (source.reading().packets, remembered(model)?.packets) {
        let (found, expected) = ((found.statistics, found.inner), (expected.statistics, expected.inner));
        if found.0 != expected.0 {
            bail!("the model was trained with --statistics {}, and cannot have --statistics {}", expected.0, found.0);
        }
        if found.1 != expected.1 {
            bail!("the model was trained without --inner, by the outer addresses of tunnels, and cannot have it");
        }
    }
    Ok(source)
}

/// Opens the rows for a training that continues a model. Other columns are an error, since the training would ignore them silently.
pub(crate) fn open_all_for<B: Backend>(input: &Input, model: &Kitsune<B>) -> Result<Source> {
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
        unlike?;
    }
    selected(source, input, model)
}

/// The list whose elements are taken for the columns of the model.
fn by_position(source: &Source) -> Option<&String> {
    source.notes().iter().find_map(|note| if let Note::ByPosition { column, .. } = note { Some(column) } else { None })
}

fn selected(mut source: Source, input: &Input, model: &impl Trained) -> Result<Source> {
    if source.features() == 0 {
        // Files without a single row may have no columns either. If the options leave out all columns, the pass reports it.
        return Ok(source);
    }
    if let (Some(columns), Some(names)) = (model.columns(), source.names()) {
        if let Some(label) = input.label.as_ref().filter(|label| columns.contains(label)) {
            return Err(label_is_feature(label));
        }
        // The index of a frame is left out by default only.
        let index = |note: &Note| if let Note::IndexLeftOut { columns } = note { columns.clone() } else { Vec::new() };
        let offered: HashSet<_> = names.iter().cloned().chain(source.notes().iter().flat_map(index)).collect();
        let lags = check_lags(&source, model);
        let found = source.with_names(columns);
        if found.is_err() {
            lags?;
        }
        source = found.context("the data lack columns that the model was trained on")?;
        let is_left_out = |name: &&String| !offered.contains(*name) && !source.unseen().contains(name);
        let left_out: Vec<_> = match by_position(&source) {
            Some(list) => Some(list).filter(|list| !offered.contains(&format!("{list}[0]"))).cloned().into_iter().collect(),
            None => source.names().unwrap_or_default().iter().filter(is_left_out).cloned().collect(),
        };
        if !left_out.is_empty() {
            let (path, left_out) = (input.named(), left_out.join(", "));
            if input.chooses_columns() {
                bail!("{path}: the model needs {left_out}, which --columns or --exclude leaves out");
            }
            // Such as a column of a log whose type is that of words.
            bail!("{path}: the model needs {left_out}, which the file does not declare as numbers");
        }
    } else {
        if source.names().is_none() && !input.chooses_columns() {
            source = by_numbers(source, &remembered(model)?.columns, input.label.as_deref())?;
        }
        let (found, expected) = (source.features(), model.features());
        if found != expected {
            let (path, found) = (input.named(), counted(found as u64, "column"));
            bail!("{path} has {found}, but the model was trained on {expected} (a column of labels is left out by --label-column)");
        }
    }
    if model.takes_scaled_rows() {
        source = source.with_range(0.0, 1.0);
    }
    Ok(source)
}

/// Refuses other lags than those of the model, whose columns are then others.
fn check_lags(source: &Source, model: &impl Trained) -> Result<()> {
    let (lags, expected) = (source.reading().lags, remembered(model)?.lags);
    if lags == expected { Ok(()) } else { bail!("the model was trained with --lags {expected}, and cannot have --lags {lags}") }
}

/// The columns whose numbers a model remembers. Files that lack some of these may hold nothing but the features.
fn by_numbers(source: Source, numbers: &[usize], label: Option<&str>) -> Result<Source> {
    let is_feature = |label: &&str| label.parse().is_ok_and(|label| numbers.contains(&label));
    if numbers.is_empty() {
        return Ok(source);
    }
    match (source.clone().with_numbers(numbers.iter().copied()), label.filter(is_feature)) {
        (Ok(_), Some(label)) => Err(label_is_feature(label)),
        (chosen, _) => Ok(chosen.unwrap_or(source)),
    }
}

fn label_is_feature(label: &str) -> anyhow::Error {
    anyhow!("the model was trained with column {label} as a feature, so that it cannot be the label: train again with --label-column")
}

/// The names of the features of a model; where the training rows had no names, the numbers of their columns.
pub(crate) fn feature_names(model: &impl Trained) -> Vec<String> {
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
pub(crate) fn with_missing_for(source: Source, input: &Input, model: &impl Trained) -> Result<Source> {
    if source.features() == 0 {
        // Files without a single row may have no columns either.
        return Ok(source);
    }
    Ok(source.with_missing(match &input.on_missing {
        Missing::Mean => {
            let means =
                model.means().ok_or_else(|| anyhow!("the model does not know the means of its training rows (--on-missing mean)"))?;
            Missing::FillEach(means.to_vec())
        }
        other => other.clone(),
    }))
}
