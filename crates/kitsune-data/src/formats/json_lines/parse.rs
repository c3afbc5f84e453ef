//! The rows of a part to their values.

use std::path::Path;

use polars::prelude::{AnyValue, Column, DataFrame, Series};

use super::blanks::are_blank;
use super::blocks::Part;
use super::fault::BadRow;
use super::plan::Plan;
use super::row;
use super::row_state::RowState;
use crate::error::Error;
use crate::formats::table::{Piece, Skipped};
use crate::labels::RowLabels;
use crate::rows::Values;
use crate::rows::row_numbers::Gaps;

/// The good rows of a text.
pub(super) struct Parsed {
    values: Vec<f64>,
    rows: usize,
    /// The label of each row, if labels were requested.
    labels: Option<RowLabels>,
    left_out: usize,
    unmatched: Gaps,
    /// The values of each field that is passed through.
    kept: Vec<Vec<AnyValue<'static>>>,
    /// The error about the row after the good ones.
    problem: Option<Error>,
}

/// Parses the rows of a part. Blank lines are skipped. A row must meet the `conditions`, which are a plan of their own.
pub(super) fn rows(file: &Path, part: &Part<'_>, plan: &Plan<'_>, conditions: Option<&Plan<'_>>) -> Parsed {
    let width = plan.request.features.len();
    let kept = vec![Vec::new(); plan.request.kept.len()];
    let mut parsed = Parsed { values: Vec::new(), rows: 0, labels: None, left_out: 0, unmatched: Gaps::default(), kept, problem: None };
    let mut state = RowState::new(plan);
    let mut conditions = conditions.map(RowState::new);
    for (index, text) in part.rows().enumerate() {
        if are_blank(text) {
            continue;
        }
        let start = parsed.values.len();
        parsed.values.resize(start + width, f64::NAN);
        let meets = conditions.as_mut().map_or(Ok(true), |conditions| row::parse(conditions, text, &mut []));
        let read = match meets {
            Ok(true) => row::parse(&mut state, text, &mut parsed.values[start..]).map(Some),
            Ok(false) => Ok(None),
            Err(bad) => Err(bad),
        };
        match read {
            Ok(Some(true)) => {
                parsed.rows += 1;
                for (column, value) in parsed.kept.iter_mut().zip(&mut state.kept) {
                    column.push(std::mem::replace(value, AnyValue::Null));
                }
            }
            Ok(delivered) => {
                // A row without a verdict on its label does not meet the conditions.
                if delivered.is_some() {
                    parsed.left_out += 1;
                } else {
                    parsed.unmatched.push(parsed.rows);
                }
                parsed.values.truncate(start);
            }
            Err(BadRow { fault, line }) => {
                parsed.values.truncate(start);
                parsed.problem = Some(fault.into_error(file, part.position(index, line), plan.fields));
            }
        }
        // A row that is not delivered may have left its label.
        state.labels.truncate(parsed.rows);
        if parsed.problem.is_some() {
            break;
        }
    }
    Parsed { labels: plan.request.with_labels.then_some(state.labels), ..parsed }
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
        let (values, skipped) = (Values::F64(self.values), Skipped::default());
        let Self { labels, left_out, unmatched, problem, .. } = self;
        (Piece { values, blank: Vec::new(), kept, labels, left_out, unmatched, skipped, bytes, more: false }, problem)
    }
}
