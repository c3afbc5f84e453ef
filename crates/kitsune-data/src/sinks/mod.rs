//! Rows out: one file for the rows themselves, one for each format, one for each place they can go to.

mod cell_layout;
mod csv;
mod device;
mod displaced;
mod ipc;
mod json_lines;
mod output;
pub(crate) mod output_folder;
mod parquet;
mod parts;
mod pending_file;
mod portable;
mod row_groups;
pub(crate) mod sink;

#[cfg(test)]
mod tests;

use polars::prelude::DataFrame;

use crate::error::Error;
use crate::rows::records::Widths;

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
