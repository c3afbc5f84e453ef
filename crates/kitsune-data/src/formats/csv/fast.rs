//! The fast parser of CSV chunks, by Polars.

use std::borrow::Cow;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{DataFrame, SerReader};

use super::parsed::Parsed;
use super::plan::Plan;
use super::scan::Scanned;
use crate::rows::interleave::{Lane, interleave};

/// Parses a chunk with Polars, on all threads. Returns `None` at the least doubt about a needed cell.
///
/// Polars gets only rows with all their cells, without quotes and blank lines. So an empty cell is the only null that it can find.
pub(super) fn parse(scanned: &Scanned, plan: &Plan) -> Option<Parsed> {
    // A byte order mark would be skipped by Polars at the start of each chunk; in the middle of a file it is part of a cell.
    if scanned.quoted || scanned.text.first().is_none_or(|byte| !byte.is_ascii()) {
        return None;
    }
    let reader = plan.options.clone().into_reader_with_file_handle(Cursor::new(&scanned.text[..]));
    let frame = catch_unwind(AssertUnwindSafe(|| reader.finish())).ok()?.ok()?;
    if frame.height() != scanned.rows || frame.columns().iter().any(|column| column.len() != scanned.rows) {
        return None;
    }
    let normal = match plan.request.label {
        None => None,
        Some(label) => {
            let labels = numbers(&frame, plan, label)?;
            if !labels.iter().all(|label| label.is_finite()) {
                return None;
            }
            Some(labels.iter().map(|&label| label == 0.0).collect::<Vec<_>>())
        }
    };
    let columns = plan.request.features.iter().map(|&feature| numbers(&frame, plan, feature)).collect::<Option<Vec<_>>>()?;
    let lanes: Vec<_> = columns.iter().map(|values| Lane::plain(values)).collect();
    let mut values = interleave(&lanes, 0..frame.height());
    if let Some(normal) = normal.as_ref().filter(|_| !plan.request.with_labels) {
        let mut normal = normal.iter().flat_map(|&normal| std::iter::repeat_n(normal, lanes.len()));
        values.retain(|_| normal.next() == Some(true));
    }
    // The check comes last, since excluded rows need not be valid.
    plan.request.accepts(&values).then_some(Parsed { values, normal, problem: None })
}

/// The values of a column of the file, with NaN in place of nulls.
fn numbers<'a>(frame: &'a DataFrame, plan: &Plan, column: usize) -> Option<Cow<'a, [f64]>> {
    let position = plan.parsed.binary_search(&column).ok()?;
    let column = frame.columns().get(position)?.f64().ok()?;
    match column.cont_slice() {
        Ok(values) => Some(Cow::Borrowed(values)),
        Err(_) => Some(column.iter().map(|value| value.unwrap_or(f64::NAN)).collect()),
    }
}
