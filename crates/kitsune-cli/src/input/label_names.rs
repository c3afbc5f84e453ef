//! Names that columns of labels usually have.

use kitsune_data::{Note, Source};

/// In lower case.
const NAMES: [&str; 14] = [
    "label",
    "labels",
    "class",
    "attack",
    "attack_cat",
    "attack_type",
    "anomaly",
    "is_anomaly",
    "is_attack",
    "malicious",
    "outlier",
    "ground_truth",
    "groundtruth",
    "y_true",
];

/// Whether a column of this name usually holds labels.
pub(crate) fn names_labels(name: &str) -> bool {
    NAMES.contains(&name.trim().to_lowercase().as_str())
}

/// The first feature that seems to hold labels.
pub(crate) fn label_among_features(source: &Source) -> Option<String> {
    source.names().unwrap_or_default().iter().find(|name| names_labels(name)).cloned()
}

/// The first column that seems to hold labels: a feature, or a column that is none since it holds no numbers.
pub(crate) fn likely_label(source: &Source) -> Option<String> {
    let feature = label_among_features(source);
    let no_numbers = |note: &Note| if let Note::NotNumbers { columns } = note { columns.clone() } else { Vec::new() };
    // These are named with their types, such as `label (string)`.
    let name = |column: String| column.rsplit_once(" (").map(|(name, _)| name.to_owned());
    feature.or_else(|| source.notes().iter().flat_map(no_numbers).filter_map(name).find(|name| names_labels(name)))
}
