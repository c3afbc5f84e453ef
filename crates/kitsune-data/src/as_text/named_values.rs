//! Rows of a frame as pairs of a column name and a value as text, and a column as texts.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, PlSmallStr, PolarsResult};

use super::json_values::JsonValues;
use crate::error::Error;
use crate::format::Format;

/// The values of some rows of a frame, each with the name of its column. Nulls are left out.
pub(crate) fn named_values(frame: &DataFrame, rows: &[usize]) -> Result<Vec<Vec<(String, String)>>, Error> {
    let text = || -> PolarsResult<Vec<_>> {
        let taken = indices(rows);
        let mut texts = vec![Vec::with_capacity(frame.width()); rows.len()];
        for column in frame.columns() {
            let values = values(column, &taken)?;
            for (row, texts) in texts.iter_mut().enumerate() {
                texts.extend(values.text(row).map(|text| (column.name().to_string(), text)));
            }
        }
        Ok(texts)
    };
    text().map_err(Error::unwritable(Format::JsonLines))
}

/// The values of a column of a frame in some rows; `None` for a null, or if there is no such column.
pub(crate) fn column_texts(frame: &DataFrame, name: &str, rows: &[usize]) -> Result<Option<Vec<Option<String>>>, Error> {
    let Some(column) = frame.columns().iter().find(|column| column.name() == name) else { return Ok(None) };
    let values = values(column, &indices(rows)).map_err(Error::unwritable(Format::JsonLines))?;
    Ok(Some((0..rows.len()).map(|row| values.text(row)).collect()))
}

fn indices(rows: &[usize]) -> IdxCa {
    IdxCa::from_vec(PlSmallStr::EMPTY, rows.iter().map(|&row| row as IdxSize).collect())
}

fn values(column: &Column, taken: &IdxCa) -> PolarsResult<JsonValues> {
    JsonValues::of(column.take(taken)?.as_materialized_series())
}
