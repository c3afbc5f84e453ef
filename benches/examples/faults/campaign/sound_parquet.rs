//! Sound Parquet files: pages of both versions, every codec, dictionaries, lists and structs.

use polars::io::parquet::write::{ParquetCompression, ParquetWriter};
use polars::prelude::{CompatLevel, DataFrame, SchemaExt};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema};
use polars_arrow::record_batch::RecordBatch;
use polars_parquet::write::{CompressionOptions, Encoding, FileWriter, RowGroupIterator, StatisticsOptions, Version, WriteOptions};

use super::Result;
use super::sound::SoundFile;

/// Rows of a row group, so that there are several.
const GROUP_ROWS: usize = 64;
/// Bytes of a page, so that a column chunk has several.
const PAGE_BYTES: usize = 200;

/// Encodings of integers and of texts.
const PLAIN: [Encoding; 2] = [Encoding::Plain; 2];
const DICTIONARY: [Encoding; 2] = [Encoding::RleDictionary; 2];
const DELTA: [Encoding; 2] = [Encoding::DeltaBinaryPacked, Encoding::DeltaLengthByteArray];

pub(super) fn files(numbers: &DataFrame, nested: &DataFrame) -> Result<Vec<SoundFile>> {
    let file = |name, bytes| SoundFile { name, bytes, options: "" };
    Ok(vec![
        file("plain.parquet", first_version(numbers, ParquetCompression::Uncompressed)?),
        file("snappy.parquet", first_version(nested, ParquetCompression::Snappy)?),
        file("gzip.parquet", first_version(numbers, ParquetCompression::Gzip(None))?),
        file("brotli.parquet", first_version(numbers, ParquetCompression::Brotli(None))?),
        file("zstd.parquet", first_version(nested, ParquetCompression::Zstd(None))?),
        file("lz4.parquet", first_version(nested, ParquetCompression::Lz4Raw)?),
        file("nested.parquet", first_version(nested, ParquetCompression::Uncompressed)?),
        file("v2_plain.parquet", second_version(numbers, PLAIN, CompressionOptions::Uncompressed)?),
        file("v2_dictionary.parquet", second_version(numbers, DICTIONARY, CompressionOptions::Uncompressed)?),
        file("v2_delta.parquet", second_version(numbers, DELTA, CompressionOptions::Uncompressed)?),
        file("v2_snappy.parquet", second_version(numbers, DICTIONARY, CompressionOptions::Snappy)?),
        file("v2_zstd.parquet", second_version(numbers, DELTA, CompressionOptions::Zstd(None))?),
    ])
}

fn first_version(frame: &DataFrame, compression: ParquetCompression) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(compression);
    writer.with_row_group_size(Some(GROUP_ROWS)).with_data_page_size(Some(PAGE_BYTES)).finish(&mut frame.clone())?;
    Ok(bytes)
}

/// Pages of the second version, which the writer of frames does not make.
fn second_version(frame: &DataFrame, [integers, texts]: [Encoding; 2], compression: CompressionOptions) -> Result<Vec<u8>> {
    let level = CompatLevel::oldest();
    let schema: ArrowSchema = frame.schema().to_arrow(level);
    let options =
        WriteOptions { statistics: StatisticsOptions::full(), version: Version::V2, compression, data_page_size: Some(PAGE_BYTES) };
    let encoding = |kind: &ArrowDataType| match kind {
        ArrowDataType::Int64 => integers,
        ArrowDataType::Float64 => Encoding::Plain,
        _ => texts,
    };
    let encodings = schema.iter_values().map(|field| vec![encoding(&field.dtype)]).collect::<Vec<_>>();
    let groups = (0..frame.height()).step_by(GROUP_ROWS).map(|start| {
        let mut frame = frame.slice(start as i64, GROUP_ROWS);
        frame.rechunk_mut();
        let arrays: Vec<_> = frame.materialized_column_iter().map(|column| column.to_arrow(0, level)).collect();
        RecordBatch::try_new(frame.height(), schema.clone().into(), arrays)
    });
    let mut rows = (0..frame.height()).step_by(GROUP_ROWS).map(|start| GROUP_ROWS.min(frame.height() - start) as u64);
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, schema.clone(), options)?;
    for group in RowGroupIterator::try_new(groups, &schema, options, encodings.into())? {
        writer.write(rows.next().unwrap_or(0), group?)?;
    }
    writer.end(None)?;
    Ok(bytes)
}
