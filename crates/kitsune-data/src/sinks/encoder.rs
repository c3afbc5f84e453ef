//! What turns rows into the bytes of a format.

use polars::prelude::DataFrame;

use crate::error::Error;
use crate::rows::records::Widths;

/// Turns frames of the same columns into the bytes of one format.
pub(super) trait Encoder: Send {
    /// Writes some rows, or none. The first frame gives the columns.
    fn write(&mut self, frame: DataFrame, widths: &Widths) -> Result<(), Error>;

    /// Ends a record batch, which consists of the rows since the last call. Only formats with record batches need it.
    fn end_batch(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes the end of the format. The output must be flushed afterwards.
    fn finish(&mut self) -> Result<(), Error>;
}
