//! The hyper-parameters of a checkpoint.

use crate::config::KitsuneConfig;
use crate::kinds::{HiddenSize, InputScaling};
use crate::kitsune::from_torch::compression::{Units, fits, inferred};
use crate::kitsune::from_torch::places::descriptions;
use crate::kitsune::from_torch::state_dict::StateDict;
use crate::torch::{Fault, Node};

/// The hyper-parameters that a checkpoint states, the original's where it states none, and a compression rate by its shapes if it has to be.
///
/// Rows are scaled by nothing: by a range from 0 to 1 that goes on beyond, since the original refuses no value.
pub(super) fn config(root: Node<'_>, stored: &StateDict<'_>) -> Result<KitsuneConfig, Fault> {
    let setting = |name: &str| descriptions(root).find_map(|holder| holder.get(name));
    let number = |name: &str| setting(name).and_then(Node::as_number);
    let mut units: Vec<_> = stored.autoencoders().map(|part| Units { visible: part.visible, hidden: part.hidden }).collect();
    units.sort_unstable();
    units.dedup();
    let rate = match number("compression_rate") {
        Some(rate) if !units.iter().all(|&units| fits(rate, units)) => {
            return Err(Fault::foreign(format!("its hidden units are not those of its compression rate {rate}")));
        }
        Some(rate) => rate,
        None => {
            inferred(&units).ok_or_else(|| Fault::foreign("the hidden units of its tails and its head are not of one compression rate"))?
        }
    };
    let largest = stored.tails.iter().map(|tail| tail.visible).max().unwrap_or(1);
    let original = KitsuneConfig::original();
    let config = original
        .clone()
        .with_inputs(InputScaling::MinMax)
        .with_clamp(false)
        .with_excess(false)
        .with_hidden_size(HiddenSize::CompressionRate(rate))
        .with_dropout(number("dropout_rate").unwrap_or(original.dropout))
        .with_max_features_per_cluster(setting("max_features_per_cluster").and_then(Node::as_count).unwrap_or(largest));
    config.validate().map_err(|error| Fault::foreign(error.to_string()))?;
    Ok(config)
}
