//! The clusters of a model or a detector.

use std::fmt::Write;

use kitsune_core::features::FeatureMap;

use crate::console::text::shown;

/// Lists the clusters, with the hidden units of their tails.
pub(super) fn put_clusters(text: &mut String, map: &FeatureMap, hidden_units: &[usize], names: &[String]) -> std::fmt::Result {
    writeln!(text, "clusters          {}", hidden_units.len())?;
    for (cluster, (features, hidden)) in map.clusters().iter().zip(hidden_units).enumerate() {
        let names: Vec<_> = features.iter().map(|&feature| shown(&names[feature])).collect();
        writeln!(text, "{cluster:>4}: {:>2} features, {hidden:>2} hidden: {}", features.len(), names.join(", "))?;
    }
    Ok(())
}
