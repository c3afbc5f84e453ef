//! What features are called.

use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;

/// The name of a feature, its number where the data had no names.
pub(crate) fn feature_name<B: Backend>(model: &Kitsune<B>, feature: usize) -> String {
    model.columns().map_or_else(|| format!("column {feature}"), |names| names[feature].clone())
}
