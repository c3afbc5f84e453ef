//! Rows out: one file for the rows themselves, one for each format, one for each place they can go to.

mod aside;
mod cells;
mod csv;
mod gather;
mod ipc;
mod json_lines;
mod layout;
mod output;
mod parquet;
mod parts;
mod pending;
mod records;
mod sink;
mod special;
mod spelled;
mod types;

#[cfg(test)]
mod tests;

use polars::prelude::{DataFrame, IdxCa, IdxSize, PlSmallStr, PolarsError, PolarsResult};

pub use self::records::Records;
pub use self::sink::Sink;

use self::cells::Cells;
use self::records::Widths;
use crate::{Error, Format};

/// Turns frames of the same columns into the bytes of one format.
trait Encoder: Send {
    /// Writes some rows, or none: the first frame tells the columns.
    fn write(&mut self, frame: DataFrame, widths: &Widths) -> Result<(), Error>;

    /// What was written since the last time is one record batch, where a format has such and each is to be answered by one.
    fn end_batch(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes what completes the format; the output is still to be flushed.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Polars cannot bring columns into a shape that the format needs.
fn unwritable(format: Format) -> impl FnOnce(PolarsError) -> Error {
    move |error| Error::Unwritable { format, message: error.to_string() }
}

/// Some rows of a frame: the names of the columns, and the values as the text formats have them, but for nulls.
pub(crate) fn kept_as_text(frame: &DataFrame, rows: &[usize]) -> Result<Vec<Vec<(String, String)>>, Error> {
    let text = || -> PolarsResult<Vec<_>> {
        let taken = IdxCa::from_vec(PlSmallStr::EMPTY, rows.iter().map(|&row| row as IdxSize).collect());
        let mut texts = vec![Vec::with_capacity(frame.width()); rows.len()];
        for column in frame.columns() {
            let values = Cells::of(column.take(&taken)?.as_materialized_series())?;
            for (row, texts) in texts.iter_mut().enumerate() {
                texts.extend(values.text(row).map(|text| (column.name().to_string(), text)));
            }
        }
        Ok(texts)
    };
    text().map_err(unwritable(Format::JsonLines))
}
