//! The encoder of NDJSON.

use polars::prelude::DataFrame;

use super::encoder::Encoder;
use super::output::Output;
use crate::as_text::json_values::{JsonValues, put_text};
use crate::error::Error;
use crate::format::Format;
use crate::rows::records::Widths;

/// A line such as `{"id": 17, "score": 0.2248}` for each row.
pub(super) struct JsonLines {
    output: Output,
    /// A buffer that is empty between calls.
    lines: Vec<u8>,
}

impl JsonLines {
    /// The approximate number of bytes that are written at a time.
    const PIECE: usize = 64 << 10;

    pub(super) fn new(output: Output) -> Self {
        Self { output, lines: Vec::new() }
    }
}

impl Encoder for JsonLines {
    fn write(&mut self, frame: DataFrame, _: &Widths) -> Result<(), Error> {
        let mut fields = Vec::with_capacity(frame.width());
        for column in frame.columns() {
            let mut head: Vec<u8> = if fields.is_empty() { b"{".into() } else { b", ".into() };
            put_text(column.name(), &mut head);
            head.extend_from_slice(b": ");
            fields.push((head, JsonValues::of(column.as_materialized_series()).map_err(Error::unwritable(Format::JsonLines))?));
        }
        let end: &[u8] = if fields.is_empty() { b"{}\n" } else { b"}\n" };
        for row in 0..frame.height() {
            for (head, cells) in &fields {
                self.lines.extend_from_slice(head);
                cells.put(row, &mut self.lines);
            }
            self.lines.extend_from_slice(end);
            if self.lines.len() >= Self::PIECE {
                self.output.put(&self.lines)?;
                self.lines.clear();
            }
        }
        self.output.put(&self.lines)?;
        self.lines.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
