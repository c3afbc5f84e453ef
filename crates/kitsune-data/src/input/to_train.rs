//! The rows of a training.

use burn::tensor::backend::Backend;
use kitsune_core::kinds::InputScaling;
use kitsune_core::{Kitsune, KitsuneConfig};

use super::error::InputError;
use super::for_model::open_all_for;
use super::rows::Input;
use crate::source::Source;

/// Opens the rows of a training, shuffled by its seed: with `normal_only` those that are normal by their labels, if they have labels. A training that
/// continues a model has its columns.
///
/// # Errors
///
/// If the rows cannot be opened, do not have what the options name, do not say which labels are normal, or are others than those of the model.
pub fn open_to_train<B: Backend>(
    input: &Input,
    model: Option<&Kitsune<B>>,
    config: &KitsuneConfig,
    normal_only: bool,
) -> Result<Source, InputError> {
    let mut source = match model {
        Some(model) => open_all_for(input, model)?,
        None => input.open()?,
    };
    if input.has_labels() && normal_only {
        source.normal_labels()?;
        source = source.normal_only();
    }
    if config.inputs == InputScaling::Identity {
        source = source.with_range(0.0, 1.0);
    }
    Ok(source.with_missing(input.on_missing.clone()).with_shuffle(config.seed))
}
