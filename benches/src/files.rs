//! Files of seeded rows as CSV, NDJSON or Parquet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, ParquetWriter};

use crate::grouped_rows;

/// Number of rows that are made and written at a time, and of rows in a row group of a Parquet file.
pub const GROUP_ROWS: usize = 65_536;

/// The format of a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// CSV with a header.
    Csv,
    /// NDJSON objects with one field per feature.
    JsonLines,
    /// Parquet in row groups of [`GROUP_ROWS`], as f64.
    Parquet,
}

/// Writes rows of `features` grouped columns, seeded, and returns the size of the file.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_rows(path: &Path, rows: usize, features: usize, written: Written) -> PolarsResult<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let groups = (0..rows).step_by(GROUP_ROWS).map(|start| (start as u64, GROUP_ROWS.min(rows - start)));
    let names: Vec<String> = (0..features).map(|feature| format!("feature_{feature}")).collect();
    match written {
        Written::Csv => {
            writeln!(out, "{}", names.join(","))?;
            for (seed, rows) in groups {
                for row in grouped_rows(rows, features, seed).chunks(features) {
                    for (feature, value) in row.iter().enumerate() {
                        write!(out, "{}{value}", if feature == 0 { "" } else { "," })?;
                    }
                    writeln!(out)?;
                }
            }
        }
        Written::JsonLines => {
            for (seed, rows) in groups {
                for row in grouped_rows(rows, features, seed).chunks(features) {
                    for (feature, value) in row.iter().enumerate() {
                        let before = if feature == 0 { "{" } else { "," };
                        write!(out, "{before}\"{}\":{value}", names[feature])?;
                    }
                    writeln!(out, "}}")?;
                }
            }
        }
        Written::Parquet => {
            let frame = |(seed, rows)| {
                let values = grouped_rows(rows, features, seed);
                let column =
                    |feature: usize| values.iter().skip(feature).step_by(features).map(|&value| f64::from(value)).collect::<Vec<_>>();
                let columns = names.iter().enumerate().map(|(feature, name)| Column::new(name.as_str().into(), column(feature)));
                DataFrame::new(rows, columns.collect())
            };
            let mut groups = groups.map(frame);
            if let Some(first) = groups.next().transpose()? {
                let mut writer = ParquetWriter::new(&mut out).with_row_group_size(Some(GROUP_ROWS)).batched(first.schema())?;
                writer.write_batch(&first)?;
                for group in groups {
                    writer.write_batch(&group?)?;
                }
                writer.finish()?;
            }
        }
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(std::fs::metadata(path)?.len())
}
