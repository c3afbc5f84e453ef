//! Columns without rows.

use polars::prelude::{Column, DataFrame, PolarsResult};

use super::leaves::Leaf;
use super::storage::no_values;

/// These columns without rows.
pub(crate) fn no_rows<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> PolarsResult<DataFrame> {
    DataFrame::new(0, leaves.map(|leaf| no_values(leaf).map(Column::from)).collect::<PolarsResult<_>>()?)
}
