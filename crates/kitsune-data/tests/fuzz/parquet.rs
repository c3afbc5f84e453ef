//! Mutated Parquet files, compared with Polars' reader of whole files where ours finds nothing wrong.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use kitsune_data::{Format, Missing};
use polars::df;
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, SerReader, Series};

use crate::frame_options::FrameOptions;
use crate::mutator::{Mutator, Random, extreme};
use crate::outcome::Outcome;
use crate::panics;
use crate::parquet_bytes::{footer, integers, page_headers, with_integer};
use crate::run::{Subject, fuzz};

/// The rows of the seeds: more than one slice of a bit-packed run, in several pages and row groups.
const ROWS: usize = 300;

pub(crate) struct Parquet;

impl Subject for Parquet {
    const EXTENSION: &'static str = "parquet";
    const CASES: u64 = 600;
    type How = FrameOptions;

    fn mutator() -> Mutator {
        let mut seeds = Vec::new();
        let compressions = [
            ParquetCompression::Uncompressed,
            ParquetCompression::Snappy,
            ParquetCompression::Zstd(None),
            ParquetCompression::Gzip(None),
            ParquetCompression::Lz4Raw,
            ParquetCompression::Brotli(None),
        ];
        for frame in frames() {
            for compression in compressions {
                seeds.push(written(&frame, compression, ROWS));
            }
            seeds.push(written(&frame, ParquetCompression::Uncompressed, 7));
        }
        seeds.extend(
            [
                &include_bytes!("../it/data/delta.parquet")[..],
                include_bytes!("../it/data/list_view.parquet"),
                include_bytes!("../it/data/other_types.parquet"),
                include_bytes!("../it/data/pyarrow_types.parquet"),
                include_bytes!("../it/data/same_names.parquet"),
            ]
            .map(Into::into),
        );
        let tokens: &[&[u8]] = &[
            b"\0",
            b"\0\0\0\0",
            b"\xff",
            b"\xff\xff\xff\xff",
            b"\xff\xff\xff\xff\x0f",
            b"\x80",
            b"\x15",
            b"\x19\xfc",
            b"PAR1",
            b"\xf8\x7f",
        ];
        Mutator { seeds, tokens, binary: true, special: Some(change_announced) }
    }

    fn how(random: &mut Random) -> FrameOptions {
        FrameOptions::of(random)
    }

    fn read(path: &Path, how: &FrameOptions) -> Outcome {
        how.read(path, Format::Parquet)
    }

    /// An error is never wrong, as long as the rows before it are right.
    fn check(bytes: &[u8], how: &FrameOptions, found: &Outcome) -> Result<&'static str, String> {
        // Only what went through our checks is safe for a reader that believes sizes.
        if found.error.is_some() {
            return Ok("errors");
        }
        let Some(names) = found.names.as_ref().filter(|names| !names.is_empty()) else { return Ok("read, no columns") };
        let whole = || ParquetReader::new(Cursor::new(bytes)).finish();
        let (read, _) = panics::heard(|| catch_unwind(AssertUnwindSafe(whole)));
        let Ok(Ok(frame)) = read else { return Ok("read, where Polars does not read the whole file") };
        let Some(columns) = names.iter().map(|name| values(&frame, name)).collect::<Option<Vec<_>>>() else {
            return Ok("read, with columns that are no plain numbers");
        };
        let rows = (0..frame.height()).map(|row| columns.iter().map(|column| column[row]).collect::<Vec<_>>());
        let expected: Vec<_> = match how.missing {
            Missing::Drop => rows.filter(|row| row.iter().all(Option::is_some)).collect(),
            _ => rows.collect(),
        };
        if found.rows.len() != expected.len() {
            return Err(format!("{} rows instead of {}", found.rows.len(), expected.len()));
        }
        let fits = |(found, expected): (&f64, &Option<f64>)| expected.is_none_or(|expected| *found == expected);
        let unlike = found.rows.iter().zip(&expected).find(|(found, expected)| !found.iter().zip(expected.iter()).all(fits));
        unlike.map_or(Ok("read"), |(found, expected)| Err(format!("a row {found:?} instead of {expected:?}")))
    }

    /// Polars answers much damage by a panic, in its own files or in those of std that it calls.
    fn known(panic: &str) -> bool {
        !panic.starts_with("crates/kitsune") && !panic.starts_with("src/") && !panic.contains("/kitsune-")
    }
}

#[test]
fn mutated_parquet_is_read_as_polars_reads_it_whole() {
    fuzz::<Parquet>();
}

/// The numbers of a column as the whole file has them. Values that are not finite are missing.
fn values(frame: &DataFrame, name: &str) -> Option<Vec<Option<f64>>> {
    let column = frame.column(name).ok().filter(|column| column.dtype().is_primitive_numeric() || *column.dtype() == DataType::Boolean)?;
    let column = column.cast(&DataType::Float64).ok()?;
    Some(column.f64().ok()?.iter().map(|value| value.filter(|value| value.is_finite())).collect())
}

/// Columns of all encodings that Polars writes.
fn frames() -> [DataFrame; 3] {
    let numbers: Vec<_> = (0..ROWS).map(|row| row as f64 * 0.37).collect();
    let few: Vec<_> = (0..ROWS as i64).map(|row| row * row % 7).collect();
    let holes: Vec<_> = (0..ROWS as i32).map(|row| (row % 5 != 0).then_some(row / 50)).collect();
    let bits: Vec<_> = (0..ROWS).map(|row| row % 3 == 0).collect();
    let same = vec![1.5_f32; ROWS];
    let texts: Vec<_> = (0..ROWS).map(|row| format!("a text that is longer than a view, {}", row % 40)).collect();
    let lists: Vec<_> = (0..ROWS).map(|row| Series::new("".into(), [row as f64, 0.5, -1.0])).collect();
    let mut gaps: Vec<_> = (0..ROWS).map(|row| Some(Series::new("".into(), [Some(row as i64), None]))).collect();
    gaps[7] = None;
    let column = |name: &str, series: Series| Column::from(series.with_name(name.into()));
    [
        df!("a" => &numbers, "b" => &few, "c" => &holes).unwrap(),
        df!("d" => &bits, "e" => &same, "t" => &texts).unwrap(),
        DataFrame::new(ROWS, vec![column("l", Series::new("".into(), lists)), column("g", Series::new("".into(), gaps))]).unwrap(),
    ]
}

fn written(frame: &DataFrame, compression: ParquetCompression, rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writer =
        ParquetWriter::new(&mut bytes).with_compression(compression).with_row_group_size(Some(rows)).with_data_page_size(Some(600));
    writer.finish(&mut frame.clone()).unwrap();
    bytes
}

/// Changes an integer in a page header or in the footer of a file that is valid otherwise. After other changes it may make no sense.
fn change_announced(bytes: &mut Vec<u8>, random: &mut Random) {
    let (in_footer, header, integer, bits) = (random.one_in(3), random.next(), random.next(), random.next());
    let changed = || {
        let headers = page_headers(bytes);
        let at = if in_footer { footer(bytes).start } else { headers[header as usize % headers.len()] };
        let integers = integers(bytes, at).0;
        let integer = &integers[integer as usize % integers.len()];
        let value = extreme(integer.value as u64, &mut Random::of_case(bits, 0)) as i64;
        with_integer(bytes, at, &integer.path, value)
    };
    if let (Ok(changed), _) = panics::heard(|| catch_unwind(AssertUnwindSafe(changed))) {
        *bytes = changed;
    }
}
