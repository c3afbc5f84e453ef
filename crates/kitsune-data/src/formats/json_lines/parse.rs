//! Lines to the values of rows.

use std::path::Path;

use memchr::memchr;
use polars::prelude::{AnyValue, Column, DataFrame, Series};

use super::plan::Plan;
use super::row::RowParser;
use crate::error::Error;
use crate::formats::table::Piece;
use crate::rows::Values;

/// The good rows of a text.
pub(super) struct Parsed {
    values: Vec<f64>,
    rows: usize,
    /// Whether each row is an anomaly by its label, if labels were requested.
    labels: Option<Vec<bool>>,
    left_out: usize,
    /// The values of each field that is passed through.
    kept: Vec<Vec<AnyValue<'static>>>,
    /// The error about the row after the good ones.
    problem: Option<Error>,
}

/// Parses whole lines. Blank lines are skipped.
pub(super) fn lines(file: &Path, text: &[u8], first_line: u64, plan: &Plan<'_>) -> Parsed {
    let width = plan.request.features.len();
    let kept = vec![Vec::new(); plan.request.kept.len()];
    let mut parsed =
        Parsed { values: Vec::new(), rows: 0, labels: plan.request.with_labels.then(Vec::new), left_out: 0, kept, problem: None };
    let mut row = RowParser::new(plan);
    let (mut rest, mut line) = (text, first_line);
    while !rest.is_empty() {
        let (content, after) = rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |end| end + 1));
        rest = after;
        if !content.trim_ascii().is_empty() {
            let start = parsed.values.len();
            parsed.values.resize(start + width, f64::NAN);
            match row.parse(content, &mut parsed.values[start..]) {
                Ok(is_normal) if is_normal || plan.request.with_labels => {
                    parsed.rows += 1;
                    parsed.labels.iter_mut().for_each(|labels| labels.push(!is_normal));
                    for (column, value) in parsed.kept.iter_mut().zip(&mut row.kept) {
                        column.push(std::mem::replace(value, AnyValue::Null));
                    }
                }
                Ok(_) => {
                    parsed.left_out += 1;
                    parsed.values.truncate(start);
                }
                Err(fault) => {
                    parsed.values.truncate(start);
                    parsed.problem = Some(fault.into_error(file, line, plan.fields.stored()));
                    break;
                }
            }
        }
        line += 1;
    }
    parsed
}

impl Parsed {
    pub(super) fn into_piece(self, bytes: u64, plan: &Plan<'_>) -> (Piece, Option<Error>) {
        let column = |(values, &field): (Vec<AnyValue<'static>>, &usize)| {
            let (name, kind) = (plan.fields.stored()[field].name.as_str().into(), plan.fields.kept_type(field));
            Series::from_any_values_and_dtype(name, &values, &kind, false).map(Column::from)
        };
        let kept: Result<Vec<_>, _> = self.kept.into_iter().zip(&plan.request.kept).map(column).collect();
        // Cannot fail: each value has the type of its column, and each row has one.
        let kept = kept.and_then(|columns| DataFrame::new(self.rows, columns)).unwrap_or_else(|_| DataFrame::empty_with_height(self.rows));
        (Piece { values: Values::F64(self.values), kept, labels: self.labels, left_out: self.left_out, bytes, more: false }, self.problem)
    }
}
