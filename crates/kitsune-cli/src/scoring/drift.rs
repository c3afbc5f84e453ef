//! How far rows have moved from the training rows of the model, with the names of the columns.

use burn::tensor::backend::Backend;
use kitsune_core::evaluation::{ColumnDrift, Drift, Misfit};
use serde_json::{Value, json};

use super::Scorer;

/// The drift of some rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct NamedDrift {
    /// Share of all values outside the range of the training rows, 0-1.
    pub(crate) outside: f64,
    /// The columns that moved most, the first one furthest.
    pub(crate) columns: Vec<MovedColumn>,
    /// Why the rows, as a whole, do not seem to be of the kind that the model was trained on, and what to do.
    pub(crate) advice: Option<String>,
}

/// A column that moved.
#[derive(Debug, Clone)]
pub(crate) struct MovedColumn {
    pub(crate) name: String,
    pub(crate) drift: ColumnDrift,
}

impl NamedDrift {
    pub(crate) fn new<B: Backend>(drift: Drift, misfit: Option<Misfit>, scorer: &Scorer<B>) -> Self {
        let named = |drift: ColumnDrift| MovedColumn { name: scorer.names()[drift.feature].clone(), drift };
        Self { outside: drift.outside, columns: drift.columns.into_iter().map(named).collect(), advice: misfit.map(advice) }
    }

    pub(crate) fn to_json(&self) -> Value {
        let column = |MovedColumn { name, drift }: &MovedColumn| {
            json!({
                "column": name,
                "outside": drift.outside,
                "lowest": drift.lowest,
                "highest": drift.highest,
                "median": drift.median,
                "usual": drift.usual,
                "moved": drift.moved,
            })
        };
        json!({ "outside": self.outside, "columns": self.columns.iter().map(column).collect::<Vec<_>>(), "advice": self.advice })
    }
}

/// What to do about rows that do not fit the model.
pub(crate) fn advice(misfit: Misfit) -> String {
    format!(
        "{misfit}: if these rows should be normal, kitsune calibrate fits the threshold to a shifted level, and kitsune train makes a model \
         for another machine"
    )
}
