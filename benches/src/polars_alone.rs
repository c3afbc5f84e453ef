//! The yardstick of loading: Polars alone reading the same files.

use std::path::Path;
use std::sync::Arc;

use polars::error::PolarsResult;
use polars::prelude::{
    DataType, Engine, LazyCsvReader, LazyFileListReader, LazyFrame, LazyJsonLineReader, PlRefPath, PlanCallback, ScanArgsParquet, Schema,
};

use crate::Written;

/// Reads the output of [`write_rows`](crate::write_rows) as frames in the order of the rows, by Polars' streaming engine only.
///
/// # Errors
///
/// If the file cannot be read.
pub fn read_by_polars(path: &Path, features: usize, written: Written) -> PolarsResult<()> {
    let path = PlRefPath::try_from_path(path)?;
    let scan = match written {
        Written::Csv => {
            let schema: Schema = (0..features).map(|feature| (format!("feature_{feature}").into(), DataType::Float64)).collect();
            LazyCsvReader::new(path).with_schema(Some(Arc::new(schema))).finish()?
        }
        Written::JsonLines => LazyJsonLineReader::new(path).finish()?,
        Written::Parquet => LazyFrame::scan_parquet(path, ScanArgsParquet::default())?,
    };
    let sink = PlanCallback::new(|frame| {
        std::hint::black_box(frame);
        Ok(false)
    });
    scan.sink_batches(sink, true, None)?.collect_with_engine(Engine::Streaming)?;
    Ok(())
}
