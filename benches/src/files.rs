//! Files of seeded rows as CSV, a log of Zeek, JSON or Parquet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, ParquetWriter};

use crate::grouped_rows;

/// Number of rows that are made and written at a time, and of rows in a row group of a Parquet file.
pub const GROUP_ROWS: usize = 65_536;

/// The number of features of an object inside another.
const INNER_FIELDS: usize = 5;

/// The format of a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// CSV with a header.
    Csv,
    /// A log of Zeek, which holds the same numbers.
    ZeekLog,
    /// NDJSON objects with one field per feature.
    JsonLines,
    /// NDJSON objects with objects inside, each with five features.
    NestedJsonLines,
    /// A JSON array of the objects of [`JsonLines`](Self::JsonLines).
    JsonArray,
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
        Written::Csv | Written::ZeekLog => {
            let delimiter = if written == Written::Csv { "," } else { "\t" };
            if written == Written::ZeekLog {
                let types = vec!["double"; features].join(delimiter);
                write!(out, "#separator \\x09\n#unset_field\t-\n#fields\t{}\n#types\t{types}\n", names.join(delimiter))?;
            } else {
                writeln!(out, "{}", names.join(delimiter))?;
            }
            for (seed, rows) in groups {
                for row in grouped_rows(rows, features, seed).chunks(features) {
                    for (feature, value) in row.iter().enumerate() {
                        write!(out, "{}{value}", if feature == 0 { "" } else { delimiter })?;
                    }
                    writeln!(out)?;
                }
            }
        }
        Written::JsonLines | Written::NestedJsonLines | Written::JsonArray => {
            let is_array = written == Written::JsonArray;
            for (seed, rows) in groups {
                for (row, values) in grouped_rows(rows, features, seed).chunks(features).enumerate() {
                    let before = match (is_array, seed == 0 && row == 0) {
                        (true, true) => "[",
                        (true, false) => ",\n",
                        (false, _) => "",
                    };
                    write!(out, "{before}{{")?;
                    if written == Written::NestedJsonLines {
                        nested(&mut out, values, &names)?;
                    } else {
                        fields(&mut out, values, &names)?;
                    }
                    out.write_all(if is_array { b"}" } else { b"}\n" })?;
                }
            }
            if is_array {
                writeln!(out, "]")?;
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

fn fields(out: &mut impl Write, values: &[f32], names: &[String]) -> std::io::Result<()> {
    for (feature, (name, value)) in names.iter().zip(values).enumerate() {
        write!(out, "{}\"{name}\":{value}", if feature == 0 { "" } else { "," })?;
    }
    Ok(())
}

fn nested(out: &mut impl Write, values: &[f32], names: &[String]) -> std::io::Result<()> {
    for (object, (values, names)) in values.chunks(INNER_FIELDS).zip(names.chunks(INNER_FIELDS)).enumerate() {
        write!(out, "{}\"object_{object}\":{{", if object == 0 { "" } else { "," })?;
        fields(out, values, names)?;
        write!(out, "}}")?;
    }
    Ok(())
}
