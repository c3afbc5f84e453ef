//! The encoder of Parquet.

use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars::prelude::{DataFrame, ParquetWriter, Schema};
use polars_parquet::write::schema_to_metadata_key;

use super::arrow_types;
use super::encoder::Encoder;
use super::output::Output;
use super::row_groups::RowGroups;
use crate::error::Error;
use crate::format::Format;
use crate::rows::records::Widths;

/// Row groups of a good size, compressed with zstd.
pub(super) struct Parquet {
    output: Output,
    groups: RowGroups,
    /// The writer, once the columns are known.
    writer: Option<BatchedWriter<Output>>,
}

impl Parquet {
    pub(super) fn new(output: Output) -> Self {
        Self { output, groups: RowGroups::default(), writer: None }
    }

    fn writer(&mut self, columns: &Schema) -> Result<&mut BatchedWriter<Output>, Error> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => {
                // Readers of Arrow take the types from this entry.
                let schema = schema_to_metadata_key(&arrow_types::schema(columns));
                let metadata = KeyValueMetadata::from_static(vec![(schema.key, schema.value.unwrap_or_default())]);
                let writer = ParquetWriter::new(self.output.clone()).with_key_value_metadata(Some(metadata)).batched(columns);
                let writer = writer.map_err(self.output.failed(Format::Parquet))?;
                Ok(none.insert(writer))
            }
        }
    }

    fn put(&mut self, group: &DataFrame) -> Result<(), Error> {
        let output = self.output.clone();
        self.writer(group.schema())?.write_batch(group).map_err(output.failed(Format::Parquet))
    }
}

impl Encoder for Parquet {
    fn write(&mut self, frame: DataFrame, _: &Widths) -> Result<(), Error> {
        self.writer(frame.schema())?;
        for group in self.groups.push(&frame).map_err(Error::unwritable(Format::Parquet))? {
            self.put(&group)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if let Some(group) = self.groups.rest().map_err(Error::unwritable(Format::Parquet))? {
            self.put(&group)?;
        }
        let output = self.output.clone();
        // Without any records the file has no columns.
        self.writer(&Schema::default())?.finish().map_err(output.failed(Format::Parquet))?;
        Ok(())
    }
}
