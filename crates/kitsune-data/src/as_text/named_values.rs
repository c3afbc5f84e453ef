//! Rows of a frame as pairs of a column name and a value as text.

use polars::prelude::{DataFrame, IdxCa, IdxSize, PlSmallStr, PolarsResult};

use super::json_values::JsonValues;
use crate::error::Error;
use crate::format::Format;

/// The values of some rows of a frame, each with the name of its column. Nulls are left out.
pub(crate) fn named_values(frame: &DataFrame, rows: &[usize]) -> Result<Vec<Vec<(String, String)>>, Error> {
    let text = || -> PolarsResult<Vec<_>> {
        let taken = IdxCa::from_vec(PlSmallStr::EMPTY, rows.iter().map(|&row| row as IdxSize).collect());
        let mut texts = vec![Vec::with_capacity(frame.width()); rows.len()];
        for column in frame.columns() {
            let values = JsonValues::of(column.take(&taken)?.as_materialized_series())?;
            for (row, texts) in texts.iter_mut().enumerate() {
                texts.extend(values.text(row).map(|text| (column.name().to_string(), text)));
            }
        }
        Ok(texts)
    };
    text().map_err(Error::unwritable(Format::JsonLines))
}
