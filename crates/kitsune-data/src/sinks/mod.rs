//! Outputs: the sink, one encoder for each format, and one file for each kind of target.

mod cell_layout;
mod csv;
mod device;
mod displaced;
mod ipc;
mod json_lines;
mod output;
pub(crate) mod output_folder;
mod parquet;
mod parts_folder;
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
    /// Writes some rows, or none. The first frame gives the columns.
    fn write(&mut self, frame: DataFrame, widths: &Widths) -> Result<(), Error>;

    /// Ends a record batch, which consists of the rows since the last call. Only formats with record batches need it.
    fn end_batch(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes the end of the format. The output must be flushed afterwards.
    fn finish(&mut self) -> Result<(), Error>;
}
