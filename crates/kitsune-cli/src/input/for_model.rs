//! The rows of a command, with the columns and replacements of a model.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::kinds::InputScaling;
use kitsune_data::{Missing, Source};

use crate::console::counted;
use crate::input::Input;

/// Opens the rows with the columns of the model, by name if both have names. Other columns are ignored.
pub(crate) fn open_for<B: Backend>(input: &Input, model: &Kitsune<B>) -> Result<Source> {
    selected(input.open_expecting(model.columns().unwrap_or_default())?, input, model)
}

/// Opens the rows for a training that continues a model. Other columns are an error, since the training would ignore them silently.
pub(crate) fn open_all_for<B: Backend>(input: &Input, model: &Kitsune<B>) -> Result<Source> {
    let source = input.open_expecting(model.columns().unwrap_or_default())?;
    if let Some(names) = source.names() {
        model.check_columns(names)?;
    }
    selected(source, input, model)
}

fn selected<B: Backend>(mut source: Source, input: &Input, model: &Kitsune<B>) -> Result<Source> {
    if source.features() == 0 {
        // Files without a single row may have no columns either. If the options leave out all columns, the pass reports it.
        return Ok(source);
    }
    if let (Some(columns), Some(names)) = (model.columns(), source.names()) {
        let offered: HashSet<_> = names.iter().cloned().collect();
        source = source.with_names(columns).context("the data lack columns that the model was trained on")?;
        let left_out: Vec<_> = source.names().unwrap_or_default().iter().filter(|name| !offered.contains(*name)).cloned().collect();
        if !left_out.is_empty() {
            bail!("the model needs {}, which --columns or --exclude leaves out", left_out.join(", "));
        }
    } else {
        let (found, expected) = (source.features(), model.feature_map().features());
        if found != expected {
            let (path, found) = (input.named(), counted(found as u64, "column"));
            bail!("{path} has {found}, but the model was trained on {expected} (a column of labels is left out by --label-column)");
        }
    }
    if model.config().inputs == InputScaling::Identity {
        source = source.with_range(0.0, 1.0);
    }
    Ok(source)
}

/// The name of a feature of a model, or its number where the training rows had no names.
pub(crate) fn feature_name<B: Backend>(model: &Kitsune<B>, feature: usize) -> String {
    model.columns().map_or_else(|| format!("column {feature}"), |names| names[feature].clone())
}

/// How missing values are replaced. A mean is the mean of the training rows, from the model.
pub(crate) fn missing_for<B: Backend>(input: &Input, model: &Kitsune<B>) -> Result<Missing> {
    Ok(match &input.on_missing {
        Missing::Mean => {
            let means =
                model.means().ok_or_else(|| anyhow!("the model does not know the means of its training rows (--on-missing mean)"))?;
            Missing::FillEach(means.to_vec())
        }
        other => other.clone(),
    })
}
