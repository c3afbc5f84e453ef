use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{BooleanChunked, DataFrame, NamedFrom, PolarsResult, SerReader};

use super::Parsed;
use super::plan::Plan;
use super::scan::Scan;
use crate::matrix::{Lane, interleave};

/// Parses a chunk with Polars, on all threads. Nothing if there is the least doubt about any cell that is needed.
///
/// Polars is given only what it reads as it stands: rows that have all their cells, without quotes and blank lines.
pub(super) fn parse(scan: &Scan<'_>, plan: &Plan) -> Option<Parsed> {
    // A byte order mark would be skipped by Polars at the start of each chunk; in the middle of a file it is part of a cell.
    if scan.quoted || scan.text.first().is_none_or(|byte| !byte.is_ascii()) {
        return None;
    }
    let reader = plan.options.clone().into_reader_with_file_handle(Cursor::new(scan.text));
    let frame = catch_unwind(AssertUnwindSafe(|| reader.finish())).ok()?.ok()?;
    let whole = frame.height() == scan.rows && frame.columns().iter().all(|column| column.len() == scan.rows && column.null_count() == 0);
    if !whole {
        return None;
    }
    let frame = normal_rows(frame, plan)?.ok()?;
    let columns = plan.request.features.iter().map(|column| values(&frame, plan, *column)).collect::<Option<Vec<_>>>()?;
    if !columns.iter().all(|values| values.iter().all(|&value| plan.request.range.contains(value))) {
        return None;
    }
    let lanes: Vec<_> = columns.into_iter().map(Lane::plain).collect();
    Some(Parsed { values: interleave(&lanes, frame.height()), left_out: scan.rows - frame.height(), problem: None })
}

fn normal_rows(frame: DataFrame, plan: &Plan) -> Option<PolarsResult<DataFrame>> {
    let Some(label) = plan.request.label else {
        return Some(Ok(frame));
    };
    let labels = values(&frame, plan, label)?;
    if !labels.iter().all(|label| label.is_finite()) {
        return None;
    }
    let normal: Vec<_> = labels.iter().map(|&label| label == 0.0).collect();
    Some(frame.filter(&BooleanChunked::new("".into(), normal)))
}

/// The values of a column of the file.
fn values<'a>(frame: &'a DataFrame, plan: &Plan, column: usize) -> Option<&'a [f64]> {
    let position = plan.parsed.binary_search(&column).ok()?;
    frame.columns().get(position)?.f64().ok()?.cont_slice().ok()
}
