//! The yardstick of loading: Polars alone reading the same files.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{CsvReadOptions, DataType, ParquetReader, Schema, SerReader};

use crate::Written;

/// Reads the CSV or Parquet output of [`write_rows`](crate::write_rows) into one frame, by Polars only. Its reader of JSON would have to be
/// built for the benches alone.
///
/// # Errors
///
/// If the file cannot be read, or holds neither CSV nor Parquet.
pub fn read_by_polars(path: &Path, features: usize, written: Written) -> PolarsResult<()> {
    let file = File::open(path)?;
    let frame = match written {
        Written::Csv => {
            let schema: Schema = (0..features).map(|feature| (format!("feature_{feature}").into(), DataType::Float64)).collect();
            CsvReadOptions::default().with_schema(Some(Arc::new(schema))).into_reader_with_file_handle(file).finish()?
        }
        Written::JsonLines | Written::NestedJsonLines | Written::JsonArray | Written::ZeekLog => {
            return Err(PolarsError::InvalidOperation("the yardstick reads CSV and Parquet only".into()));
        }
        Written::Parquet => ParquetReader::new(file).finish()?,
    };
    std::hint::black_box(frame);
    Ok(())
}
