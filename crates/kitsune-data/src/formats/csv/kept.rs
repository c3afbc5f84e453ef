//! The columns of CSV files that are passed through.

use polars::prelude::{Column, DataFrame, StringChunkedBuilder};

use super::plan::Plan;
use super::row::Fate;
use super::value::shown;
use super::zeek::LogHeader;

/// The columns that are passed through, as the text of their cells, so that an id such as 007 loses nothing. Empty cells are null, and so
/// are those that Zeek leaves unset.
///
/// `fates` says what becomes of each good row: the columns hold those that are delivered.
pub(super) fn columns(text: &[u8], fates: &[Fate], plan: &Plan) -> DataFrame {
    let height = fates.iter().filter(|&&fate| fate == Fate::Delivered).count();
    let kept = &plan.request.kept;
    let Some(last) = kept.iter().max() else {
        return DataFrame::empty_with_height(height);
    };
    let name = |column: usize| plan.columns.stored[column].name.as_str().into();
    let mut builders: Vec<_> = kept.iter().map(|&column| StringChunkedBuilder::new(name(column), height)).collect();
    let unset = plan.log.as_ref().and_then(LogHeader::unset);
    let mut cells = Vec::with_capacity(last + 1);
    let mut rest = text;
    let mut fates = fates.iter();
    while fates.len() > 0
        && let Some(row) = plan.dialect.row(rest)
    {
        // Neither a comment nor a header that comes again has a fate.
        if row.cells > 0 && !plan.is_header(rest) && fates.next() == Some(&Fate::Delivered) {
            cells.clear();
            cells.extend(plan.dialect.cells(rest).take(last + 1));
            for (&column, builder) in kept.iter().zip(&mut builders) {
                // The last cell of a row may end with a carriage return.
                let cell = cells[column].strip_suffix(b"\r").unwrap_or(cells[column]);
                let text = shown(&plan.dialect.content(cell));
                builder.append_option((!text.is_empty() && unset != Some(cell)).then_some(text));
            }
        }
        rest = &rest[row.length..];
    }
    let columns: Vec<Column> =
        builders.into_iter().map(|builder| Column::from(polars::prelude::IntoSeries::into_series(builder.finish()))).collect();
    // Each builder was given one cell for each row.
    DataFrame::new(height, columns).unwrap_or_else(|_| DataFrame::empty_with_height(height))
}
