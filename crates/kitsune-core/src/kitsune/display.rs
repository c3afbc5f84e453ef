//! What `println!("{model}")` prints: a summary, where Burn would print every number.

use burn::module::{Content, ModuleDisplay};
use burn::tensor::backend::Backend;

use crate::kitsune::Kitsune;

/// Number of column names that are shown.
const SHOWN_COLUMNS: usize = 8;

impl<B: Backend> ModuleDisplay for Kitsune<B> {
    fn custom_content(&self, content: Content) -> Option<Content> {
        let (config, summary, map) = (self.config(), self.summary(), self.feature_map());
        let none = || "none".to_owned();
        let unknown = || "unknown".to_owned();
        let columns = self.columns().map_or_else(none, |columns| {
            let shown = columns[..columns.len().min(SHOWN_COLUMNS)].join(", ");
            if columns.len() > SHOWN_COLUMNS { format!("{shown}, ...") } else { shown }
        });
        let (least, most) = (map.sizes().into_iter().min().unwrap_or(0), map.sizes().into_iter().max().unwrap_or(0));
        let clusters = format!("{} of {least} to {most} features", map.clusters().len());
        let body = self.ensemble().body().map_or_else(none, |body| format!("{} hidden units", body.hidden_units()[0]));
        let rows = summary.rows.map_or_else(unknown, |rows| rows.to_string());
        let epochs = summary.epochs.map_or_else(unknown, |epochs| epochs.to_string());
        let lines = [
            ("features", map.features().to_string()),
            ("columns", columns),
            ("inputs", config.inputs.to_string()),
            ("clusters", clusters),
            ("hidden units", config.hidden_size.to_string()),
            ("body", body),
            ("prototypes", self.detector.prototypes.count().to_string()),
            ("neighbours", self.stored_rows().to_string()),
            ("rows", rows),
            ("epochs", epochs),
            ("steps", summary.steps.to_string()),
            ("trimmed", format!("{:.2} % of the rows", 100.0 * summary.trimmed)),
            ("held out", format!("{} rows", summary.held_out)),
            ("score", config.score.to_string()),
            ("threshold", self.threshold_in_words()),
            ("engine", self.engine().to_string()),
        ];
        let content = lines.iter().fold(content, |content, (name, value)| content.add(name, value.as_str()));
        content.optional()
    }
}

impl<B: Backend> Kitsune<B> {
    fn threshold_in_words(&self) -> String {
        let Some(threshold) = self.threshold() else { return "none".to_owned() };
        let pooled = self.pool().map_or_else(String::new, |half_life| format!(", for scores pooled with a half-life of {half_life} s"));
        let value = threshold.value();
        match threshold.kind().zip(threshold.alert_rate()) {
            Some((kind, rate)) => format!("{value}, {kind} at an alert rate of {rate}{pooled}"),
            None => format!("{value}, a fixed number{pooled}"),
        }
    }
}
