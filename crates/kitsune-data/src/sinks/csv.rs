//! The encoder of CSV.

use polars::prelude::{Column, CsvWriter, DataFrame, DataType, SerWriter};

use super::cell_layout::CellLayout;
use super::encoder::Encoder;
use super::output::Output;
use crate::error::Error;
use crate::format::Format;
use crate::rows::records::Widths;

/// Cells separated by commas under a header, quoted if necessary.
pub(super) struct Csv {
    output: Output,
    /// Whether the header was written before.
    has_header: bool,
    /// The layout, once the header was written.
    layout: Option<CellLayout>,
    /// The columns of records without rows, if these do not show the length of lists.
    unmeasured: Vec<Column>,
    rows: u64,
}

impl Csv {
    pub(super) fn new(output: Output) -> Self {
        Self { output, has_header: false, layout: None, unmeasured: Vec::new(), rows: 0 }
    }

    /// For a file that has its header already.
    pub(super) fn continued(output: Output) -> Self {
        Self { has_header: true, ..Self::new(output) }
    }

    fn put(&self, mut cells: DataFrame, header: bool) -> Result<(), Error> {
        // Most readers skip an empty line.
        let null = if cells.width() == 1 { "\"\"" } else { "" };
        let mut writer = CsvWriter::new(self.output.clone()).include_header(header).with_null_value(null.into());
        writer.finish(&mut cells).map_err(self.output.failed(Format::Csv))
    }
}

impl Encoder for Csv {
    fn write(&mut self, frame: DataFrame, widths: &Widths) -> Result<(), Error> {
        let before = self.rows;
        self.rows += frame.height() as u64;
        if let Some(layout) = &self.layout {
            return self.put(layout.cells(&frame, before)?, false);
        }
        let Some(layout) = CellLayout::measure(&frame, widths)? else {
            self.unmeasured = frame.into_columns();
            return Ok(());
        };
        self.put(layout.cells(&frame, before)?, !self.has_header)?;
        self.layout = Some(layout);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.layout.is_some() || self.unmeasured.is_empty() || self.has_header {
            return Ok(());
        }
        // There was no row, so the number of elements is unknown: each list gets one column.
        let columns = self.unmeasured.iter().map(|column| Column::new_empty(column.name().clone(), &DataType::String)).collect();
        self.put(DataFrame::new(0, columns).map_err(Error::unwritable(Format::Csv))?, true)
    }
}
