//! The columns of CSV files that are passed through.

use polars::prelude::{Column, DataFrame, StringChunkedBuilder};

use super::cells::{content, shown};
use super::plan::Plan;

/// The columns that are passed through, as the text of their cells, so that an id such as 007 loses nothing. Empty cells are null.
///
/// The columns hold the `normal` rows among the first `good` ones.
pub(super) fn columns(text: &[u8], good: usize, normal: Option<&[bool]>, plan: &Plan) -> DataFrame {
    let height = normal.map_or(good, |normal| normal.iter().filter(|&&normal| normal).count());
    let kept = &plan.request.kept;
    let Some(last) = kept.iter().max() else {
        return DataFrame::empty_with_height(height);
    };
    let name = |column: usize| plan.columns.stored[column].name.as_str().into();
    let mut builders: Vec<_> = kept.iter().map(|&column| StringChunkedBuilder::new(name(column), height)).collect();
    let mut cells = Vec::with_capacity(last + 1);
    let mut rest = text;
    let mut row_number = 0;
    while row_number < good
        && let Some(row) = plan.dialect.row(rest)
    {
        if row.cells > 0 {
            if normal.is_none_or(|normal| normal[row_number]) {
                cells.clear();
                cells.extend(plan.dialect.cells(rest).take(last + 1));
                for (&column, builder) in kept.iter().zip(&mut builders) {
                    // The last cell of a row may end with a carriage return.
                    let text = shown(content(cells[column].strip_suffix(b"\r").unwrap_or(cells[column])).as_ref());
                    builder.append_option((!text.is_empty()).then_some(text));
                }
            }
            row_number += 1;
        }
        rest = &rest[row.length..];
    }
    let columns: Vec<Column> =
        builders.into_iter().map(|builder| Column::from(polars::prelude::IntoSeries::into_series(builder.finish()))).collect();
    // Each builder was given one cell for each row.
    DataFrame::new(height, columns).unwrap_or_else(|_| DataFrame::empty_with_height(height))
}
