//! Columns without rows.

use polars::prelude::{ArrowField, Column, DataFrame, PolarsResult, Series};
use polars_arrow::array::new_empty_array;

/// Columns with the types of these fields and without rows.
pub(crate) fn no_rows<'a>(fields: impl Iterator<Item = &'a ArrowField>) -> PolarsResult<DataFrame> {
    let column = |field: &ArrowField| Series::try_from((field, vec![new_empty_array(field.dtype().clone())])).map(Column::from);
    DataFrame::new(0, fields.map(column).collect::<PolarsResult<_>>()?)
}
